import { describe, expect, it } from "vitest";
import { WorkflowDAG } from "./dag.ts";
import {
  createWorkflowDag,
  getWorkflowExecutionOrder,
  validateWorkflowDependencies,
} from "./workflow-dependencies.ts";

const aFork = () => [
  { name: "t1" },
  { name: "t2", dependencies: ["t1"] },
  { name: "t3", dependencies: ["t1"] },
];
const aKnot = () => [
  { name: "a", dependencies: ["a", "ghost"] },
  { name: "b", dependencies: ["c"] },
  { name: "c", dependencies: ["b"] },
  { name: "a" },
];

describe("the helpers for lists of tasks", () => {
  it("find nothing wrong with sound lists", () => {
    for (const tasks of [
      [],
      [{ name: "a" }, { name: "b" }],
      [...aFork(), { name: "t4", dependencies: ["t2", "t3"] }],
    ]) {
      expect(validateWorkflowDependencies(tasks)).toEqual([]);
    }
  });

  it("tell each problem in one sentence, a self-dependency once", () => {
    expect(validateWorkflowDependencies([{ name: "a", dependencies: ["ghost"] }])).toEqual([
      "Task 'a' depends on missing task 'ghost'",
    ]);
    expect(validateWorkflowDependencies(aKnot())).toEqual([
      "Duplicate task name 'a'",
      "Task 'a' depends on missing task 'ghost'",
      "Task 'a' cannot depend on itself",
      "Cycle detected in DAG: b -> c -> b",
    ]);
  });

  it("give the levels, or one error with all problems", () => {
    expect(getWorkflowExecutionOrder(aFork())).toEqual([["t1"], ["t2", "t3"]]);
    expect(() => getWorkflowExecutionOrder([{ name: "a", dependencies: ["a"] }])).toThrow(
      expect.objectContaining({
        code: "DAG_CYCLE",
        message: "Invalid workflow dependencies: Task 'a' cannot depend on itself",
      }),
    );
    const missing = () => getWorkflowExecutionOrder([{ name: "a", dependencies: ["ghost"] }]);
    expect(missing).toThrow(
      expect.objectContaining({
        code: "DAG_INVALID",
        message: "Invalid workflow dependencies: Task 'a' depends on missing task 'ghost'",
      }),
    );
  });

  it("make a DAG, but only a sound one", () => {
    expect(createWorkflowDag(aFork())).toBeInstanceOf(WorkflowDAG);
    expect(() => createWorkflowDag(aKnot())).toThrow("Cycle detected in DAG: a -> a");
  });
});
