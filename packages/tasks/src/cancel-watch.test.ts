import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { recordOf } from "../test/record-of.ts";
import { SharedDisk } from "../test/shared-disk.ts";

const POLL_MS = 250;

function aProcess(disk: SharedDisk) {
  const { store, probe, die } = disk.start();
  return { rig: new OrchestratorRig({ store, probe }), die };
}

const requests = (disk: SharedDisk) => disk.records.list("cancel_requests/");

describe("a request to cancel a task", () => {
  it("is found by the process that has the task, and then gone", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    first.rig.orchestrator.submitTask(first.rig.task("slow", { id: "flying" }));
    first.rig.orchestrator.submitTask(first.rig.task("ok", { id: "after", dependencies: ["flying"] }));
    await first.rig.settle();
    expect(await second.rig.orchestrator.requestCancel("flying")).toBe(true);
    expect(first.rig.calls[0]?.context.signal.aborted).toBe(false);
    first.rig.clock.advance(POLL_MS);
    await first.rig.settle();
    expect(first.rig.calls[0]?.context.signal.aborted).toBe(true);
    expect(recordOf(disk.records, "flying")?.status).toBe("cancelled");
    expect(recordOf(disk.records, "after")?.status).toBe("skipped");
    expect(requests(disk)).toEqual([]);
    await first.rig.finishAll();
    for (const { rig } of [first, second]) await rig.orchestrator.close();
  });

  it("is kept for whoever takes over from a process that is gone", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    first.rig.orchestrator.submitTask(first.rig.task("slow", { id: "flying" }));
    await first.rig.settle();
    first.die();
    expect(await second.rig.orchestrator.requestCancel("flying")).toBe(true);
    second.rig.orchestrator.startExecution();
    const found = second.rig.orchestrator.recover();
    await second.rig.settle();
    expect((await found).adopted).toEqual(["flying"]);
    expect(second.rig.calls).toEqual([]);
    expect(recordOf(disk.records, "flying")?.status).toBe("cancelled");
    expect(requests(disk)).toEqual([]);
    await second.rig.orchestrator.close();
  });

  it("is none for what has ended or nobody knows, and done at once where the task is", async () => {
    const disk = new SharedDisk();
    const { rig } = aProcess(disk);
    rig.orchestrator.submitTask(rig.task("ok", { id: "done" }));
    rig.orchestrator.submitTask(rig.task("slow", { id: "own" }));
    await rig.settle();
    expect(await rig.orchestrator.requestCancel("done")).toBe(false);
    expect(await rig.orchestrator.requestCancel("nobody")).toBe(false);
    expect(await rig.orchestrator.requestCancel("own")).toBe(true);
    await rig.settle();
    expect(rig.orchestrator.getTaskStatus("own")).toBe("cancelled");
    expect(requests(disk)).toEqual([]);
    await rig.finishAll();
    await rig.orchestrator.close();
  });

  it("is forgotten when the task had ended before it was found", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    for (const id of ["one", "two"]) first.rig.orchestrator.submitTask(first.rig.task("slow", { id }));
    await first.rig.settle();
    await second.rig.orchestrator.requestCancel("one");
    await first.rig.finish("in time");
    first.rig.clock.advance(POLL_MS);
    await first.rig.settle();
    expect(recordOf(disk.records, "one")?.status).toBe("completed");
    expect(requests(disk)).toEqual([]);
    await first.rig.finishAll();
    for (const { rig } of [first, second]) await rig.orchestrator.close();
  });
});
