import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acyclicNodes, anyNodes, dependenciesByDefinition, levelByDefinition } from "../test/graphs.ts";
import { compileGraph } from "./compile-graph.ts";
import { Graph } from "./graph.ts";
import { intern } from "./intern.ts";
import { executionLevels, topologicalOrder } from "./topological-order.ts";

describe("the layers of a graph", () => {
  it("are the levels of the diamond, whatever the order of listing", () => {
    const graph = compileGraph([
      { name: "d", dependencies: ["b", "c"] },
      { name: "c", dependencies: ["a"] },
      { name: "b", dependencies: ["a"] },
      { name: "a" },
    ]);
    expect(executionLevels(graph)).toEqual([["a"], ["c", "b"], ["d"]]);
    expect(topologicalOrder(graph)).toEqual(["a", "c", "b", "d"]);
  });

  it("are empty for an empty graph", () => {
    expect(executionLevels(compileGraph([]))).toEqual([]);
    expect(topologicalOrder(compileGraph([]))).toEqual([]);
  });

  it("have each node in the first level after its dependencies, in definition order", () => {
    fc.assert(
      fc.property(acyclicNodes(), (nodes) => {
        const expected: string[][] = [];
        for (const { name } of nodes) {
          const level = levelByDefinition(nodes, name);
          expected[level] ??= [];
          expected[level].push(name);
        }
        const graph = compileGraph(nodes);
        expect(executionLevels(graph)).toEqual(expected);
        expect(topologicalOrder(graph)).toEqual(expected.flat());
      }),
    );
  });

  it("leave out exactly the nodes that depend on a cycle", () => {
    fc.assert(
      fc.property(anyNodes(), (nodes) => {
        const { names, index, dependencies } = intern(nodes);
        const onCycle = new Set(names.filter((name) => dependenciesByDefinition(nodes, name).has(name)));
        const free = names.filter(
          (name) => !onCycle.has(name) && onCycle.isDisjointFrom(dependenciesByDefinition(nodes, name)),
        );
        const { order } = new Graph(names, index, dependencies).layers();
        expect(Array.from(order, (node) => names[node]).sort()).toEqual(free.sort());
      }),
    );
  });
});
