import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acyclicNodes, dependenciesByDefinition } from "../test/graphs.ts";
import { WorkflowDAG } from "./dag.ts";

describe("redundantDependencies", () => {
  it("are those that a longer path implies", () => {
    const dag = new WorkflowDAG([
      { name: "a" },
      { name: "b", dependencies: ["a"] },
      { name: "c", dependencies: ["b"] },
      { name: "d", dependencies: ["a", "c", "b"] },
    ]);
    expect(dag.redundantDependencies()).toEqual([
      { task: "d", dependency: "a" },
      { task: "d", dependency: "b" },
    ]);
    expect(dag.transitiveReduction().getTask("d")?.dependencies).toEqual(["c"]);
    expect(dag.getTask("d")?.dependencies).toEqual(["a", "c", "b"]);
  });

  it("are exactly the dependencies that another dependency has below it", () => {
    fc.assert(
      fc.property(acyclicNodes(12), (nodes) => {
        const expected = nodes.flatMap(({ name, dependencies }) =>
          [...new Set(dependencies)]
            .filter((each) => dependencies.some((other) => dependenciesByDefinition(nodes, other).has(each)))
            .map((dependency) => ({ task: name, dependency })),
        );
        expect(new WorkflowDAG(nodes).redundantDependencies()).toEqual(expected);
      }),
    );
  });

  it("change neither what tasks depend on, direct or not, nor the levels, when they are left out", () => {
    fc.assert(
      fc.property(acyclicNodes(12), (nodes) => {
        const dag = new WorkflowDAG(nodes);
        const reduced = dag.transitiveReduction();
        for (const { name } of nodes)
          expect(reduced.getTaskDependencies(name)).toEqual(dag.getTaskDependencies(name));
        expect(reduced.getExecutionLevels()).toEqual(dag.getExecutionLevels());
        expect(reduced.redundantDependencies()).toEqual([]);
      }),
    );
  });
});
