import { ManualClock } from "@orch/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { modulesDir } from "../test/attempt.ts";
import { ExecutionResult } from "./execution-result.ts";
import { ModuleRegistry } from "./module-registry.ts";
import { ParallelExecutor } from "./parallel-executor.ts";
import { CANCEL_GRACE_MS } from "./worker-runner.ts";

const GRACE_MS = 2 * CANCEL_GRACE_MS;
const turn = () => new Promise(setImmediate);

let clock: ManualClock;
let called: unknown[];
let open: { readonly name: unknown; end(): void }[];
let most: number;
let executor: ParallelExecutor;
const modules = new ModuleRegistry({ modulesDir });
modules.register("rec", "ok", ({ name, value }, { stepName }) => {
  called.push(name ?? stepName);
  return value ?? { step: stepName ?? "" };
});
modules.register("rec", "boom", (_, { stepName }) => {
  called.push(stepName);
  throw new Error("boom!");
});
/** Ends when it is told to, whatever its signal says. */
modules.register("rec", "deaf", (_, { stepName }) => {
  called.push(stepName);
  return new Promise((resolve) => {
    open.push({ name: stepName, end: () => resolve("late") });
    most = Math.max(most, open.length);
  });
});
/** Stops when it is told to. */
modules.register("rec", "slow", (_, { stepName, signal }) => {
  called.push(stepName);
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
});
modules.register("rec", "results", (_, { results }) => results);

const task = (name: string, action = "ok", more: object = {}) => ({ name, module: "rec", action, ...more });

beforeEach(() => {
  [clock, called, open, most] = [new ManualClock(), [], [], 0];
  executor = new ParallelExecutor({ modules, clock, random: () => 0.5 });
});
afterEach(async () => {
  for (const each of open) each.end();
  await executor.shutdown(false);
});

describe("a parallel executor", () => {
  it("has four workers and five minutes, unless told otherwise", () => {
    expect(executor).toMatchObject({ maxWorkers: 4, timeoutMs: 300_000 });
    expect(new ParallelExecutor({ maxWorkers: 2, timeoutMs: 60_000 })).toMatchObject({
      maxWorkers: 2,
      timeoutMs: 60_000,
    });
  });

  it.each([{ maxWorkers: 0 }, { maxWorkers: 1.5 }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }])(
    "refuses %o",
    (options) => {
      expect(() => new ParallelExecutor(options)).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
    },
  );

  it("gives the results of a group in the order of its tasks", async () => {
    const results = await executor.executeTaskGroup([
      task("x", "ok", { dependencies: ["nobody"] }),
      task("y"),
    ]);
    expect(results.map(({ taskName, status, result }) => [taskName, status, result])).toEqual([
      ["x", "completed", { step: "x" }],
      ["y", "completed", { step: "y" }],
    ]);
    for (const { durationMs } of results) expect(durationMs).toBeGreaterThanOrEqual(0);
  });

  it("runs a task after what it depends on: by itself and by the map", async () => {
    const tasks = [task("c", "ok", { dependencies: ["b"] }), task("b"), task("a")];
    const results = await executor.executeTasks(tasks, { b: ["a"] });
    expect(called).toEqual(["a", "b", "c"]);
    expect(Object.keys(results)).toEqual(["c", "b", "a"]);
    expect(results["c"]?.startTimeMs).toBeGreaterThanOrEqual(results["b"]?.endTimeMs ?? Number.NaN);
  });

  it("shows an action the outputs of what it depends on, directly or not", async () => {
    const tasks = [
      task("a", "ok", { parameters: { value: 1 } }),
      task("b", "ok", { parameters: { value: 2 }, dependencies: ["a"] }),
      task("other"),
      task("c", "results", { dependencies: ["b"] }),
    ];
    const { c } = await executor.executeTasks(tasks);
    expect(c?.result).toEqual({ a: 1, b: 2 });
  });

  it("skips what depends on a task that failed, naming the root, and runs the rest", async () => {
    const tasks = [
      task("a", "boom"),
      task("b", "ok", { dependencies: ["a"] }),
      task("c", "ok", { dependencies: ["b"] }),
      task("d"),
    ];
    const { a, b, c, d } = await executor.executeTasks(tasks);
    expect(a).toMatchObject({ status: "failed", error: "boom!", failure: { type: "Error" } });
    expect(b).toMatchObject({ status: "skipped", startTimeMs: null, failure: { code: "DEPENDENCY_FAILED" } });
    expect(c?.error).toBe("Task 'c' was skipped, because 'a' did not complete");
    expect(d?.success).toBe(true);
    expect(called).toEqual(["a", "d"]);
  });

  it.each([
    [
      "a cycle",
      [task("a", "ok", { dependencies: ["b"] }), task("b", "ok", { dependencies: ["a"] })],
      {},
      "DAG_CYCLE",
    ],
    ["an unknown dependency", [task("a", "ok", { dependencies: ["x"] })], {}, "DAG_INVALID"],
    ["two tasks of one name", [task("a"), task("a")], {}, "DAG_INVALID"],
    ["dependencies of an unknown task", [task("abc")], { abd: ["abc"] }, "DAG_INVALID"],
    ["a task without a name", [task("")], {}, "INVALID_PARAMETERS"],
    ["a time limit of 0", [task("a", "ok", { timeoutMs: 0 })], {}, "INVALID_PARAMETERS"],
  ])("refuses %s before anything runs", async (_, tasks, dependencies, code) => {
    await expect(executor.executeTasks([task("first"), ...tasks], dependencies)).rejects.toMatchObject({
      code,
    });
    expect(called).toEqual([]);
  });

  it("gives {} for no tasks", async () => {
    expect(await executor.executeTasks([])).toEqual({});
    expect(await executor.executeTaskGroup([])).toEqual([]);
  });

  it("starts the most urgent first", async () => {
    await using narrow = new ParallelExecutor({ modules, maxWorkers: 1 });
    const levels = ["low", "critical", "normal"] as const;
    await narrow.executeTasks(levels.map((priority) => task(priority, "ok", { priority })));
    expect(called).toEqual(["critical", "normal", "low"]);
  });

  it("never runs more than its workers, two calls together", async () => {
    await using narrow = new ParallelExecutor({ modules, maxWorkers: 2 });
    const group = (name: string) => Array.from({ length: 4 }, (_, at) => task(`${name}${at}`, "deaf"));
    const both = Promise.all([narrow.executeTaskGroup(group("x")), narrow.executeTaskGroup(group("y"))]);
    for (let left = 8; left > 0; left--) {
      await turn();
      expect(open.length).toBe(Math.min(2, left));
      open.shift()?.end();
    }
    expect((await both).flat().every(({ success }) => success)).toBe(true);
    expect(most).toBe(2);
  });

  it("fails a task whose action nobody knows", async () => {
    const [result] = await executor.executeTaskGroup([task("a", "okk")]);
    expect(result?.failure).toMatchObject({
      code: "ACTION_NOT_FOUND",
      details: { near: expect.arrayContaining(["ok"]) },
    });
  });

  it("runs an action of a module file in a thread", async () => {
    const parallel = {
      name: "t",
      module: "naughty",
      action: "echo",
      parameters: { text: "hi" },
      isolation: "worker",
    } as const;
    const [result] = await executor.executeTaskGroup([parallel]);
    expect(result?.status).toBe("completed");
  });
});

describe("the time of a call", () => {
  it("ends it at once, deaf code or not: what has not ended is `timeout`, what failed before keeps its dependents skipped", async () => {
    const tasks = [
      task("deaf", "deaf"),
      task("after", "ok", { dependencies: ["deaf"] }),
      task("bad", "boom"),
      task("worse", "ok", { dependencies: ["bad"] }),
    ];
    const all = executor.executeTasks(tasks, {}, { timeoutMs: 50 });
    await turn();
    clock.advance(50);
    const results = await all;
    expect(Object.values(results).map(({ status }) => status)).toEqual([
      "timeout",
      "timeout",
      "failed",
      "skipped",
    ]);
    expect(results["deaf"]).toMatchObject({ durationMs: 50, failure: { code: "TIMEOUT_EXCEEDED" } });
    open[0]?.end();
    await turn();
    expect(results["deaf"]?.result).toBeNull();
    expect(called).toEqual(["deaf", "bad"]);
  });

  it("leaves no timer behind", async () => {
    await executor.executeTaskGroup([task("a", "ok", { timeoutMs: 10 })]);
    expect(clock.pending).toBe(0);
  });
});

describe("the time of a task", () => {
  it("ends it at once and aborts its signal; its worker is free when its code has ended", async () => {
    await using narrow = new ParallelExecutor({ modules, clock, maxWorkers: 1 });
    const all = narrow.executeTaskGroup([task("deaf", "deaf", { timeoutMs: 10 }), task("next")]);
    await turn();
    clock.advance(10);
    await turn();
    expect(called).toEqual(["deaf"]);
    open[0]?.end();
    const [deaf, next] = await all;
    expect(deaf).toMatchObject({
      status: "timeout",
      durationMs: 10,
      error: "Task 'deaf' timed out after 0.01 seconds",
    });
    expect(next?.status).toBe("completed");
  });

  it("counts for each attempt, and attempts never overlap", async () => {
    const all = executor.executeTaskGroup([
      task("deaf", "deaf", { timeoutMs: 10, maxRetries: 1, retryDelayMs: 100 }),
    ]);
    await turn();
    clock.advance(10);
    await turn();
    expect(called).toHaveLength(1);
    open[0]?.end();
    await turn();
    // Half of the bound, which is 100.
    clock.advance(49);
    await turn();
    expect(called).toHaveLength(1);
    clock.advance(1);
    await turn();
    expect(called).toHaveLength(2);
    clock.advance(10);
    expect((await all)[0]).toMatchObject({ status: "timeout", durationMs: 70 });
  });
});

describe("code that does not stop, with a retry left", () => {
  const retried = { timeoutMs: 100, maxRetries: 1, retryDelayMs: 100 };

  it("ends its task after a grace; its worker is free when it has ended, and it is not called again", async () => {
    await using narrow = new ParallelExecutor({ modules, clock, maxWorkers: 2 });
    const tasks = [
      task("deaf", "deaf", retried),
      task("after", "ok", { dependencies: ["deaf"] }),
      task("busy", "deaf"),
      task("next", "ok", { dependencies: ["busy"] }),
    ];
    const all = narrow.executeTasks(tasks);
    await turn();
    clock.advance(100 + GRACE_MS);
    await turn();
    open[1]?.end();
    const results = await all;
    expect(results["deaf"]).toMatchObject({
      status: "timeout",
      durationMs: 100 + GRACE_MS,
      error:
        "Task 'deaf' timed out after 0.1 seconds; its code did not stop when it was told to, so it was not tried again",
      failure: { code: "TIMEOUT_EXCEEDED" },
    });
    expect(results["after"]?.status).toBe("skipped");
    expect(results["next"]?.status).toBe("completed");
    // One worker is left until it has ended.
    const both = narrow.executeTaskGroup([task("a", "deaf"), task("b", "deaf")]);
    await turn();
    expect(called).toEqual(["deaf", "busy", "next", "a"]);
    open[0]?.end();
    await turn();
    clock.advance(100);
    await turn();
    expect(called).toEqual(["deaf", "busy", "next", "a", "b"]);
    for (const each of open) each.end();
    expect((await both).every(({ success }) => success)).toBe(true);
  });

  it("is called again when it stops in time, also at the last moment", async () => {
    const all = executor.executeTaskGroup([task("deaf", "deaf", retried)]);
    await turn();
    clock.advance(100 + GRACE_MS - 1);
    open[0]?.end();
    await turn();
    clock.advance(50);
    await turn();
    expect(called).toEqual(["deaf", "deaf"]);
    clock.advance(99);
    open[1]?.end();
    expect(await all).toMatchObject([{ status: "completed", result: "late" }]);
    expect(clock.pending).toBe(0);
  });

  it("has twice the grace that threads and processes have, and leaves no timer behind when the call ends", async () => {
    const options = { modules, clock, random: () => 0.5, runners: { cancelGraceMs: 1000 } };
    await using hasty = new ParallelExecutor(options);
    const twice = { ...retried, maxRetries: 2 };
    const all = hasty.executeTaskGroup([
      task("x", "deaf", twice),
      task("y", "deaf", retried),
      task("z", "deaf", { timeoutMs: 60_000 }),
    ]);
    await turn();
    clock.advance(2099);
    open[0]?.end();
    await turn();
    clock.advance(51);
    await turn();
    expect(called).toEqual(["x", "y", "z", "x"]);
    // The time of its second attempt is over.
    clock.advance(100);
    await hasty.shutdown(false);
    expect((await all).map(({ status }) => status)).toEqual(["cancelled", "timeout", "cancelled"]);
    expect(clock.pending).toBe(0);
  });
});

describe("the signal of a call", () => {
  it("ends it at once: what has not ended is cancelled", async () => {
    const controller = new AbortController();
    const all = executor.executeTasks(
      [task("slow", "slow"), task("deaf", "deaf"), task("b", "ok", { dependencies: ["deaf"] })],
      {},
      {
        signal: controller.signal,
      },
    );
    await turn();
    controller.abort(new Error("enough"));
    expect(Object.values(await all).map(({ status, error }) => [status, error])).toEqual([
      ["cancelled", "enough"],
      ["cancelled", "enough"],
      ["cancelled", "enough"],
    ]);
    expect(called).toEqual(["slow", "deaf"]);
  });

  it("calls nothing when it is aborted before", async () => {
    const [result] = await executor.executeTaskGroup([task("a")], {
      signal: AbortSignal.abort(new Error("early")),
    });
    expect(result).toMatchObject({ status: "cancelled", startTimeMs: null, durationMs: null });
    expect(called).toEqual([]);
  });
});

describe("shutting down", () => {
  it("waits for what runs, then refuses", async () => {
    const all = executor.executeTaskGroup([task("deaf", "deaf")]);
    await turn();
    const closing = executor.shutdown();
    expect(executor.isShutdown).toBe(true);
    await expect(executor.executeTasks([])).rejects.toMatchObject({ code: "EXECUTOR_SHUTDOWN" });
    await expect(executor.executeTaskGroup([])).rejects.toMatchObject({ code: "EXECUTOR_SHUTDOWN" });
    open[0]?.end();
    await closing;
    expect((await all)[0]?.status).toBe("completed");
  });

  it("does not wait when it is not to, also after it began to", async () => {
    const all = executor.executeTaskGroup([task("deaf", "deaf")]);
    await turn();
    const closing = executor.shutdown();
    await executor.shutdown(false);
    await closing;
    expect((await all)[0]).toMatchObject({ status: "cancelled", failure: { code: "CANCELLED" } });
  });
});

it("says whether all that a task depends on is there", () => {
  expect(executor.waitForDependencies({ dependencies: ["a"] }, new Set(["a"]))).toBe(true);
  expect(executor.waitForDependencies({ dependencies: ["a", "b"] }, new Set(["a"]))).toBe(false);
  expect(executor.waitForDependencies({}, new Set())).toBe(true);
});

it("writes a result as the specification says, and reads it again", () => {
  const unset = new ExecutionResult({ taskName: "x", status: "completed" });
  expect(unset.toDict()).toEqual({
    task_name: "x",
    status: "completed",
    result: null,
    error: null,
    start_time: null,
    end_time: null,
    duration: null,
  });
  const full = new ExecutionResult({
    taskName: "x",
    status: "failed",
    error: "no",
    startTimeMs: 1500,
    endTimeMs: 2000,
    durationMs: 500,
  });
  expect(full.toDict()).toMatchObject({ start_time: 1.5, end_time: 2, duration: 0.5 });
  expect(ExecutionResult.fromDict(full.toDict())).toEqual(full);
});

it("completes a node exactly when all before it do, in random graphs with random failures", async () => {
  const graphs = fc.array(
    fc.tuple(fc.array(fc.nat({ max: 20 }), { maxLength: 3 }), fc.boolean(), fc.nat({ max: 4 })),
    {
      maxLength: 20,
    },
  );
  const names = ["critical", "high", "normal", "low", "background"] as const;
  await fc.assert(
    fc.asyncProperty(graphs, async (rows) => {
      const tasks = rows.map(([row, good, level], at) =>
        task(`n${at}`, good ? "ok" : "boom", {
          dependencies: row.filter((each) => each < at).map((each) => `n${each}`),
          priority: names[level],
        }),
      );
      const expected = new Map<string, string>();
      for (const [at, [row, good]] of rows.entries()) {
        const before = row.filter((each) => each < at).map((each) => expected.get(`n${each}`));
        const isSkipped = before.some((status) => status !== "completed");
        expected.set(`n${at}`, isSkipped ? "skipped" : good ? "completed" : "failed");
      }
      const results = await executor.executeTasks(tasks);
      expect(Object.entries(results).map(([name, { status }]) => [name, status])).toEqual([...expected]);
    }),
    { numRuns: 100 },
  );
});
