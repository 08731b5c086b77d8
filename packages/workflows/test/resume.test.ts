import { type JsonObject, memoryStore, sleep } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import type { RunOptions } from "../src/execution-start.ts";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action,
  max_retries: 0,
  retry_delay: 0,
  ...rest,
});

/** A manager whose action `rec.flaky` fails while `broken.now` is true. */
function aFlakyManager() {
  const made = aManager();
  const broken = { now: true };
  made.modules.registerModule("flaky", {
    run: () => {
      if (broken.now) throw new Error("not yet");
      return "at last";
    },
  });
  const again = async (id: string) => {
    await drive(made.manager.resumeExecution(id), made.clock);
    return drive(made.manager.waitForExecution(id), made.clock);
  };
  return { ...made, broken, again };
}
const flaky = (name: string, rest: JsonObject = {}): JsonObject => ({
  ...aStep(name, "run", rest),
  module: "flaky",
});

describe("an execution that failed or was cancelled", () => {
  it("goes on where it failed: what completed is kept, what was skipped runs now", async () => {
    const { manager, clock, calls, broken, again } = aFlakyManager();
    manager.createWorkflow("w", [
      aStep("a", "ok"),
      flaky("b", { dependencies: ["a"], max_retries: 1 }),
      aStep("c", "ok", { parameters: { got: "{{b.output}}" } }),
    ]);
    const failed = await drive(manager.executeWorkflow("w"), clock);
    expect(failed.results).toMatchObject({
      a: { status: "completed" },
      b: { status: "failed", attempts: 2 },
      c: { status: "skipped" },
    });
    expect(await again(failed.executionId)).toMatchObject({
      status: "failed",
      results: { b: { attempts: 4, retry_count: 1 } },
    });
    broken.now = false;
    const execution = await again(failed.executionId);
    expect(execution).toMatchObject({
      status: "completed",
      errors: [],
      errorCode: null,
      results: { b: { attempts: 5, output: "at last" }, c: { status: "completed" } },
    });
    expect(calls.map(({ step }) => step)).toEqual(["a", "c"]);
    const events = manager.storedEvents(failed.executionId);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    expect(events.flatMap((event) => (event.type === "workflow_started" ? [event.resumed] : []))).toEqual([
      false,
      true,
      true,
    ]);
    await expect(manager.resumeExecution(failed.executionId)).rejects.toMatchObject({
      code: "INVALID_STATE",
    });
  });

  it("runs on with the definition and parameters that it started with", async () => {
    const { manager, clock, broken, again } = aFlakyManager();
    manager.createWorkflow("w", [flaky("a", { parameters: { p: "{{q}}" } })]);
    const { executionId } = await drive(manager.executeWorkflow("w", { q: 1 }), clock);
    manager.createWorkflow("w", [aStep("other", "ok")]);
    broken.now = false;
    expect(await again(executionId)).toMatchObject({
      status: "completed",
      result: { a: "at last" },
      parameters: { q: 1 },
    });
  });

  it("leaves an optional step alone without which a completed one has gone on", async () => {
    const { manager, clock, calls, broken, again } = aFlakyManager();
    manager.createWorkflow("w", [
      flaky("a", { required: false }),
      aStep("b", "ok", { dependencies: ["a"] }),
      flaky("c", { dependencies: ["b"] }),
      flaky("d", { required: false }),
    ]);
    const { executionId } = await drive(manager.executeWorkflow("w"), clock);
    broken.now = false;
    expect(await again(executionId)).toMatchObject({
      status: "completed",
      results: {
        a: { status: "failed", attempts: 1 },
        c: { attempts: 2 },
        d: { status: "completed", attempts: 2 },
      },
    });
    expect(calls.map(({ step }) => step)).toEqual(["b"]);
  });

  it("can be cancelled with steps running, waiting for a place and waiting for a retry, and go on", async () => {
    const { manager, clock, again, broken } = aFlakyManager();
    manager.createWorkflow("w", [
      flaky("delayed", { max_retries: 1, retry_delay: 60 }),
      aStep("running", "slow", { parameters: { ms: 9000 } }),
      aStep("waiting", "slow", { parameters: { ms: 9000 } }),
      aStep("queued", "ok"),
    ]);
    const id = await drive(manager.startWorkflow("w", {}, { maxParallel: 2 }), clock);
    await settle();
    expect(manager.cancelExecution(id)).toBe(true);
    await settle();
    const execution = manager.getExecution(id);
    expect(execution).toMatchObject({
      status: "cancelled",
      errors: ["The execution was cancelled"],
      errorCode: "CANCELLED",
    });
    const statuses = Object.values(execution?.results ?? {}).map(({ status }) => status);
    expect(statuses).toEqual(["cancelled", "cancelled", "cancelled", "skipped"]);
    expect(manager.cancelExecution(id)).toBe(false);
    broken.now = false;
    expect(await again(id)).toMatchObject({
      status: "completed",
      results: { delayed: { attempts: 2 }, queued: { attempts: 1 } },
    });
  });

  it("starts nothing more after a failure with on_failure stop, and aborts what runs with cancel", async () => {
    const steps = [
      aStep("bad", "boom", { dependencies: ["first"] }),
      aStep("first", "slow", { parameters: { ms: 10 } }),
      aStep("long", "slow", { parameters: { ms: 50 } }),
      aStep("later", "ok", { dependencies: ["long"] }),
    ];
    const outcome = async (onFailure: "stop" | "cancel") => {
      const { manager, clock } = aManager();
      manager.createWorkflow("w", steps, { on_failure: onFailure });
      const { results, errors } = await drive(manager.executeWorkflow("w"), clock);
      expect(errors).toEqual(["Step bad failed: boom!"]);
      return [
        results["long"]?.status,
        results["later"]?.status,
        results["long"]?.["error"] ?? null,
        clock.monotonic(),
      ];
    };
    expect(await outcome("stop")).toEqual(["completed", "skipped", null, 50]);
    expect(await outcome("cancel")).toEqual([
      "cancelled",
      "skipped",
      "Cancelled, because step 'bad' failed",
      10,
    ]);
  });

  it("resolves as cancelled for a signal that aborts, before or after the start", async () => {
    const { manager, clock, calls } = aManager();
    manager.createWorkflow("w", [aStep("a", "slow", { parameters: { ms: 5000 } })]);
    const early = await drive(manager.executeWorkflow("w", {}, { signal: AbortSignal.abort() }), clock);
    expect([early.status, calls.length]).toEqual(["cancelled", 0]);
    const controller = new AbortController();
    const running = manager.executeWorkflow("w", {}, { signal: controller.signal });
    await settle();
    controller.abort();
    expect((await drive(running, clock)).status).toBe("cancelled");
    expect(clock.monotonic()).toBe(0);
  });

  it("gets all of its time anew after it ran out, and only the rest after a crash", async () => {
    const store = memoryStore();
    const steps = [
      aStep("a", "slow", { parameters: { ms: 1000 } }),
      aStep("b", "slow", { parameters: { ms: 1000 }, dependencies: ["a"] }),
    ];
    const first = aManager({ store });
    first.manager.createWorkflow("w", steps);
    const id = await drive(first.manager.startWorkflow("w", {}, { timeoutMs: 1500 }), first.clock);
    await settle();
    first.clock.advance(400);
    // Dead from here on; the next process finds 1,100 ms left, a's second attempt takes 1,000 of them.
    const second = aManager({ store, probe: probeOf(2), clock: new ManualClock(first.clock.now()) });
    await drive(second.manager.recover(), second.clock);
    await drive(second.manager.waitForExecution(id), second.clock);
    expect(second.manager.getExecution(id)).toMatchObject({
      status: "failed",
      errorCode: "TIMEOUT_EXCEEDED",
      results: { a: { status: "completed", attempts: 2 }, b: { status: "cancelled" } },
    });
    expect(second.clock.monotonic()).toBe(1100);
    await drive(second.manager.resumeExecution(id), second.clock);
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "completed",
    });
  });

  it("is not found under another id", async () => {
    const { manager } = aManager();
    await expect(manager.resumeExecution("gone")).rejects.toMatchObject({ code: "EXECUTION_NOT_FOUND" });
    expect(await manager.waitForExecution("gone")).toBeNull();
    expect(manager.getExecution("gone")).toBeNull();
  });
});

describe("what was in flight when a process died", () => {
  const failLate = (clock: ManualClock) => ({
    fail: async ({ ms }: JsonObject) => {
      await sleep(Number(ms), { clock });
      throw new Error("late");
    },
  });

  /** Starts the steps, lets the process die after `lifeMs`, and ends them in another one. */
  async function crashAfter(lifeMs: number, steps: readonly JsonObject[], options: RunOptions) {
    const store = memoryStore();
    const first = aManager({ store, random: () => 1 });
    first.modules.registerModule("late", failLate(first.clock));
    first.manager.createWorkflow("w", steps);
    const id = await drive(first.manager.startWorkflow("w", {}, options), first.clock);
    await settle();
    first.clock.advance(lifeMs);
    await settle();
    const second = aManager({
      store,
      random: () => 1,
      probe: probeOf(2),
      clock: new ManualClock(first.clock.now()),
    });
    second.modules.registerModule("late", failLate(second.clock));
    await drive(second.manager.recover(), second.clock);
    const execution = await drive(second.manager.waitForExecution(id), second.clock);
    return { results: execution?.results ?? {}, calls: second.calls, clock: second.clock };
  }

  it("goes on before anything else begins, although others are first in the order", async () => {
    const slow = (name: string, ms: number, rest: JsonObject = {}) =>
      aStep(name, "slow", { parameters: { ms }, ...rest });
    const late = {
      name: "b",
      module: "late",
      action: "fail",
      parameters: { ms: 50 },
      max_retries: 0,
      dependencies: ["a"],
    };
    const steps = [late, slow("b2", 10, { dependencies: ["a"] }), slow("a", 10), slow("c", 100)];
    const { results, calls } = await crashAfter(10, steps, { maxParallel: 2, onFailure: "stop" });
    expect(calls.map(({ step, attempt }) => [step, attempt])).toEqual([["c", 2]]);
    expect(results).toMatchObject({
      a: { attempts: 1 },
      b: { status: "failed", attempts: 2 },
      b2: { status: "skipped" },
      c: { status: "completed" },
    });
  });

  it("has its retry, when it is due, also after a stop", async () => {
    const steps = [
      aStep("a", "boom", { max_retries: 1, retry_delay: 10 }),
      { name: "b", module: "late", action: "fail", parameters: { ms: 5000 }, max_retries: 0 },
    ];
    const { results, calls, clock } = await crashAfter(1000, steps, { onFailure: "stop" });
    expect(results).toMatchObject({
      a: { status: "failed", attempts: 2, retry_count: 1 },
      b: { status: "failed", attempts: 2 },
    });
    expect(calls.map(({ step, attempt, key }) => [step, attempt, key.endsWith("/a")])).toEqual([
      ["a", 2, true],
    ]);
    expect(clock.monotonic()).toBe(9000);
  });
});

describe("a wait", () => {
  it("ends at its limit or its signal, and leaves the execution alone", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [aStep("a", "slow", { parameters: { ms: 1000 } })]);
    const id = await drive(manager.startWorkflow("w"), clock);
    expect(await drive(manager.waitForExecution(id, { timeoutMs: 10 }), clock)).toBeNull();
    const controller = new AbortController();
    const waiting = manager.waitForExecution(id, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({ status: "completed" });
  });

  it("sees the end of another process's execution", async () => {
    const clock = new ManualClock();
    const store = memoryStore();
    const [one, two] = [aManager({ store, clock }), aManager({ store, clock, probe: probeOf(2, "alive") })];
    one.manager.createWorkflow("w", [aStep("a", "slow", { parameters: { ms: 1000 } })]);
    const id = await drive(one.manager.startWorkflow("w"), clock);
    expect(await drive(two.manager.waitForExecution(id, { timeoutMs: 100 }), clock)).toBeNull();
    expect(await drive(two.manager.waitForExecution(id), clock)).toMatchObject({ status: "completed" });
    expect(clock.monotonic()).toBeLessThan(1300);
  });

  it("ends when the process shuts down", async () => {
    const { manager, clock, runtime } = aManager();
    manager.createWorkflow("w", [aStep("a", "slow", { parameters: { ms: 1000 } })]);
    const outcome = manager.executeWorkflow("w").catch((error: unknown) => error);
    await settle();
    await drive(runtime.close(), clock);
    expect(await outcome).toMatchObject({ code: "EXECUTOR_SHUTDOWN" });
  });
});
