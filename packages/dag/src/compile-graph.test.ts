import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acyclicNodes } from "../test/graphs.ts";
import { compileGraph } from "./compile-graph.ts";
import { CycleDetectedError, type DAGValidationError } from "./errors.ts";
import type { Rows } from "./graph.ts";

const row = ({ offsets, targets }: Rows, node: number) => [
  ...targets.subarray(offsets[node], offsets[node + 1]),
];
const errorOf = (run: () => unknown): DAGValidationError => {
  try {
    run();
  } catch (error) {
    return error as DAGValidationError;
  }
  throw new Error("nothing was thrown");
};

describe("compileGraph", () => {
  it("numbers nodes in definition order and takes a name or an id", () => {
    const graph = compileGraph([{ id: "b", dependencies: ["a"] }, { name: "a" }]);
    expect([graph.size, graph.edgeCount, graph.names]).toEqual([2, 1, ["b", "a"]]);
    expect([graph.indexOf("a"), graph.indexOf("b"), graph.indexOf("toString")]).toEqual([1, 0, -1]);
  });

  it("counts a dependency that is listed twice once, in short and in long lists", () => {
    const names = Array.from({ length: 40 }, (_, at) => `n${at}`);
    const roots = names.map((name) => ({ name }));
    const graph = compileGraph([
      ...roots,
      { name: "short", dependencies: ["n1", "n0", "n1"] },
      { name: "long", dependencies: [...names, ...names] },
    ]);
    expect(row(graph.dependencies, 40)).toEqual([1, 0]);
    expect(row(graph.dependencies, 41)).toEqual(names.keys().toArray());
    expect(graph.edgeCount).toBe(42);
  });

  it("has every edge in both directions, and no other", () => {
    fc.assert(
      fc.property(acyclicNodes(), (nodes) => {
        const graph = compileGraph(nodes);
        const numbers = (names: Iterable<string>) => Array.from(names, (name) => graph.indexOf(name));
        for (const [at, node] of nodes.entries()) {
          const dependents = nodes.filter(({ dependencies }) => dependencies.includes(node.name));
          expect(row(graph.dependencies, at)).toEqual(numbers(new Set(node.dependencies)));
          expect(row(graph.dependents, at)).toEqual(numbers(dependents.map(({ name }) => name)));
        }
      }),
    );
  });

  it("reports all problems of a graph at once", () => {
    const error = errorOf(() =>
      compileGraph([
        { name: "load", dependencies: ["lode"] },
        { name: "" },
        { name: "b", dependencies: ["b"] },
        { name: "x", dependencies: ["y"] },
        { name: "y", dependencies: ["x"] },
        { name: "load" },
      ]),
    );
    expect(error).toBeInstanceOf(CycleDetectedError);
    expect([error.code, error.retryable]).toEqual(["DAG_CYCLE", false]);
    expect(error.problems).toEqual([
      { kind: "name", task: "", message: "Task name must not be empty, was ''" },
      { kind: "duplicate", task: "load", message: "Duplicate task name 'load'" },
      {
        kind: "missing",
        task: "load",
        dependency: "lode",
        near: ["load"],
        message: "Task 'load' depends on missing task 'lode'",
      },
      { kind: "self", task: "b", message: "Task 'b' cannot depend on itself" },
      { kind: "cycle", task: "b", path: ["b", "b"], message: "Cycle detected in DAG: b -> b" },
      { kind: "cycle", task: "x", path: ["x", "y", "x"], message: "Cycle detected in DAG: x -> y -> x" },
    ]);
    expect(error.details).toEqual({ problems: error.problems, near: ["load"], cycle: ["b", "b"] });
    expect(error.suggestions[0]).toBe("Did you mean 'load'?");
    expect(error.suggestions).toHaveLength(5);
  });

  it("has the message of the problem where there is only one", () => {
    const error = errorOf(() => compileGraph([{ name: "a", dependencies: ["zz"] }]));
    expect(error).not.toBeInstanceOf(CycleDetectedError);
    expect([error.code, error.message]).toEqual(["DAG_INVALID", "Task 'a' depends on missing task 'zz'"]);
  });

  it("shortens the path of a long cycle in the message only", () => {
    const ring = Array.from({ length: 100 }, (_, at) => ({
      name: `n${at}`,
      dependencies: [`n${(at + 1) % 100}`],
    }));
    const error = errorOf(() => compileGraph(ring)) as CycleDetectedError;
    expect(error.cycle).toHaveLength(101);
    expect(error.message).toContain("n14 -> n15 -> ... 69 more ... -> n85");
    expect(error.message.endsWith("n99 -> n0")).toBe(true);
  });

  it("refuses what is no node, with every place", () => {
    const wrong = [
      { name: 1 },
      5,
      { name: "a", dependencies: "b" },
      { name: "b", dependencies: [1, "a", null] },
      null,
    ];
    const error = errorOf(() => compileGraph(wrong as never));
    expect(error.code).toBe("INVALID_PARAMETERS");
    expect(error.details["problems"]).toEqual([
      { path: "tasks[0].name", message: "must be a string, was 1" },
      { path: "tasks[1]", message: "must be an object, was 5" },
      { path: "tasks[2].dependencies", message: 'must be an array, was "b"' },
      { path: "tasks[3].dependencies[0]", message: "must be a string, was 1" },
      { path: "tasks[3].dependencies[2]", message: "must be a string, was null" },
      { path: "tasks[4]", message: "must be an object, was null" },
    ]);
    const numbers = errorOf(() => compileGraph([{ name: "a", dependencies: [5] }] as never));
    expect(numbers.details["problems"]).toEqual([
      { path: "tasks[0].dependencies[0]", message: "must be a string, was 5" },
    ]);
  });
});
