import type { Store } from "@orch/core";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { locked } from "../test/faulty-store.ts";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { recordOf } from "../test/record-of.ts";
import { SharedDisk } from "../test/shared-disk.ts";
import { entryRecord } from "./book-entry.ts";
import { TaskBook } from "./task-book.ts";
import { parseTask } from "./task-record.ts";

const IDS = ["a", "b", "c", "d", "e", "f"] as const;
const id = fc.constantFrom(...IDS);

/** What is done to an orchestrator, one after the other; several in one tick unless one of them is a tick. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("add" as const), id, needs: fc.option(id), retries: fc.nat(2) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("end" as const), at: fc.nat(5), isGood: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("cancel" as const), id }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("tick" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.constantFrom(1, 40, 200) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("forget" as const), id }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("refuse" as const), times: fc.nat(3) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const turnEnds = vi.spyOn(TaskBook.prototype, "turnEnds");

/** What is on disk of each task that the process has, against what it has in memory; how many were compared. */
function compare(disk: SharedDisk): number {
  const book = turnEnds.mock.contexts.at(-1) as TaskBook | undefined;
  const entries = [...(book?.entries() ?? [])].filter(({ surplus }) => !surplus);
  for (const entry of entries) {
    const { due_at, ...record } = recordOf(disk.records, entry.spec.id) ?? {};
    // That a delay is over is written with what follows: whoever takes it over sees that it is.
    const isDue = entry.live.status === "ready" && due_at !== undefined;
    const onDisk = isDue ? { ...record, status: "ready" } : { ...record, ...(due_at ? { due_at } : {}) };
    expect(onDisk).toEqual(parseTask(entryRecord(entry)));
  }
  return entries.length;
}

/** Commits that the store refuses from now on. */
let refusals = 0;

/** A process that goes on with what is left, and does what it is told. */
async function live(disk: SharedDisk, steps: readonly Step[]): Promise<number> {
  const process = disk.start();
  let compared = 0;
  const transact: Store["transact"] = (work) => {
    const result = process.store.transact((tx) => {
      const made = work(tx);
      if (refusals-- > 0) throw locked();
      return made;
    });
    compared += compare(disk);
    return result;
  };
  const rig = new OrchestratorRig({
    store: { ...process.store, transact },
    probe: process.probe,
    maxWorkers: 3,
  });
  refusals = 0;
  rig.orchestrator.startExecution();
  const found = rig.orchestrator.recover();
  await rig.settle();
  await found;
  for (const each of steps) await take(each, rig, disk);
  expect(rig.orchestrator.runtime.error).toBe(null);
  process.die();
  return compared;
}

async function take(step: Step, rig: OrchestratorRig, disk: SharedDisk): Promise<void> {
  const { orchestrator, calls, clock } = rig;
  switch (step.type) {
    case "add": {
      const { id, needs, retries: maxRetries } = step;
      const dependencies = needs === null || needs >= id ? [] : [needs];
      if (orchestrator.getTask(id) === null)
        orchestrator.addTask(rig.task("slow", { id, dependencies, maxRetries, retryDelayMs: 100 }));
      return;
    }
    case "end": {
      const [call] = calls.splice(step.at % Math.max(1, calls.length), 1);
      if (step.isGood) call?.resolve(null);
      else call?.reject(new Error("bad"));
      return;
    }
    case "cancel":
      orchestrator.cancelTask(step.id);
      return;
    case "refuse":
      refusals = step.times;
      return;
    case "wait":
      clock.advance(step.ms);
      await rig.settle();
      return;
    case "tick":
      await rig.settle();
      return;
    case "forget":
      orchestrator.clearCompleted();
      if (recordOf(disk.records, step.id)?.ended_at)
        disk.records.transact((tx) => tx.delete(`tasks/${step.id}`));
  }
}

it("shows on disk, after each commit, every task as its process has it, over two lives and for ids used again", async () => {
  let compared = 0;
  const steps = fc.array(step, { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, steps, async (first, second) => {
      turnEnds.mockClear();
      const disk = new SharedDisk();
      for (const each of [first, second]) compared += await live(disk, each);
    }),
    { numRuns: 200 },
  );
  expect(compared).toBeGreaterThan(1000);
});

it("takes a mark of an earlier task of the same id for nothing", async () => {
  const disk = new SharedDisk();
  turnEnds.mockClear();
  const add = (id: (typeof IDS)[number]): Step => ({ type: "add", id, needs: null, retries: 1 });
  const fail: Step = { type: "end", at: 0, isGood: false };
  const tick: Step = { type: "tick" };
  // The row that says of a and b that they failed once stays as long as b waits for its next attempt.
  const before: Step[] = [add("a"), add("b"), tick, fail, fail, tick, { type: "cancel", id: "a" }, tick];
  await live(disk, [...before, { type: "forget", id: "a" }, add("a"), tick]);
  expect(recordOf(disk.records, "a")).toMatchObject({ attempt: 1, failures: 0 });
});
