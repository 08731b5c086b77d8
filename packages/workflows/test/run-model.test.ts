import { sleep } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outcomeOf, plans, stepsOfPlan } from "./plan.ts";
import { type Plan, referenceRun } from "./reference-run.ts";
import { aManager, drive } from "./rig.ts";

async function runPlan(plan: Plan) {
  const { manager, modules, clock, events } = aManager();
  const starts: number[] = [];
  const ended = new Set<number>();
  let overtaken = 0;
  const begin = (name: string) => {
    const node = Number(name.slice(1));
    const late = plan.steps.findIndex(
      ({ dependencies }, each) => dependencies.includes(node) && starts.includes(each),
    );
    const early = plan.steps[node]?.dependencies.some((each) => starts.includes(each) && !ended.has(each));
    if (late >= 0 || early) overtaken++;
    starts.push(node);
  };
  modules.registerModule("sum", {
    add: async ({ ms, inputs }, { stepName = "" }) => {
      begin(stepName);
      await sleep(Number(ms), { clock });
      ended.add(Number(stepName.slice(1)));
      return (inputs as (number | null)[]).reduce<number>((sum, each) => sum + (each ?? 0), 1);
    },
    fail: async ({ ms }, { stepName = "" }) => {
      begin(stepName);
      await sleep(Number(ms), { clock });
      ended.add(Number(stepName.slice(1)));
      throw new Error("boom!");
    },
  });
  manager.createWorkflow("plan", stepsOfPlan(plan));
  const { mode, onFailure, limit } = plan;
  const execution = await drive(
    manager.executeWorkflow("plan", { no: false }, { mode, onFailure, maxParallel: limit }),
    clock,
  );
  return { execution, starts, overtaken, events };
}

describe("a run", () => {
  it("executes, ends and starts the same steps in the same order as the reference, for any workflow, policy and mode", async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(plans(7), async (plan) => {
        const expected = referenceRun(plan);
        const { execution, starts, overtaken, events } = await runPlan(plan);
        const { started, ...outcome } = expected;
        expect(outcomeOf(plan.steps.length, execution)).toEqual(outcome);
        expect(starts).toEqual(started);
        expect(overtaken).toBe(0);
        // The first one is of the definition.
        const numbers = events.slice(1).map((event) => ("sequence" in event ? event.sequence : 0));
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
        for (const status of expected.statuses) seen.set(status, (seen.get(status) ?? 0) + 1);
      }),
      { numRuns: 500 },
    );
    // The cases are worth something only if all of this happens often.
    for (const status of ["completed", "failed", "skipped", "cancelled"])
      expect(seen.get(status) ?? 0).toBeGreaterThan(5);
  });
});
