import { type Store, sleep } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CrashPoint, countingStore, crashingStore } from "./crashing-store.ts";
import { type FeatureStep, featurePlans, featureReference, featureSteps } from "./feature-plan.ts";
import { aManager, drive, probeOf, settle } from "./rig.ts";

/** A process of its own; `did` is what its actions and undos did as long as it lived. */
function aProcess(pid: number, store: Store, isDead: () => boolean) {
  const clock = new ManualClock(1_767_225_600_000 + pid * 1000);
  let ids = 0;
  const idGenerator = () => (pid === 1 && ids === 0 ? `run${ids++ || ""}` : `id${pid}-${ids++}`);
  const made = aManager({ store, clock, probe: probeOf(pid), idGenerator });
  const did: string[] = [];
  made.modules.registerModule("it", {
    act: async ({ fails }, { idempotencyKey }) => {
      if (!isDead()) did.push(idempotencyKey);
      await sleep(10, { clock });
      if (fails === true) throw new Error("boom!");
      return "done";
    },
    undo: async (_, { idempotencyKey }) => {
      if (!isDead()) did.push(idempotencyKey);
      await sleep(10, { clock });
      return null;
    },
  });
  const act = (fails: boolean) => [
    { name: "inner", module: "it", action: "act", parameters: { fails }, max_retries: 0 },
  ];
  made.manager.createWorkflow("inner", act(false));
  made.manager.createWorkflow("broken", act(true));
  return { ...made, did };
}

const define = ({ manager }: ReturnType<typeof aProcess>, plan: readonly FeatureStep[]) =>
  manager.createWorkflow("plan", featureSteps(plan));

type Stored = { readonly status: string; readonly completion?: number };
const recordsOf = (store: Store, prefix: string): Map<string, Stored> =>
  new Map(store.list(prefix).map(([key, value]) => [key.slice(prefix.length), value as unknown as Stored]));

/** What the end must look like: outcome, undos, a journal without gaps, nothing left behind. */
function judge(plan: readonly FeatureStep[], made: ReturnType<typeof aProcess>) {
  const expected = featureReference(plan);
  const execution = made.manager.getExecution("run");
  const results = plan.map((_, node) => execution?.results[`s${node}`]);
  expect(results.map((result) => result?.status)).toEqual(expected.statuses);
  expect(results.map((result) => result?.["output"] ?? null)).toEqual(expected.outputs);
  expect(execution?.status).toBe(expected.status);
  const undone = [...recordsOf(made.store, "undos/run/")];
  const toUndo = plan.flatMap(({ hasUndo }, node) =>
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

async function uninterrupted(plan: readonly FeatureStep[]) {
  const { store, commits } = countingStore();
  const only = aProcess(1, store, () => false);
  define(only, plan);
  await drive(only.manager.executeWorkflow("plan"), only.clock);
  judge(plan, only);
  return commits();
}

/** Starts the plan, lets the process die, goes on in another one; what had ended before must not run again. */
async function crashed(plan: readonly FeatureStep[], point: CrashPoint): Promise<string[]> {
  const { store: disk } = countingStore();
  const dying = crashingStore(disk, point);
  const first = aProcess(1, dying, dying.isDead);
  define(first, plan);
  await drive(
    first.manager.executeWorkflow("plan").catch((error: unknown) => error),
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
  const second = aProcess(2, disk, () => false);
  define(second, plan);
  expect(await drive(second.manager.recover(), second.clock)).toEqual({ resumed: ["run"], failed: [] });
  await drive(second.manager.waitForExecution("run"), second.clock);
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
