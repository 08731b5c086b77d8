import type { JsonObject } from "@orch/core";
import { PRIORITY_ORDER } from "@orch/tasks";
import fc from "fast-check";
import type { Expected, Plan, PlanStep } from "./reference-run.ts";

const PRIORITIES = Object.entries(PRIORITY_ORDER)
  .sort(([, a], [, b]) => a - b)
  .map(([name]) => name);

/** Random workflows of up to `most` steps, defined in any order, with everything that decides how they go. */
export function plans(most: number): fc.Arbitrary<Plan> {
  const policy = fc.constantFrom("skip_dependents", "continue", "stop", "cancel");
  const mode = fc.constantFrom("sequential", "parallel", "priority", "resource_aware");
  return fc
    .integer({ min: 1, max: most })
    .chain((size) =>
      fc
        .record({ steps: stepsOf(size), onFailure: policy, mode, limit: fc.constantFrom(1, 2, 3, 4) })
        .map((plan) => (plan.mode === "sequential" ? { ...plan, limit: 1 } : plan)),
    ) as fc.Arbitrary<Plan>;
}

function stepsOf(size: number): fc.Arbitrary<PlanStep[]> {
  const all = Array.from({ length: size }, (_, index) => index);
  const shuffled = () => fc.shuffledSubarray(all, { minLength: size, maxLength: size });
  const drafts = fc.array(
    fc.record({
      picks: fc.array(fc.nat(1000), { maxLength: 3 }),
      fails: fc.boolean(),
      required: fc.constantFrom(true, true, false),
      kind: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7),
      priority: fc.constantFrom(0, 1, 2, 3, 4),
    }),
    { minLength: size, maxLength: size },
  );
  // `order` is the hidden topological order: a step depends only on steps before it there.
  return fc.tuple(drafts, shuffled(), shuffled()).map(([made, order, exponents]) => {
    const steps: PlanStep[] = [];
    for (const [position, node] of order.entries()) {
      const { picks = [], fails = false, required = true, kind = 7, priority = 2 } = made[node] ?? {};
      const dependencies =
        position === 0 ? [] : [...new Set(picks.map((pick) => order[pick % position] ?? 0))];
      const [first] = dependencies;
      const condition = kind === 0 ? "false" : kind === 1 && first !== undefined ? first : "none";
      steps[node] = {
        dependencies,
        fails: fails && kind !== 2,
        required,
        condition,
        priority,
        ms: 2 ** (exponents[node] ?? 0),
      };
    }
    return steps;
  });
}

/** The steps of a plan as a definition has them; `extra` goes to every step. */
export function stepsOfPlan({ steps }: Plan, extra: JsonObject = {}): JsonObject[] {
  return steps.map(({ dependencies, fails, required, condition, priority, ms }, node) => ({
    name: `s${node}`,
    module: "sum",
    action: fails ? "fail" : "add",
    // Every other dependency is given by a reference alone.
    dependencies: dependencies.filter((each) => (each + node) % 2 === 0).map((each) => `s${each}`),
    parameters: { ms, inputs: dependencies.map((each) => `{{s${each}.output}}`) },
    required,
    priority: PRIORITIES[priority] ?? "normal",
    max_retries: 0,
    ...(condition === "none"
      ? {}
      : { run_if: condition === "false" ? "params.no" : `steps.s${condition}.status == "completed"` }),
    ...extra,
  }));
}

/** What an execution has to say, in the words of the reference. */
export function outcomeOf(
  size: number,
  execution: { readonly status: string; readonly results: Readonly<Record<string, JsonObject>> } | null,
): Omit<Expected, "started"> {
  const results = Array.from({ length: size }, (_, node) => execution?.results[`s${node}`]);
  return {
    statuses: results.map((result) => String(result?.["status"])),
    outputs: results.map((result) => (result?.["output"] ?? null) as number | null),
    status: execution?.status as Expected["status"],
  };
}
