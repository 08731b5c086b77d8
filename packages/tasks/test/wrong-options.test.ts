import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrchestrationError } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ParallelExecutor } from "../src/parallel-executor.ts";
import { Task } from "../src/task.ts";
import { TaskOrchestrator } from "../src/task-orchestrator.ts";
import { TaskRuntime } from "../src/task-runtime.ts";
import { OrchestratorRig } from "./orchestrator-rig.ts";

/** The error that `call` throws or rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return null;
}

const wrong = (value: unknown): never => value as never;

/** What throws however it is looked at. */
function revoked(): never {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return wrong(proxy);
}

const executor = new ParallelExecutor();
const task = { name: "t", module: "m", action: "a" };

const ORCHESTRATORS: Record<string, () => unknown> = {
  "the options of a TaskOrchestrator must be an object, was null": () => new TaskOrchestrator(wrong(null)),
  "store must be a store, was an object": () => new TaskOrchestrator({ store: wrong({}) }),
  ...Object.fromEntries(
    [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((count) => [
      `maxWorkers must be a whole number from 1, was ${count}`,
      () => new TaskOrchestrator({ maxWorkers: count }),
    ]),
  ),
  'maxWorkers must be a whole number from 1, was "4"': () => new TaskOrchestrator({ maxWorkers: wrong("4") }),
  "the options of a TaskOrchestrator have no 'maxWorker'": () =>
    new TaskOrchestrator(wrong({ maxWorker: 2 })),
  ...Object.fromEntries(
    Object.entries({
      modules: "a module registry",
      events: "an event bus",
      logger: "a logger",
      resourceManager: "a resource manager",
      shared: "a shared ledger",
      probe: "a probe of processes",
      ledger: "a ledger",
      clock: "a clock",
      random: "a function",
      onFreed: "a function",
    }).map(([name, kind]) => [
      `${name} must be ${kind}, was an object`,
      () => new TaskOrchestrator(wrong({ [name]: {} })),
    ]),
  ),
  "modules must be a module registry, was null": () => new TaskOrchestrator({ modules: wrong(null) }),
  'cache must be true or false, was "no"': () => new TaskOrchestrator({ cache: wrong("no") }),
  "probe.self must be an object, was undefined": () =>
    new TaskOrchestrator({ probe: wrong({ liveness: () => "alive" }) }),
  "probe.self.startTime must be a text or null, was 5": () =>
    new TaskOrchestrator({ probe: wrong({ liveness: () => "alive", self: { pid: 1, startTime: 5 } }) }),
  "maxPerSession must be a whole number from 1, was a symbol": () =>
    new TaskOrchestrator({ maxPerSession: wrong(Symbol("s")) }),
  "maxPerKey must be a whole number from 1, was a symbol": () =>
    new TaskOrchestrator({ maxPerKey: wrong(Symbol("k")) }),
  "the options of a TaskOrchestrator cannot be read: hidden": () =>
    new TaskOrchestrator({
      get store(): never {
        throw new Error("hidden");
      },
    }),
  "the options of a TaskRuntime must be an object, was null": () => new TaskRuntime(wrong(null)),
  "the options of a ParallelExecutor have no 'timeout'": () => new ParallelExecutor(wrong({ timeout: 2 })),
};

const EXECUTOR: Record<string, () => unknown> = {
  "tasks must be an array, was null": () => executor.executeTasks(wrong(null)),
  "dependencies must be an object, was null": () => executor.executeTasks([task], wrong(null)),
  "dependencies must be a plain object, of names and lists of names, was an object": () =>
    executor.executeTasks([task], wrong(new Map([["t", ["s"]]]))),
  "dependencies must be an object, was an array": () => executor.executeTasks([task], wrong([["t", ["s"]]])),
  "dependencies cannot be read: hands off": () =>
    executor.executeTasks(
      [task],
      wrong(
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("hands off");
            },
          },
        ),
      ),
    ),
  'dependencies.t must be an array, was "ab"': () => executor.executeTasks([task], wrong({ t: "ab" })),
  "dependencies.t[1] must be a text, was 5": () => executor.executeTasks([task], wrong({ t: ["t", 5] })),
  "signal must be an AbortSignal, was an object": () =>
    executor.executeTasks([task], {}, { signal: wrong({}) }),
  "the options of a call must be an object, was null": () => executor.executeTasks([task], {}, wrong(null)),
  "tasks must be an array, was an object": () => executor.executeTaskGroup(wrong({})),
  "task must be a task, was null": () => executor.waitForDependencies(wrong(null), new Set()),
  "completed must be a Set of names, was an array": () => executor.waitForDependencies({}, wrong([])),
};

const WAITS: Record<string, (orchestrator: TaskOrchestrator) => unknown> = {
  "the options of waitForCompletion must be an object, was null": (each) =>
    each.waitForCompletion(wrong(null)),
  'the options of waitForCompletion must be an object, was "x"': (each) => each.waitForCompletion(wrong("x")),
  "timeoutMs must be a number of milliseconds from 0, was -1": (each) => each.waitForCompletion(-1),
  "timeoutMs must be a number of milliseconds from 0, was NaN": (each) =>
    each.waitForCompletion({ timeoutMs: Number.NaN }),
  'taskIds must be an array, was "x"': (each) => each.waitForCompletion({ taskIds: wrong("x") }),
  "the options of waitForCompletion have no 'timeout'": (each) =>
    each.waitForCompletion(wrong({ timeout: 5 })),
  "timeoutMs must be a number of milliseconds from 0, was -2": (each) =>
    each.stopExecution({ timeoutMs: -2 }),
  "the options of stopExecution have no 'timeout'": (each) => each.stopExecution(wrong({ timeout: 100 })),
  "the options of stopExecution have no 'timeoutMS'": (each) => each.stopExecution(wrong({ timeoutMS: 5 })),
  "the options of stopExecution must be an object, was 100": (each) => each.stopExecution(wrong(100)),
  'the options of stopExecution must be an object, was "x"': (each) => each.stopExecution(wrong("x")),
  "the options of stopExecution must be an object, was null": (each) => each.stopExecution(wrong(null)),
  "graceMs must be a number of milliseconds from 0, was -5": (each) => each.close({ graceMs: -5 }),
  "the options of close must be an object, was 5": (each) => each.close(wrong(5)),
  "the options of close must be an object, was null": (each) => each.close(wrong(null)),
  "the options of close have no 'grace'": (each) => each.close(wrong({ grace: 5 })),
  "the options of deadLetters.list must be an object, was null": (each) => each.deadLetters.list(wrong(null)),
  "the options of deadLetters.list have no 'limits'": (each) => each.deadLetters.list(wrong({ limits: 5 })),
  "limit must be a whole number from 0, was -1": (each) => each.deadLetters.list({ limit: -1 }),
  "after must be the id of a task, was a symbol": (each) =>
    each.deadLetters.list({ after: wrong(Symbol("a")) }),
  'after must be the id of a task, was "café"': (each) => each.deadLetters.list({ after: "café" }),
  'status must be one of pending, blocked, ready, running, completed, failed, timeout, cancelled, skipped, was "compleeted"':
    (each) => each.listTasks(wrong("compleeted")),
  "task cannot be read: ": (each) => each.addTask(revoked()),
  "must be an object, was undefined": (each) => each.executeTask(wrong(undefined)),
  "must be an object, was null": (each) => each.executeTask(wrong(null)),
  'module must be a name, was ""': (each) => each.submitTask({}),
  'action must be a name, was ""': (each) => each.addTask({ module: "m" }),
  'dependencies[1] must be the id of a task, was ""': (each) =>
    each.executeTask({ module: "m", action: "a", dependencies: ["x", ""] }),
  // A list with a hole.
  "dependencies[0] must be the id of a task, was undefined": (each) =>
    each.executeTask({ module: "m", action: "a", dependencies: new Array<string>(1) }),
};

it("leaves keys alone that look like no option: an object may have other uses", () => {
  expect(() => new TaskOrchestrator(wrong({ maxWorkers: 2, die: 1 }))).not.toThrow();
});

describe("one clear error for", () => {
  it.each(Object.entries({ ...ORCHESTRATORS, ...EXECUTOR }))("%s", async (message, call) => {
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(OrchestrationError);
    expect(error).toMatchObject({ code: "INVALID_PARAMETERS", message: expect.stringContaining(message) });
  });

  it.each(Object.entries(WAITS))("%s, changing nothing", async (message, call) => {
    const { orchestrator } = new OrchestratorRig();
    const error = await errorOf(() => call(orchestrator));
    expect(error).toBeInstanceOf(OrchestrationError);
    expect(error).toMatchObject({ code: "INVALID_PARAMETERS", message: expect.stringContaining(message) });
    expect(orchestrator.listTasks()).toEqual([]);
    expect(orchestrator.runtime.error).toBeNull();
    expect(orchestrator.runtime.scheduler.stopped).toBe(true);
  });

  it("an option that is misspelt, with the one that was meant", async () => {
    const error = await errorOf(() => new TaskOrchestrator(wrong({ maxWorker: 2 })));
    expect(error).toMatchObject({ suggestions: [expect.stringContaining("Did you mean 'maxWorkers'")] });
  });
});

describe.each(["memory", "disk"] as const)("with a store on %s", (where) => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "orch-wrong-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const start = () =>
    new OrchestratorRig(where === "disk" ? { store: sqliteStore(join(directory, "state.db")) } : {})
      .orchestrator;

  it("what is no text is the id of nothing", async () => {
    const orchestrator = start();
    for (const id of [Symbol("s"), 5, null, undefined, {}].map(wrong)) {
      expect([
        orchestrator.getTask(id),
        orchestrator.getTaskStatus(id),
        orchestrator.getTaskResult(id),
        orchestrator.why(id),
        orchestrator.deadLetters.get(id),
        orchestrator.deadLetters.discard(id),
        orchestrator.cancelTask(id),
      ]).toEqual([null, null, null, null, null, false, false]);
      expect(() => orchestrator.deadLetters.retry(id)).toThrow(
        expect.objectContaining({ code: "TASK_NOT_FOUND" }),
      );
    }
    await orchestrator.close();
  });

  it("after the end what is in memory can be read, nothing else is there, and other calls are refused", async () => {
    const orchestrator = start();
    orchestrator.addTask({ ...task, id: "known" });
    const { deadLetters } = orchestrator;
    await orchestrator.close();
    expect(["known", "unknown"].map((id) => orchestrator.getTask(id)?.id)).toEqual(["known", undefined]);
    expect(orchestrator.getTaskStatus("unknown")).toBeNull();
    expect(orchestrator.getTaskResult("unknown")).toBeNull();
    expect(orchestrator.why("unknown")).toBeNull();
    const calls: Record<string, () => unknown> = {
      recover: () => orchestrator.recover(),
      wait: () => orchestrator.waitForCompletion({ taskIds: ["unknown"] }),
      add: () => orchestrator.addTask(task),
      list: () => deadLetters.list(),
      get: () => deadLetters.get("unknown"),
      retry: () => deadLetters.retry("unknown"),
      discard: () => deadLetters.discard("unknown"),
    };
    for (const [name, call] of Object.entries(calls))
      expect(await errorOf(call), name).toMatchObject({ code: "EXECUTOR_SHUTDOWN" });
  });
});

it("what waits for itself is told to take a dependency away, and nothing of a missing task", async () => {
  const rig = new OrchestratorRig();
  const self = rig.task("ok", { id: "self", name: "self", dependencies: ["self"] });
  const outcome = errorOf(() => rig.orchestrator.executeTask(self));
  await rig.settle();
  expect(await outcome).toMatchObject({
    code: "DEPENDENCY_FAILED",
    details: { reason: "cycle" },
    suggestions: [expect.stringContaining("Take one of these dependencies away")],
  });
  const missing = errorOf(() => rig.orchestrator.executeTask(new Task({ ...task, dependencies: ["gone"] })));
  await rig.settle();
  expect(await missing).toMatchObject({ suggestions: [expect.stringContaining("Add the missing task")] });
});
