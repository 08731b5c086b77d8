import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { modulesDir } from "../test/attempt.ts";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import type { TaskEvent } from "./events.ts";
import { ModuleRegistry } from "./module-registry.ts";
import { stopGraceOf } from "./stop-grace.ts";
import { TaskOrchestrator } from "./task-orchestrator.ts";
import { CANCEL_GRACE_MS } from "./worker-runner.ts";

const GRACE_MS = 2 * CANCEL_GRACE_MS;
const retried = { timeoutMs: 200, maxRetries: 1, retryDelayMs: 1 };

describe("code that was told to stop, with a retry left", () => {
  it("ends its task when it does not stop in time; worker and resources come back when it does", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 1 });
    const task = rig.task("slow", { ...retried, resources: [{ type: "cpu", amount: 3 }] });
    const skipped = rig.task("ok", { dependencies: [task.id] });
    const next = rig.task("ok", { dependencies: [task.id], onDependencyFailure: "continue" });
    for (const each of [task, skipped, next]) rig.orchestrator.submitTask(each);
    await rig.settle();
    rig.clock.advance(200);
    await rig.settle();
    rig.clock.advance(GRACE_MS - 1);
    await rig.settle();
    expect(rig.statuses(task, skipped, next)).toEqual(["running", "blocked", "blocked"]);
    rig.clock.advance(1);
    await rig.settle();
    expect(task.result).toMatchObject({
      status: "timeout",
      attempts: 1,
      errorCode: "TIMEOUT_EXCEEDED",
      errorMessage:
        "Task 't0' timed out after 0.2 seconds; its code did not stop when it was told to, so it was not tried again",
    });
    expect(rig.orchestrator.deadLetters.get(task.id)).toMatchObject({
      reason: "timeout",
      suggestions: [expect.stringMatching(/signal.*worker.*process/)],
    });
    expect(rig.statuses(skipped, next)).toEqual(["skipped", "ready"]);
    expect([rig.used, rig.orchestrator.runtime.running]).toEqual([3, 1]);
    expect(rig.orchestrator.why(task.id)).toMatchObject({
      causes: [{ reason: "ended" }, { reason: "draining" }],
    });
    await rig.finish("late");
    expect([rig.used, rig.orchestrator.runtime.running]).toEqual([0, 0]);
    expect([rig.called, rig.statuses(task, next)]).toEqual([
      ["t0", "t2"],
      ["timeout", "completed"],
    ]);
    await rig.orchestrator.close();
    expect(rig.clock.pending).toBe(0);
  });

  it("is called again when it stops in time, also at the last moment, each time", async () => {
    const rig = new OrchestratorRig({ random: () => 1 });
    const task = rig.task("slow", { ...retried, maxRetries: 2 });
    rig.orchestrator.submitTask(task);
    await rig.settle();
    for (let attempt = 1; attempt <= 2; attempt++) {
      rig.clock.advance(200);
      await rig.settle();
      rig.clock.advance(GRACE_MS - 1);
      await rig.finish("too late");
      expect([task.status, rig.called.length]).toEqual(["running", attempt]);
      rig.clock.advance(2);
      await rig.settle();
      expect(rig.called).toHaveLength(attempt + 1);
    }
    // The grace of an attempt that stopped is no grace of the next one.
    rig.clock.advance(199);
    await rig.finish("in time");
    expect(task.result).toMatchObject({ status: "completed", data: "in time", attempts: 3 });
    await rig.orchestrator.close();
    expect(rig.clock.pending).toBe(0);
  });

  it("is waited for no more when its task is cancelled meanwhile", async () => {
    const rig = new OrchestratorRig();
    const task = rig.task("slow", retried);
    rig.orchestrator.submitTask(task);
    await rig.settle();
    rig.clock.advance(200);
    await rig.settle();
    rig.orchestrator.cancelTask(task.id);
    await rig.settle();
    rig.clock.advance(GRACE_MS);
    await rig.settle();
    expect([task.result?.status, task.result?.errorCode]).toEqual(["cancelled", "CANCELLED"]);
    await rig.finishAll();
    await rig.orchestrator.close();
  });

  it("has a grace in which a thread or a process can be ended, whatever their own is", async () => {
    expect([0, 100, CANCEL_GRACE_MS, 60_000].map(stopGraceOf)).toEqual([500, 600, GRACE_MS, 120_000]);
    expect(stopGraceOf()).toBe(GRACE_MS);
    const rig = new OrchestratorRig({ runners: { cancelGraceMs: 1000 } });
    const task = rig.task("slow", retried);
    rig.orchestrator.submitTask(task);
    await rig.settle();
    rig.clock.advance(200);
    await rig.settle();
    rig.clock.advance(1999);
    await rig.settle();
    expect(task.status).toBe("running");
    rig.clock.advance(1);
    await rig.settle();
    expect(task.status).toBe("timeout");
    await rig.finishAll();
    await rig.orchestrator.close();
  });

  it.each(["worker", "process"] as const)("is tried again when its %s had to be ended", async (isolation) => {
    const clock = new ManualClock();
    const modules = new ModuleRegistry({ modulesDir });
    await modules.find("naughty", "busy");
    await using orchestrator = new TaskOrchestrator({ clock, modules, random: () => 0 });
    const next = (type: TaskEvent["type"]) =>
      new Promise<void>((resolve) => orchestrator.events.on(type, () => resolve()));
    const started = next("task_started");
    const init = { module: "naughty", action: "busy", isolation, ...retried };
    const result = orchestrator.executeTask(init);
    await started;
    const before = clock.pending;
    const retrying = next("task_retrying");
    clock.advance(200);
    // In place of its time there are two: until it is ended, and until its task is given up.
    while (clock.pending <= before) await new Promise(setImmediate);
    clock.advance(CANCEL_GRACE_MS);
    await retrying;
    const again = next("task_started");
    clock.advance(1);
    await again;
    clock.advance(200);
    expect(await result).toMatchObject({
      status: "timeout",
      attempts: 2,
      errorMessage: expect.stringMatching(/timed out after 0.2 seconds$/),
    });
    while (clock.pending <= before - 1) await new Promise(setImmediate);
    clock.advance(CANCEL_GRACE_MS);
  });
});
