import { type JsonObject, type Store, sleep } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CrashPoint, countingStore, crashingStore } from "./crashing-store.ts";
import { outcomeOf, plans, stepsOfPlan } from "./plan.ts";
import type { Plan } from "./reference-run.ts";
import { aManager, drive, probeOf, settle } from "./rig.ts";

interface Attempt {
  readonly step: string;
  readonly attempt: number;
  readonly key: string;
}

/** A process of its own: `attempts` has what its actions did as long as it lived. */
function aProcess(pid: number, store: Store, isDead: () => boolean) {
  const clock = new ManualClock(1_767_225_600_000 + pid * 1_000_000);
  const made = aManager({ store, clock, probe: probeOf(pid), idGenerator: () => "run" });
  const attempts: Attempt[] = [];
  const told: string[] = [];
  const act = async (
    { ms }: JsonObject,
    {
      stepName = "",
      attempt,
      idempotencyKey,
    }: { stepName?: string; attempt: number; idempotencyKey: string },
  ) => {
    if (!isDead()) attempts.push({ step: stepName, attempt, key: idempotencyKey });
    await sleep(Number(ms), { clock });
  };
  made.modules.registerModule("sum", {
    add: async (parameters, context) => {
      await act(parameters, context);
      return (parameters["inputs"] as (number | null)[]).reduce<number>((sum, each) => sum + (each ?? 0), 1);
    },
    fail: async (parameters, context) => {
      await act(parameters, context);
      throw new Error("boom!");
    },
  });
  made.manager.events.on("step_completed", ({ step_name }) => told.push(step_name));
  return { ...made, attempts, told };
}

const optionsOf = ({ mode, onFailure, limit }: Plan) => ({ mode, onFailure, maxParallel: limit });
const stored = (store: Store): Record<string, { status: string; attempt: number }> =>
  Object.fromEntries(
    store
      .list("steps/run/")
      .map(([key, value]) => [
        key.slice("steps/run/".length),
        value as unknown as { status: string; attempt: number },
      ]),
  );

async function uninterrupted(plan: Plan, definition: JsonObject[]) {
  const { store, commits } = countingStore();
  const only = aProcess(1, store, () => false);
  only.manager.createWorkflow("plan", definition);
  const execution = await drive(
    only.manager.executeWorkflow("plan", { no: false }, optionsOf(plan)),
    only.clock,
  );
  return { execution, commits: commits(), attempts: only.attempts };
}

/** Starts the plan, lets the process die, and resumes in another one. */
async function crashed(plan: Plan, definition: JsonObject[], point: CrashPoint) {
  const { store: disk } = countingStore();
  const dying = crashingStore(disk, point);
  const first = aProcess(1, dying, dying.isDead);
  first.manager.createWorkflow("plan", definition);
  const outcome = first.manager
    .executeWorkflow("plan", { no: false }, optionsOf(plan))
    .catch((error: unknown) => error);
  await drive(outcome, first.clock);
  await settle();
  const before = stored(disk);
  const second = aProcess(2, disk, () => false);
  const recovery = await drive(second.manager.recover(), second.clock);
  const execution = await drive(second.manager.waitForExecution("run"), second.clock);
  const events = second.manager.storedEvents("run");
  return { first, before, second, recovery, execution, events };
}

describe("a run whose process dies", () => {
  it("ends like an uninterrupted one after a crash at every commit, repeats only what was in flight, and keeps the keys", async () => {
    let inFlight = 0;
    let crashes = 0;
    await fc.assert(
      fc.asyncProperty(plans(5), fc.constantFrom(0, 1), async (made, retries) => {
        // With stop and cancel what ends first matters, and that is certain only one after the other.
        const isOrdered = made.onFailure === "stop" || made.onFailure === "cancel";
        const plan: Plan = isOrdered ? { ...made, mode: "sequential", limit: 1 } : made;
        const definition = stepsOfPlan(plan, { max_retries: retries, retry_delay: 0.5 });
        const whole = await uninterrupted(plan, definition);
        for (let commits = 1; commits < whole.commits; commits++) {
          for (const acted of [true, false]) {
            const { first, before, second, recovery, execution, events } = await crashed(plan, definition, {
              commits,
              acted,
            });
            expect(recovery).toEqual({ resumed: ["run"], failed: [] });
            expect(outcomeOf(plan.steps.length, execution)).toEqual(
              outcomeOf(plan.steps.length, whole.execution),
            );
            expect([execution?.errors, execution?.warnings, execution?.errorCode]).toEqual([
              whole.execution.errors,
              whole.execution.warnings,
              whole.execution.errorCode,
            ]);
            expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
            const again = new Set(second.attempts.map(({ step }) => step));
            for (const step of first.told) expect(before[step]?.status).toBe("completed");
            for (const [step, { status, attempt }] of Object.entries(before)) {
              if (status !== "running") expect(again.has(step)).toBe(false);
              else {
                inFlight++;
                expect(second.attempts.find((each) => each.step === step)).toEqual({
                  step,
                  attempt: attempt + 1,
                  key: `run/${step}`,
                });
              }
            }
            crashes++;
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(crashes).toBeGreaterThan(100);
    expect(inFlight).toBeGreaterThan(50);
  });
});
