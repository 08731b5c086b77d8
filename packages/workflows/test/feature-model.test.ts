import type { Store } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkflowEvent } from "../src/events.ts";
import { type CrashPoint, countingStore, crashingStore } from "./crashing-store.ts";
import { type FeatureOutcome, type FeaturePlan, featurePlans, featureReference } from "./feature-plan.ts";
import { aProcess, define, untilIdle } from "./feature-process.ts";
import { drive, settle } from "./rig.ts";

const broken = { isBroken: true };
const word = "default";

type Stored = { readonly status: string; readonly completion?: number; readonly child?: string };
const recordsOf = (store: Store, prefix: string): Map<string, Stored> =>
  new Map(store.list(prefix).map(([key, value]) => [key.slice(prefix.length), value as unknown as Stored]));

/** The name of what an event is about. */
const partOf = ({ step_name, item }: { readonly step_name: string; readonly item?: number }): string =>
  item === undefined ? step_name : `${step_name}/${String(item).padStart(10, "0")}`;

/** What must be undone of a run that has failed: what completed, also in a list or a workflow that did not as a whole. */
function partsToUndo({ steps }: FeaturePlan, { statuses }: FeatureOutcome, store: Store): string[] {
  return steps.flatMap(({ kind, hasUndo, isPerItem }, node) => {
    const name = `s${node}`;
    const isDone = statuses[node] === "completed";
    const items = [...recordsOf(store, `items/run/${name}/`)].flatMap(([index, { status }]) =>
      status === "completed" ? [`${name}/${index}`] : [],
    );
    if (kind === "children" && !hasUndo) return items;
    if (!hasUndo) return isDone && (kind === "child" || kind === "late") ? [name] : [];
    if (kind !== "foreach" && kind !== "children") return isDone ? [name] : [];
    if (isPerItem) return items;
    return isDone || items.length > 0 ? [name] : [];
  });
}

/** The numbers of the events with which everything completed; of a list that did not, that of its last item. */
function completionsOf(events: readonly WorkflowEvent[]): Map<string, number> {
  const at = new Map<string, number>();
  for (const event of events) {
    if (event.type === "step_completed") at.set(event.step_name, event.sequence);
    if (event.type !== "item_completed") continue;
    at.set(partOf(event), event.sequence);
    at.set(event.step_name, event.sequence);
  }
  return at;
}

/** A workflow that was undone with the whole: each step of it that completed, and it shows. */
function judgeUndone(child: string, part: string, store: Store) {
  expect(store.get(`executions/${child}`)).toMatchObject({
    status: "cancelled",
    parent: { step: part.split("/")[0] },
  });
  expect([...recordsOf(store, `undos/${child}/`)]).toMatchObject([["inner", { status: "completed" }]]);
}

/** What the end must look like: outcome, undos, a journal without gaps, nothing left behind. */
function judge(plan: FeaturePlan, made: ReturnType<typeof aProcess>) {
  const expected = featureReference(plan);
  const execution = made.manager.getExecution("run");
  const results = plan.steps.map((_, node) => execution?.results[`s${node}`]);
  expect(results.map((result) => result?.status)).toEqual(expected.statuses);
  expect(results.map((result) => result?.["output"] ?? null)).toEqual(expected.outputs);
  expect(execution?.status).toBe(expected.status);
  const undone = [...recordsOf(made.store, "undos/run/")];
  const toUndo = expected.status === "failed" ? partsToUndo(plan, expected, made.store) : [];
  expect(undone.map(([part]) => part).toSorted()).toEqual(toUndo.toSorted());
  expect(undone.every(([, { status }]) => status === "completed")).toBe(true);
  const events = made.manager.storedEvents("run");
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  const order = events.flatMap((event) => (event.type === "undo_completed" ? [partOf(event)] : []));
  const at = completionsOf(events);
  const byCompletion = toUndo.toSorted((a, b) => (at.get(b) ?? 0) - (at.get(a) ?? 0));
  expect(order).toEqual(byCompletion);
  for (const [part, { child }] of undone) if (child !== undefined) judgeUndone(child, part, made.store);
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
    ["steps/", "items/", "undos/"].flatMap((prefix) =>
      [...recordsOf(disk, prefix)].flatMap(([key, { status }]) => {
        const idempotencyKey = key.replace(/\/0+(?=\d)/, "/");
        if (status === "running") return [];
        // A workflow that is tried again does again what was undone.
        if (plan.steps.some(({ isRetried }) => isRetried) && !key.startsWith(`${prefix}run/`)) return [];
        return [prefix === "undos/" ? `${idempotencyKey}/undo` : idempotencyKey];
      }),
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
    let ofItems = 0;
    let ofChildren = 0;
    await fc.assert(
      fc.asyncProperty(featurePlans(4), async (plan) => {
        const commits = await uninterrupted(plan);
        for (let after = 1; after < commits; after++) {
          for (const acted of [true, false]) {
            const did = await crashed(plan, { commits: after, acted });
            crashes++;
            if (did.length > 0) repeated++;
            undone += did.filter((key) => key.endsWith("/undo")).length;
            ofItems += did.filter((key) => /^run\/s\d+\/\d+\/undo$/.test(key)).length;
            ofChildren += did.filter((key) => !key.startsWith("run/") && key.endsWith("/undo")).length;
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(crashes).toBeGreaterThan(100);
    expect(repeated).toBeGreaterThan(50);
    for (const each of [undone, ofItems, ofChildren]) expect(each).toBeGreaterThan(10);
  });
});
