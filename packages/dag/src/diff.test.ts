import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyNodes, type TestNode } from "../test/graphs.ts";
import { WorkflowDAG } from "./dag.ts";
import { diffGraphs } from "./diff.ts";

const edgesOf = (nodes: readonly TestNode[]) =>
  new Set(nodes.flatMap(({ name, dependencies }) => dependencies.map((each) => `${each} > ${name}`)));

describe("diff", () => {
  it("tells added, removed and changed tasks and dependencies", () => {
    const before = new WorkflowDAG([
      { name: "a", module: "m", action: "x", parameters: { deep: { b: 1, a: 2 } } },
      { name: "b", dependencies: ["a"] },
      { name: "old", dependencies: ["a"] },
    ]);
    const after = new WorkflowDAG([
      { name: "new", dependencies: ["a"] },
      { name: "b", module: "n", parameters: { p: 1 }, dependencies: ["new"] },
      {
        name: "a",
        module: "m",
        action: "x",
        parameters: { deep: { a: 2, b: 1 } },
        status: "completed",
        result: 1,
      },
    ]);
    expect(before.diff(after)).toEqual({
      addedTasks: ["new"],
      removedTasks: ["old"],
      addedDependencies: [
        { task: "new", dependency: "a" },
        { task: "b", dependency: "new" },
      ],
      removedDependencies: [
        { task: "b", dependency: "a" },
        { task: "old", dependency: "a" },
      ],
      changedTasks: [{ task: "b", fields: ["module", "parameters"] }],
      identical: false,
    });
  });

  it("finds nothing between a DAG and itself, listed in another order", () => {
    fc.assert(
      fc.property(anyNodes(), (nodes) => {
        const turned = nodes
          .toReversed()
          .map(({ name, dependencies }) => ({ name, dependencies: dependencies.toReversed() }));
        expect(new WorkflowDAG(nodes).diff(new WorkflowDAG(turned)).identical).toBe(true);
      }),
    );
  });

  it("is the two differences of the sets of tasks and of edges", () => {
    fc.assert(
      fc.property(anyNodes(6), anyNodes(6), (before, after) => {
        const { addedTasks, removedTasks, addedDependencies, removedDependencies } = diffGraphs(
          before,
          after,
        );
        const [names, later] = [before, after].map((nodes) => new Set(nodes.map(({ name }) => name))) as [
          Set<string>,
          Set<string>,
        ];
        expect(new Set(addedTasks)).toEqual(later.difference(names));
        expect(new Set(removedTasks)).toEqual(names.difference(later));
        const text = (edges: typeof addedDependencies) =>
          new Set(edges.map(({ task, dependency }) => `${dependency} > ${task}`));
        expect(text(addedDependencies)).toEqual(edgesOf(after).difference(edgesOf(before)));
        expect(text(removedDependencies)).toEqual(edgesOf(before).difference(edgesOf(after)));
      }),
    );
  });
});
