import { OrchestrationError } from "@orch/core";
import { describe, expect, it } from "vitest";
import { ParallelExecutor } from "../src/parallel-executor.ts";
import { Task } from "../src/task.ts";
import { TaskOrchestrator } from "../src/task-orchestrator.ts";
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
  "graceMs must be a number of milliseconds from 0, was -5": (each) => each.close({ graceMs: -5 }),
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
  });

  it("an option that is misspelt, with the one that was meant", async () => {
    const error = await errorOf(() => new TaskOrchestrator(wrong({ maxWorker: 2 })));
    expect(error).toMatchObject({ suggestions: [expect.stringContaining("Did you mean 'maxWorkers'")] });
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
