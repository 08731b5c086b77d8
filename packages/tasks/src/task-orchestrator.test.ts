import { InvalidParametersError } from "@orch/core";
import { describe, expect, it } from "vitest";
import { faultyStore } from "../test/faulty-store.ts";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { recordOf } from "../test/record-of.ts";
import { Task, type TaskInit } from "./task.ts";

describe("Task", () => {
  it("has the documented defaults", () => {
    const task = new Task({ name: "n", module: "m", action: "a" });
    expect(task).toMatchObject({
      priority: "normal",
      status: "pending",
      dependencies: [],
      retryCount: 0,
      maxRetries: 3,
      description: "",
    });
    expect(task.id).toHaveLength(36);
    expect(new Task({ module: "m", action: "a" }).name).toBe("m.a");
    expect(Task.fromDict(task.toDict()).toDict()).toEqual(task.toDict());
  });

  it("knows whether it is ready and whether it may be retried", () => {
    const task = new Task({ module: "m", action: "a", dependencies: ["d1", "d2"] });
    expect([[], ["d1"], ["d1", "d2"]].map((ids) => task.isReady(new Set(ids)))).toEqual([false, false, true]);
    expect(new Task({ module: "m", action: "a", dependencies: [] }).isReady(new Set())).toBe(true);
    const retry = (init: TaskInit) => new Task({ module: "m", action: "a", ...init }).canRetry();
    expect([retry({}), retry({ status: "failed" }), retry({ status: "failed", retryCount: 3 })]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["an id that cannot be a key", { id: "café" }, "id"],
    [
      "parameters that JSON cannot hold",
      { parameters: { at: { deep: [1, Number.NaN] } } },
      "/at/deep/1 is NaN",
    ],
    ["parameters that are no object", { parameters: [1] }, "must be an object"],
    ["too many retries", { maxRetries: 21 }, "maxRetries"],
    ["a timeout of 0", { timeoutMs: 0 }, "timeoutMs"],
    ["an unknown priority", { priority: "urgent" }, "priority"],
  ])("refuses %s", (_what, init, message) => {
    const rig = new OrchestratorRig();
    expect(() => rig.orchestrator.addTask({ module: "rec", action: "ok", ...init })).toThrow(
      InvalidParametersError,
    );
    expect(() => rig.orchestrator.addTask({ module: "rec", action: "ok", ...init })).toThrow(message);
    expect(rig.orchestrator.listTasks()).toEqual([]);
  });
});

describe("TaskOrchestrator", () => {
  it("gives the same task back, and refuses its id a second time and a task that has run", async () => {
    const rig = new OrchestratorRig();
    const task = rig.task("ok");
    expect(rig.orchestrator.submitTask(task)).toBe(task.id);
    expect(rig.orchestrator.getTask(task.id)).toBe(task);
    expect(rig.orchestrator.getTask("non_existent")).toBeNull();
    expect(() => rig.orchestrator.submitTask(task)).toThrow("exists already");
    await rig.settle();
    expect(() => new OrchestratorRig().orchestrator.addTask(task)).toThrow("completed already");
  });

  it("runs no more than maxWorkers at once, most urgent first", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 1 });
    rig.orchestrator.submitTask(rig.task("slow", { name: "busy" }));
    await rig.settle();
    for (const priority of ["background", "low", "normal", "high", "critical"] as const)
      rig.orchestrator.submitTask(rig.task("slow", { name: priority, priority }));
    await rig.settle();
    expect(rig.calls).toHaveLength(1);
    await rig.finishAll();
    expect(rig.called).toEqual(["busy", "critical", "high", "normal", "low", "background"]);
  });

  it("starts nothing that was only created until it is told to", async () => {
    const rig = new OrchestratorRig();
    const task = rig.orchestrator.createTask("n", "rec", "ok", { parameters: { name: "n" } });
    await rig.settle();
    expect([task.status, rig.called]).toEqual(["ready", []]);
    rig.orchestrator.startExecution();
    await rig.settle();
    expect(task.status).toBe("completed");
  });

  it("keeps the parameters that it was given, whatever the caller does to his object", async () => {
    const rig = new OrchestratorRig();
    const parameters: Record<string, string> = { name: "before" };
    const done = rig.orchestrator.executeTask({ module: "rec", action: "ok", parameters });
    parameters["name"] = "after";
    await rig.settle();
    expect((await done).data).toBe("before");
  });

  it("retries with a growing, jittered delay, and reports the last error", async () => {
    const rig = new OrchestratorRig({ random: () => 1 });
    const retrying: unknown[] = [];
    rig.orchestrator.events.on("task_retrying", (event) =>
      retrying.push([event.attempt, event.delay_seconds]),
    );
    const task = rig.task("bad", { maxRetries: 2, retryDelayMs: 1000 });
    rig.orchestrator.submitTask(task);
    await rig.settle();
    for (const ms of [999, 1, 1999, 1]) {
      rig.clock.advance(ms);
      await rig.settle();
    }
    expect(retrying).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(task).toMatchObject({
      status: "failed",
      retryCount: 2,
      error: "bad t0",
      result: { attempts: 3, errorCode: "TASK_EXECUTION_FAILED" },
    });
  });

  it("ends a task at its timeout although its code goes on, and tells so", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 1 });
    const told: string[] = [];
    rig.orchestrator.events.on("*", ({ type }) => told.push(type));
    const [task, next] = [rig.task("slow", { timeoutMs: 100 }), rig.task("ok")];
    rig.orchestrator.submitTask(task);
    rig.orchestrator.submitTask(next);
    await rig.settle();
    rig.clock.advance(100);
    await rig.settle();
    expect(task.result).toMatchObject({
      status: "timeout",
      errorCode: "TIMEOUT_EXCEEDED",
      executionTimeMs: 100,
    });
    expect(rig.calls[0]?.context.signal.aborted).toBe(true);
    expect(told).toContain("task_failed");
    expect(next.status).toBe("ready");
    await rig.finish("late");
    expect([task.status, next.status]).toEqual(["timeout", "completed"]);
  });

  it("cancels what waits and what runs, and says false for what has ended or is unknown", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 1 });
    const [running, waiting] = [rig.task("slow"), rig.task("ok")];
    const dependent = rig.task("ok", { dependencies: [waiting.id] });
    for (const task of [running, waiting, dependent]) rig.orchestrator.submitTask(task);
    await rig.settle();
    expect([waiting.id, running.id].map((id) => rig.orchestrator.cancelTask(id))).toEqual([true, true]);
    await rig.settle();
    expect(rig.statuses(running, waiting, dependent)).toEqual(["cancelled", "cancelled", "skipped"]);
    expect(rig.calls[0]?.context.signal).toMatchObject({ aborted: true, reason: { code: "CANCELLED" } });
    await rig.finish("late");
    expect([running.status, rig.called]).toEqual(["cancelled", ["t0"]]);
    expect([running.id, "unknown"].map((id) => rig.orchestrator.cancelTask(id))).toEqual([false, false]);
  });

  it("waits for completion: at once for nothing, false at the timeout", async () => {
    const rig = new OrchestratorRig();
    expect(await rig.orchestrator.waitForCompletion()).toBe(true);
    rig.orchestrator.submitTask(rig.task("slow"));
    const wait = rig.orchestrator.waitForCompletion({ timeoutMs: 100 });
    await rig.settle();
    rig.clock.advance(100);
    expect(await wait).toBe(false);
    await rig.finishAll();
    expect(await rig.orchestrator.waitForCompletion(50)).toBe(true);
    expect(await rig.orchestrator.waitForCompletion({ taskIds: ["unknown"] })).toBe(false);
  });

  it("does not wait for an id that nothing has, whatever else runs or was just added", async () => {
    const rig = new OrchestratorRig();
    rig.orchestrator.submitTask(rig.task("slow"));
    expect(await rig.orchestrator.waitForCompletion({ taskIds: ["unknown"] })).toBe(false);
    await rig.settle();
    expect(await rig.orchestrator.waitForCompletion({ taskIds: ["unknown"] })).toBe(false);
    await rig.finishAll();
    await rig.orchestrator.close();
  });

  it("leaves a cycle blocked, names it, and does not wait for it", async () => {
    const rig = new OrchestratorRig();
    const [a, b] = [
      rig.task("ok", { id: "a", dependencies: ["b"] }),
      rig.task("ok", { id: "b", dependencies: ["a"] }),
    ];
    rig.orchestrator.submitTask(a);
    rig.orchestrator.submitTask(b);
    const wait = rig.orchestrator.waitForCompletion();
    await rig.settle();
    expect(await wait).toBe(false);
    expect(await rig.orchestrator.waitForCompletion()).toBe(false);
    expect([rig.statuses(a, b), rig.called]).toEqual([["blocked", "blocked"], []]);
    expect(rig.orchestrator.getBlockedReport()).toEqual([
      { taskId: "a", reason: "cycle", path: ["a", "b", "a"] },
      { taskId: "b", reason: "cycle", path: ["b", "a", "b"] },
    ]);
  });

  it("rejects when it is to execute what waits for a task that does not exist, and runs it when that comes", async () => {
    const rig = new OrchestratorRig();
    const task = rig.task("ok", { id: "late", dependencies: ["missing"] });
    const rejected = expect(rig.orchestrator.executeTask(task)).rejects.toMatchObject({
      code: "DEPENDENCY_FAILED",
      details: { path: ["late", "missing"] },
    });
    await rig.settle();
    await rejected;
    rig.orchestrator.submitTask(rig.task("ok", { id: "missing" }));
    await rig.settle();
    expect(task.status).toBe("completed");
  });

  it("explains who waits for what", async () => {
    const rig = new OrchestratorRig();
    const resources = [{ type: "cpu" as const, amount: 8 }];
    const [holder, lacking] = [
      rig.task("slow", { id: "holder", resources }),
      rig.task("ok", { id: "lacking", resources }),
    ];
    for (const task of [holder, lacking, rig.task("ok", { id: "after", dependencies: ["lacking"] })])
      rig.orchestrator.submitTask(task);
    await rig.settle();
    expect(rig.orchestrator.getBlockedReport()).toEqual([
      { taskId: "lacking", reason: "resources", path: ["lacking", "cpu"] },
      { taskId: "after", reason: "dependency", path: ["after", "lacking"] },
    ]);
    await rig.finishAll();
    expect(rig.orchestrator.getBlockedReport()).toEqual([]);
  });

  it("keeps writers apart and lets no reader pass a writer", async () => {
    const rig = new OrchestratorRig();
    const lock = (name: string, mode: "read" | "write") =>
      rig.task("slow", { name, resources: [{ type: "file", identifier: "f", mode }] });
    for (const task of [lock("r1", "read"), lock("r2", "read"), lock("w", "write"), lock("r3", "read")])
      rig.orchestrator.submitTask(task);
    await rig.settle();
    expect(rig.called).toEqual(["r1", "r2"]);
    await rig.finish();
    await rig.finish();
    expect(rig.called).toEqual(["r1", "r2", "w"]);
    await rig.finish();
    expect(rig.called).toEqual(["r1", "r2", "w", "r3"]);
  });

  it("counts each task once, also those that were cleared", async () => {
    const rig = new OrchestratorRig();
    const task = rig.task("ok");
    for (const each of [task, rig.task("bad"), rig.task("ok", { dependencies: ["nobody"] })])
      rig.orchestrator.submitTask(each);
    await rig.settle();
    const stats = {
      total_tasks: 3,
      completed: 1,
      failed: 1,
      blocked: 1,
      pending: 0,
      ready: 0,
      running: 0,
      cancelled: 0,
      skipped: 0,
      timeout: 0,
    };
    expect(rig.orchestrator.getExecutionStats()).toMatchObject({
      ...stats,
      success_rate: 0.5,
      total_execution_time: 0,
    });
    expect(rig.orchestrator.clearCompleted()).toBe(2);
    expect([rig.orchestrator.listTasks().length, rig.orchestrator.getTask(task.id)]).toEqual([1, null]);
    expect(rig.orchestrator.getExecutionStats()).toMatchObject(stats);
    expect(new OrchestratorRig().orchestrator.getExecutionStats()).toMatchObject({
      total_tasks: 0,
      success_rate: 1,
    });
  });

  it("tells running code to stop before thousands of new tasks are taken in", async () => {
    const rig = new OrchestratorRig();
    const running = rig.task("slow");
    rig.orchestrator.submitTask(running);
    await rig.settle();
    for (let n = 0; n < 1000; n++) rig.orchestrator.submitTask(rig.task("ok"));
    expect(rig.orchestrator.cancelTask(running.id)).toBe(true);
    rig.orchestrator.runtime.tick();
    expect(rig.calls[0]?.context.signal.aborted).toBe(true);
    await rig.settle();
    expect(running.status).toBe("cancelled");
  });

  it("stops: starts nothing new, cancels what goes on for too long, and starts again", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 1 });
    const [running, waiting] = [rig.task("slow"), rig.task("ok")];
    rig.orchestrator.submitTask(running);
    rig.orchestrator.submitTask(waiting);
    await rig.settle();
    const stopped = rig.orchestrator.stopExecution({ timeoutMs: 100 });
    await rig.settle();
    rig.clock.advance(100);
    await rig.settle();
    expect(rig.calls[0]?.context.signal.aborted).toBe(true);
    rig.calls[0]?.reject(new Error("stopped"));
    await rig.settle();
    await stopped;
    expect(rig.statuses(running, waiting)).toEqual(["cancelled", "ready"]);
    rig.orchestrator.startExecution();
    await rig.settle();
    expect(waiting.status).toBe("completed");
  });

  it("closes: what was posted is stored, what runs is told to stop and stays in the store, who waits is told", async () => {
    const store = Object.assign(faultyStore(), { close: () => {} });
    const rig = new OrchestratorRig({ store });
    const running = rig.task("slow", { id: "running" });
    const done = expect(rig.orchestrator.executeTask(running)).rejects.toMatchObject({
      code: "EXECUTOR_SHUTDOWN",
    });
    await rig.settle();
    rig.orchestrator.addTask(rig.task("ok", { id: "posted" }));
    const closed = rig.orchestrator.close();
    await done;
    expect(rig.calls[0]?.context.signal.aborted).toBe(true);
    rig.calls[0]?.reject(rig.calls[0].context.signal.reason);
    await closed;
    await rig.orchestrator.close();
    expect(recordOf(store, "posted")).toMatchObject({ status: "ready" });
    expect(recordOf(store, "running")).toMatchObject({ status: "running", attempt: 1 });
    expect(store.list("instances/")).toEqual([]);
    expect(() => rig.orchestrator.submitTask(rig.task("ok"))).toThrow("Shut down");
    expect(rig.clock.pending).toBe(0);
  });

  it("refuses what comes after the end with the error that ended it, also when its store is closed", async () => {
    const rig = new OrchestratorRig();
    await rig.orchestrator.close();
    for (const init of [{ action: "ok" }, { id: "own", action: "ok" }])
      expect(() => rig.orchestrator.submitTask({ module: "rec", ...init })).toThrow("Shut down");
  });
});
