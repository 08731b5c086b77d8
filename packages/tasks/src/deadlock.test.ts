import { describe, expect, it } from "vitest";
import { deadlockOf } from "./deadlock.ts";
import { ModuleRegistry } from "./module-registry.ts";
import { TaskOrchestrator } from "./task-orchestrator.ts";

const task = (id: string, dependencies: string[] = []) => ({ id, module: "rec", action: "ok", dependencies });

describe("tasks_deadlocked", () => {
  const make = () => {
    const modules = new ModuleRegistry().register("rec", "ok", () => "ok");
    const orchestrator = new TaskOrchestrator({ modules });
    const told: unknown[] = [];
    orchestrator.events.on("tasks_deadlocked", (event) => told.push(event));
    return { orchestrator, told };
  };

  it("is told once when only tasks are left that can never run, with cycles and what is missing", async () => {
    const { orchestrator, told } = make();
    await using _ = orchestrator;
    for (const each of [
      task("fine"),
      task("a", ["b"]),
      task("b", ["a"]),
      task("behind", ["a", "fine"]),
      task("lost", ["nothing"]),
    ])
      orchestrator.submitTask(each);
    expect(await orchestrator.waitForCompletion()).toBe(false);
    const event = {
      type: "tasks_deadlocked",
      task_ids: ["a", "b", "behind", "lost"],
      cycles: [["a", "b", "a"]],
      missing: ["nothing"],
    };
    expect(told).toEqual([event]);
    await orchestrator.executeTask(task("another"));
    expect(told).toHaveLength(1);
    orchestrator.submitTask(task("nothing"));
    await orchestrator.waitForCompletion({ taskIds: ["lost"] });
    expect(told.slice(1)).toEqual([{ ...event, task_ids: ["a", "b", "behind"], missing: [] }]);
  });

  it("is not told while something goes on that others wait for", async () => {
    const { orchestrator, told } = make();
    await using _ = orchestrator;
    orchestrator.submitTask(task("second", ["first"]));
    orchestrator.submitTask(task("first"));
    expect(await orchestrator.waitForCompletion()).toBe(true);
    expect(told).toEqual([]);
  });
});

it("names a cycle once, by whomever it is reached, also where the way to it was cut", () => {
  expect(
    deadlockOf([
      { taskId: "far", reason: "cycle", path: ["far", "between", "…"] },
      { taskId: "x", reason: "cycle", path: ["x", "a", "b", "a"] },
      { taskId: "b", reason: "cycle", path: ["b", "a", "b"] },
      { taskId: "slow", reason: "resources", path: ["slow", "seat"] },
    ]),
  ).toEqual({ task_ids: ["far", "x", "b"], cycles: [["b", "a", "b"]], missing: [] });
});
