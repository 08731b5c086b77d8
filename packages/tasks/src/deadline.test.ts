import { toDate } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
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

  it("starts nothing when it is over from the beginning, and skips what waits for it", async () => {
    const rig = new OrchestratorRig();
    const told: string[] = [];
    rig.orchestrator.events.on("*", ({ type }) => told.push(type));
    const task = aTask(rig, "ok", { createdAt: toDate(rig.clock.now() - 3_600_000) });
    const after = rig.task("ok", { dependencies: ["t"] });
    rig.orchestrator.submitTask(task);
    rig.orchestrator.submitTask(after);
    await rig.settle();
    expect(task.result).toMatchObject({ ...over, status: "timeout", attempts: 0 });
    expect([rig.called, after.status]).toEqual([[], "skipped"]);
    expect(told).toEqual(["task_submitted", "task_failed", "task_submitted", "task_skipped"]);
    expect(rig.orchestrator.deadLetters.get("t")?.reason).toBe("timeout");
    await rig.orchestrator.close();
    expect(rig.clock.pending).toBe(0);
  });

  it("is one of the task itself: the next try of one that gave up has all of it again", async () => {
    const rig = new OrchestratorRig();
    rig.orchestrator.submitTask(aTask(rig, "ok", { createdAt: toDate(rig.clock.now() - 100) }));
    await rig.settle();
    const next = rig.orchestrator.deadLetters.retry("t");
    await rig.settle();
    expect([rig.orchestrator.getTaskStatus(next), rig.called]).toEqual(["completed", ["t"]]);
  });

  it("starts nothing when it was over before another process could go on with the task", async () => {
    const disk = new SharedDisk();
    const first = disk.start();
    const before = new OrchestratorRig({ ...first, random: () => 1 });
    for (const task of [
      aTask(before, "slow", { id: "ran" }),
      aTask(before, "bad", { id: "waited for a retry", maxRetries: 1, retryDelayMs: 50 }),
      aTask(before, "ok", { id: "waited for another", dependencies: ["ran"] }),
      aTask(before, "slow", { id: "had more time", totalTimeoutMs: 101 }),
    ])
      before.orchestrator.submitTask(task);
    await before.settle();
    first.die();
    const rig = new OrchestratorRig(disk.start());
    rig.clock.advance(100);
    rig.orchestrator.startExecution();
    const found = rig.orchestrator.recover();
    await rig.settle();
    expect((await found).adopted).toHaveLength(4);
    const results = ["ran", "waited for a retry", "waited for another"].map((id) =>
      rig.orchestrator.getTaskResult(id),
    );
    expect(results).toMatchObject([1, 1, 0].map((attempts) => ({ ...over, status: "timeout", attempts })));
    expect(rig.called).toHaveLength(1);
    expect(rig.orchestrator.getTaskStatus("had more time")).toBe("running");
    await rig.finishAll();
    await rig.orchestrator.close();
  });

  it("starts nothing when it is over before its timer could fire, since code held up the event loop", async () => {
    const clock = new ManualClock();
    let heldUpMs = 0;
    const slow = {
      now: () => clock.now() + heldUpMs,
      monotonic: () => clock.monotonic() + heldUpMs,
      setTimer: clock.setTimer.bind(clock),
    };
    const rig = new OrchestratorRig({ clock: slow, maxWorkers: 1, random: () => 1 });
    const limit = { createdAt: toDate(clock.now()), totalTimeoutMs: 100 };
    const tasks = [
      rig.task("bad", { ...limit, name: "retries", maxRetries: 1, retryDelayMs: 60 }),
      rig.task("slow", { name: "holds up" }),
      rig.task("ok", { ...limit, name: "waits for a worker" }),
    ];
    tasks.push(rig.task("ok", { ...limit, name: "depends", dependencies: [tasks[1]?.id ?? ""] }));
    for (const task of tasks) rig.orchestrator.submitTask(task);
    await rig.settle();
    heldUpMs = 50;
    clock.advance(60);
    await rig.finish();
    expect(rig.called).toEqual(["retries", "holds up"]);
    expect(rig.statuses(...tasks)).toEqual(["timeout", "completed", "timeout", "timeout"]);
    expect(tasks[0]?.result).toMatchObject({
      attempts: 1,
      errorMessage: "Task 'retries' was not finished after 0.1 seconds",
    });
    await rig.orchestrator.close();
    expect(clock.pending).toBe(0);
  });

  it("is never over sooner because the wall clock jumped while it waited", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 1 });
    rig.orchestrator.submitTask(rig.task("slow"));
    const task = aTask(rig, "ok");
    rig.orchestrator.submitTask(task);
    await rig.settle();
    rig.clock.jumpTo(rig.clock.now() + 3_600_000);
    await rig.finish();
    expect(task.status).toBe("completed");
  });
});
