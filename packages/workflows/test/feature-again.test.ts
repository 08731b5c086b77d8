import type { Store } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readExecution } from "../src/execution-record.ts";
import { countingStore, crashingStore } from "./crashing-store.ts";
import { endOf, type FeaturePlan, featurePlans, featureReference, healed } from "./feature-plan.ts";
import { aProcess, define, untilIdle } from "./feature-process.ts";
import { drive, settle } from "./rig.ts";

/** How a plan is run a second time. */
interface Again {
  readonly plan: FeaturePlan;
  /** When it is cancelled, in movements of the clock. */
  readonly cancelAfter: number;
  /** The step from which all is to run again. */
  readonly from: string | undefined;
}

const agains: fc.Arbitrary<Again> = featurePlans(4).chain((plan) =>
  fc.record({
    plan: fc.constant(plan),
    cancelAfter: fc.oneof({ arbitrary: fc.constant(Number.POSITIVE_INFINITY), weight: 2 }, fc.nat(6)),
    from: fc.option(
      fc.nat(plan.steps.length - 1).map((node) => `s${node}`),
      { nil: undefined, freq: 1 },
    ),
  }),
);

const statusesOf = ({ manager }: ReturnType<typeof aProcess>, { steps }: FeaturePlan) => {
  const execution = manager.getExecution("run");
  return steps.map((_, node) => execution?.results[`s${node}`]?.status);
};

/** Runs the plan to its end, or until it is cancelled. What is inside of it may not have ended by then. */
async function begin({ plan, cancelAfter }: Again, made: ReturnType<typeof aProcess>): Promise<void> {
  define(made, plan);
  const { manager, clock } = made;
  const id = await drive(manager.startWorkflow("plan", { word: "default" }), clock);
  for (let turn = 0; turn < Math.min(cancelAfter, 50); turn++) {
    await settle();
    if (manager.getExecution(id)?.status !== "running") break;
    clock.advanceToNext();
  }
  if (Number.isFinite(cancelAfter)) await drive(manager.requestCancel(id), clock);
  await drive(manager.waitForExecution(id), clock);
}

/** Each result must be the one that follows from the others as they stand: nothing is left of what was before. */
function judge({ plan }: Again, made: ReturnType<typeof aProcess>, before: readonly (string | undefined)[]) {
  const expected = featureReference(healed(plan));
  const execution = made.manager.getExecution("run");
  expect(execution?.status).toBe(expected.status);
  const outputs = plan.steps.map((_, node) => execution?.results[`s${node}`]?.["output"] ?? null);
  for (const [node, step] of plan.steps.entries()) {
    const status = execution?.results[`s${node}`]?.status;
    const got = step.dependencies.map((each) => outputs[each]);
    const perhaps = [
      endOf({ ...step, fails: step.fails.map(() => false) }, got).output,
      endOf(step, got).output,
    ];
    expect(perhaps).toContainEqual(status === "completed" ? outputs[node] : perhaps[0]);
    // A step without which another one has gone on is left alone.
    if (step.required || status !== before[node]) expect(status).toBe(expected.statuses[node]);
  }
  if (expected.status === "completed") expect(made.store.list("undos/run/")).toEqual([]);
  for (const left of ["active/", "requests/"]) expect(made.store.list(left)).toEqual([]);
}

async function inOneProcess(again: Again): Promise<number> {
  const { store, commits } = countingStore();
  const world = { isBroken: true };
  const only = aProcess(1, store, world);
  await begin(again, only);
  const before = statusesOf(only, again.plan);
  const isDone = only.manager.getExecution("run")?.status === "completed";
  world.isBroken = false;
  const begun = commits();
  if (!isDone || again.from) {
    await drive(only.manager.resumeExecution("run", { from: again.from }), only.clock);
    await drive(only.manager.waitForExecution("run"), only.clock);
  }
  await untilIdle(only);
  judge(again, only, before);
  return commits() - begun;
}

/** The second run dies with its process, and a third process goes on with it. */
async function withCrash(again: Again, commits: number): Promise<boolean> {
  const { store } = countingStore();
  const world = { isBroken: true };
  const first = aProcess(1, store, world);
  await begin(again, first);
  if (first.manager.getExecution("run")?.status === "completed" && !again.from) return false;
  const before = statusesOf(first, again.plan);
  world.isBroken = false;
  const dying = crashingStore(store as Store, { commits, acted: commits % 2 === 0 });
  const second = aProcess(2, dying, world, dying.isDead);
  define(second, again.plan);
  const { manager, clock } = second;
  const options = { from: again.from };
  const run = manager.resumeExecution("run", options).then(() => manager.waitForExecution("run"));
  await drive(
    run.catch(() => null),
    clock,
  );
  const third = aProcess(3, store, world);
  define(third, again.plan);
  await drive(third.manager.recover(), third.clock);
  if (readExecution("run", store)?.epoch === 0)
    await drive(third.manager.resumeExecution("run", options), third.clock);
  await drive(third.manager.waitForExecution("run"), third.clock);
  await untilIdle(third);
  judge(again, third, before);
  return dying.isDead();
}

describe("a run that goes on after its end", () => {
  it("ends with results that follow from each other, wherever it was cancelled, and after a crash", async () => {
    let crashes = 0;
    await fc.assert(
      fc.asyncProperty(agains, fc.nat(1000), async (again, pick) => {
        const commits = await inOneProcess(again);
        if (commits > 0 && (await withCrash(again, 1 + (pick % commits)))) crashes++;
      }),
      { numRuns: 400 },
    );
    expect(crashes).toBeGreaterThan(50);
  });
});
