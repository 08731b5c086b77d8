import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk } from "../test/shared-disk.ts";

function aProcess(disk: SharedDisk) {
  const { store, probe, die } = disk.start();
  return { rig: new OrchestratorRig({ store, probe }), die };
}

describe("the tasks of a store", () => {
  it("are those that have ended and the unfinished ones of all processes, newest first", async () => {
    const disk = new SharedDisk();
    const [first, second, third] = [aProcess(disk), aProcess(disk), aProcess(disk)];
    first.rig.orchestrator.submitTask(first.rig.task("slow", { id: "lost" }));
    await first.rig.settle();
    second.rig.clock.advance(10);
    second.rig.orchestrator.submitTask(second.rig.task("bad", { id: "bad", priority: "high" }));
    await second.rig.settle();
    second.rig.clock.advance(10);
    second.rig.orchestrator.submitTask(second.rig.task("slow", { id: "runs", sessionId: "s1" }));
    await second.rig.settle();
    first.die();
    const { orchestrator } = third.rig;
    expect(orchestrator.listStoredTasks()).toMatchObject([
      { id: "runs", module: "rec", action: "slow", standing: "running", sessionId: "s1", attempts: 1 },
      { id: "bad", standing: "failed", priority: "high", error: "bad t0", sessionId: null },
      { id: "lost", standing: "interrupted", endedAt: 0 },
    ]);
    const ids = (options: Parameters<typeof orchestrator.listStoredTasks>[0]) =>
      orchestrator.listStoredTasks(options).map(({ id }) => id);
    expect(ids({ unfinished: true })).toEqual(["runs", "lost"]);
    expect(ids({ limit: 1 })).toEqual(["runs"]);
    expect(ids({ standing: "interrupted" })).toEqual(["lost"]);
    expect(ids({ standing: "failed", limit: 5 })).toEqual(["bad"]);
    await second.rig.finishAll();
    expect(ids({ standing: "completed" })).toEqual(["runs"]);
    for (const { rig } of [second, third]) await rig.orchestrator.close();
  });

  it("are none where the store is memory", async () => {
    const rig = new OrchestratorRig();
    rig.orchestrator.submitTask(rig.task("ok"));
    await rig.settle();
    expect(rig.orchestrator.listStoredTasks()).toEqual([]);
    await rig.orchestrator.close();
  });

  it("leave out a damaged record, and say so", async () => {
    const disk = new SharedDisk();
    const { store, probe } = disk.start();
    const errors: string[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (text: string) => void errors.push(text) };
    const rig = new OrchestratorRig({ store, probe, logger });
    rig.orchestrator.submitTask(rig.task("ok", { id: "good" }));
    await rig.settle();
    disk.records.transact((tx) => tx.put("tasks/bad", { status: "completed" }));
    expect(rig.orchestrator.listStoredTasks().map(({ id }) => id)).toEqual(["good"]);
    expect(errors).toEqual(["The record of task 'bad' is damaged: it is no record"]);
    await rig.orchestrator.close();
  });
});
