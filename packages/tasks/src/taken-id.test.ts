import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, type Store } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { expect, it, onTestFinished } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk, type SimulatedProcess } from "../test/shared-disk.ts";

const rigOn = ({ store, probe }: SimulatedProcess) => new OrchestratorRig({ store, probe });

function file() {
  const directory = mkdtempSync(join(tmpdir(), "orch-taken-"));
  const store = sqliteStore(join(directory, "state.db"));
  onTestFinished(() => {
    store.close();
    rmSync(directory, { recursive: true });
  });
  return store;
}

it("gives an id to one process alone, also when it is taken between two looks in one turn of the event loop", async () => {
  const disk = new SharedDisk();
  const [one, two] = [rigOn(disk.start()), rigOn(disk.start())];
  one.orchestrator.submitTask(one.task("slow", { id: "first" }));
  await one.settle();
  // Nothing between here and the tick gives anything else a turn.
  expect(two.orchestrator.getTask("x")).toBe(null);
  one.orchestrator.submitTask(one.task("slow", { id: "x", name: "x of one" }));
  one.orchestrator.runtime.tick();
  const late = two.task("slow", { id: "x", name: "x of two" });
  two.orchestrator.submitTask(late);
  two.orchestrator.runtime.tick();
  await two.settle();
  expect([late.status, late.result?.errorCode, two.called]).toEqual(["failed", "INVALID_PARAMETERS", []]);
  expect(one.called).toEqual([expect.anything(), "x of one"]);
});

const stores: readonly (readonly [string, () => Store])[] = [
  ["file", file],
  ["memory", memoryStore],
];

it.each(stores)(
  "refuses the id of another orchestrator on the same %s, whether its task has ended or not",
  async (_, open) => {
    const store = open();
    const [one, two] = [new OrchestratorRig({ store }), new OrchestratorRig({ store })];
    for (const id of ["a", "b"]) {
      one.orchestrator.submitTask(one.task("slow", { id }));
      await one.settle();
      expect(() => two.orchestrator.submitTask(two.task("ok", { id }))).toThrow(`'${id}'`);
      await one.finish();
      expect(() => two.orchestrator.submitTask(two.task("ok", { id }))).toThrow(`'${id}'`);
    }
    expect(two.called).toEqual([]);
  },
);

it("refuses an id that another orchestrator on the same store object takes in the same moment", async () => {
  const store = file();
  const [one, two] = [new OrchestratorRig({ store }), new OrchestratorRig({ store })];
  one.orchestrator.submitTask(one.task("ok", { id: "both" }));
  const late = two.task("ok", { id: "both" });
  two.orchestrator.submitTask(late);
  await one.settle();
  await two.settle();
  expect(late.result?.errorCode).toBe("INVALID_PARAMETERS");
  expect(two.called).toEqual([]);
});

it.each(stores)(
  "waits for tasks of another orchestrator on the same %s, and hears of their end",
  async (_, open) => {
    const store = open();
    const [one, two] = [new OrchestratorRig({ store }), new OrchestratorRig({ store })];
    one.orchestrator.submitTask(one.task("slow", { id: "before" }));
    await one.settle();
    const after = two.task("ok", { dependencies: ["before"] });
    two.orchestrator.submitTask(after);
    const isOver = two.orchestrator.waitForCompletion({ taskIds: ["before"] });
    await two.settle();
    two.clock.advance(250);
    await two.settle();
    expect(after.status).toBe("blocked");
    await one.finish();
    two.clock.advance(250);
    await two.settle();
    expect(after.status).toBe("completed");
    expect(await isOver).toBe(true);
  },
);

it("knows tasks of another orchestrator on the same memory store: how they stand, why they wait, and cancels them", async () => {
  const store = memoryStore();
  const one = new OrchestratorRig({ store });
  const early = one.task("ok", { dependencies: ["of two"] });
  one.orchestrator.submitTask(early);
  await one.settle();
  const two = new OrchestratorRig({ store });
  two.orchestrator.submitTask(two.task("slow", { id: "of two" }));
  await two.settle();
  expect(one.orchestrator.getTaskStatus("of two")).toBe("running");
  expect(one.orchestrator.getTask("of two")?.id).toBe("of two");
  const { pid } = one.orchestrator.runtime.probe.self;
  expect(one.orchestrator.why("of two")?.causes).toMatchObject([{ reason: "other_process", pid }]);
  expect(two.orchestrator.getTaskStatus("nobody's")).toBe(null);
  one.clock.advance(250);
  await one.settle();
  await two.finish();
  one.clock.advance(250);
  await one.settle();
  expect(early.status).toBe("completed");
  two.orchestrator.submitTask(two.task("slow", { id: "next" }));
  await two.settle();
  expect(await one.orchestrator.requestCancel("next")).toBe(true);
  await two.settle();
  expect(one.orchestrator.getTaskStatus("next")).toBe("cancelled");
});
