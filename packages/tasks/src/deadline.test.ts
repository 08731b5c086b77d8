import { toDate } from "@orch/core";
import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk } from "../test/shared-disk.ts";

const over = { errorCode: "TIMEOUT_EXCEEDED", errorMessage: "Task 't' was not finished after 0.1 seconds" };
const limited = { id: "t", name: "t", totalTimeoutMs: 100 } as const;

/** A task with 100 ms in all, created now by the clock of its rig. */
function aTask(rig: OrchestratorRig, action: "ok" | "bad" | "slow", init: object = {}) {
  return rig.task(action, { ...limited, createdAt: toDate(rig.clock.now()), ...init });
}

describe("the time of a whole task", () => {
  it("ends one whose dependency does not come, and skips what waits for it", async () => {
    const rig = new OrchestratorRig();
    const task = aTask(rig, "ok", { dependencies: ["never"] });
    const after = rig.task("ok", { dependencies: ["t"] });
    for (const each of [task, after]) rig.orchestrator.submitTask(each);
    await rig.settle();
    rig.clock.advance(99);
    await rig.settle();
    expect(task.status).toBe("blocked");
    rig.clock.advance(1);
    await rig.settle();
    expect([task.result, after.status]).toMatchObject([
      { ...over, status: "timeout", attempts: 0 },
      "skipped",
    ]);
  });

  it("ends one that waits for a worker, runs, or waits for a retry", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 1, random: () => 1 });
    const tasks = [
      aTask(rig, "bad", { id: "retries", maxRetries: 9, retryDelayMs: 60, retry: { factor: 1 } }),
      aTask(rig, "slow", { id: "runs" }),
      aTask(rig, "ok", { id: "waits" }),
    ];
    for (const task of tasks) rig.orchestrator.submitTask(task);
    await rig.settle();
    const signal = rig.calls[0]?.context.signal;
    rig.clock.advance(100);
    await rig.settle();
    expect(tasks.map(({ result }) => result)).toMatchObject([
      { ...over, status: "timeout" },
      { ...over, status: "timeout", attempts: 1 },
      { ...over, status: "timeout", attempts: 0 },
    ]);
    expect(signal?.aborted).toBe(true);
    expect(rig.orchestrator.deadLetters.list().map(({ reason }) => reason)).toEqual([
      "timeout",
      "timeout",
      "timeout",
    ]);
    // Its code has not returned: the worker is taken until it does.
    expect(rig.orchestrator.runtime.running).toBe(1);
    await rig.finish();
    expect(rig.orchestrator.runtime.running).toBe(0);
  });

  it("leaves no timer behind one that ends in time", async () => {
    const rig = new OrchestratorRig();
    rig.orchestrator.submitTask(aTask(rig, "ok"));
    await rig.settle();
    rig.clock.advance(1000);
    expect([rig.orchestrator.getTaskStatus("t"), rig.clock.pending]).toEqual(["completed", 0]);
  });

  it("goes on when another process goes on with the task", async () => {
    const disk = new SharedDisk();
    const first = disk.start();
    const before = new OrchestratorRig(first);
    before.orchestrator.submitTask(aTask(before, "slow"));
    await before.settle();
    first.die();
    const rig = new OrchestratorRig(disk.start());
    rig.clock.advance(70);
    rig.orchestrator.startExecution();
    const found = rig.orchestrator.recover();
    await rig.settle();
    expect((await found).adopted).toEqual(["t"]);
    rig.clock.advance(29);
    await rig.settle();
    expect(rig.orchestrator.getTaskStatus("t")).toBe("running");
    rig.clock.advance(1);
    await rig.settle();
    expect(rig.orchestrator.getTaskResult("t")).toMatchObject(over);
  });
});
