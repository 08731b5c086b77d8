import type { Store } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CrashPoint, countingStore, crashingStore } from "./crashing-store.ts";
import { type FeaturePlan, featurePlans, featureReference } from "./feature-plan.ts";
import { aProcess, define, untilIdle } from "./feature-process.ts";
import { drive, settle } from "./rig.ts";

const broken = { isBroken: true };
const word = "default";

type Stored = { readonly status: string; readonly completion?: number };
const recordsOf = (store: Store, prefix: string): Map<string, Stored> =>
  new Map(store.list(prefix).map(([key, value]) => [key.slice(prefix.length), value as unknown as Stored]));

/** What the end must look like: outcome, undos, a journal without gaps, nothing left behind. */
function judge(plan: FeaturePlan, made: ReturnType<typeof aProcess>) {
  const expected = featureReference(plan);
  const execution = made.manager.getExecution("run");
  const results = plan.steps.map((_, node) => execution?.results[`s${node}`]);
  expect(results.map((result) => result?.status)).toEqual(expected.statuses);
  expect(results.map((result) => result?.["output"] ?? null)).toEqual(expected.outputs);
  expect(execution?.status).toBe(expected.status);
  const undone = [...recordsOf(made.store, "undos/run/")];
  const toUndo = plan.steps.flatMap(({ hasUndo }, node) =>
    hasUndo && expected.status === "failed" && expected.statuses[node] === "completed" ? [`s${node}`] : [],
  );
  expect(undone.map(([step]) => step).toSorted()).toEqual(toUndo.toSorted());
  expect(undone.every(([, { status }]) => status === "completed")).toBe(true);
  const events = made.manager.storedEvents("run");
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  const order = events.flatMap((event) => (event.type === "undo_completed" ? [event.step_name] : []));
  const ended = events.flatMap((event) => (event.type === "step_completed" ? [event.step_name] : []));
  expect(order).toEqual(ended.filter((step) => toUndo.includes(step)).toReversed());
  for (const left of ["active/", "requests/"]) expect(made.store.list(left)).toEqual([]);
}

async function uninterrupted(plan: FeaturePlan) {
  const { store, commits } = countingStore();
  const only = aProcess(1, store, broken);
  define(only, plan);
  await drive(only.manager.executeWorkflow("plan", { word }), only.clock);
  await untilIdle(only);
  judge(plan, only);
  return commits();
}

/** Starts the plan, lets the process die, goes on in another one; what had ended before must not run again. */
async function crashed(plan: FeaturePlan, point: CrashPoint): Promise<string[]> {
  const { store: disk } = countingStore();
  const dying = crashingStore(disk, point);
  const first = aProcess(1, dying, broken, dying.isDead);
  define(first, plan);
  await drive(
    first.manager.executeWorkflow("plan", { word }).catch((error: unknown) => error),
    first.clock,
  );
  await settle();
  const finished = new Set(
    ["steps/run/", "items/run/", "undos/run/"].flatMap((prefix) =>
      [...recordsOf(disk, prefix)].flatMap(([key, { status }]) =>
        status === "running"
          ? []
          : [prefix.startsWith("undos") ? `run/${key}/undo` : `run/${key.replace(/\/0+(?=\d)/, "/")}`],
      ),
    ),
  );
  const second = aProcess(2, disk, broken);
  define(second, plan);
  const wasRunning = disk.get("active/run") !== undefined;
  const { resumed, failed } = await drive(second.manager.recover(), second.clock);
  expect([resumed.includes("run"), failed]).toEqual([wasRunning, []]);
  await drive(second.manager.waitForExecution("run"), second.clock);
  await untilIdle(second);
  judge(plan, second);
  expect(second.did.filter((key) => finished.has(key))).toEqual([]);
  return second.did;
}

describe("a run with items, waits, other workflows and undos", () => {
  it("ends as the reference says, and does so after a crash at every commit, repeating nothing that had ended", async () => {
    let crashes = 0;
    let repeated = 0;
    let undone = 0;
    await fc.assert(
      fc.asyncProperty(featurePlans(4), async (plan) => {
        const commits = await uninterrupted(plan);
        for (let after = 1; after < commits; after++) {
          for (const acted of [true, false]) {
            const did = await crashed(plan, { commits: after, acted });
            crashes++;
            if (did.length > 0) repeated++;
            undone += did.filter((key) => key.endsWith("/undo")).length;
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(crashes).toBeGreaterThan(100);
    expect(repeated).toBeGreaterThan(50);
    expect(undone).toBeGreaterThan(10);
  }, 120_000);
});
