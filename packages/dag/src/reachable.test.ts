import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyNodes, dependenciesByDefinition } from "../test/graphs.ts";
import { WorkflowDAG } from "./dag.ts";

describe("what tasks depend on and what depends on them", () => {
  it("is transitive, in definition order, without the task itself, also in cyclic graphs", () => {
    fc.assert(
      fc.property(anyNodes(), (nodes) => {
        const dag = new WorkflowDAG(nodes);
        for (const { name } of nodes) {
          const others = nodes.map((node) => node.name).filter((other) => other !== name);
          const below = dependenciesByDefinition(nodes, name);
          expect(dag.getTaskDependencies(name)).toEqual(others.filter((other) => below.has(other)));
          const above = others.filter((other) => dependenciesByDefinition(nodes, other).has(name));
          expect(dag.getDependentTasks(name)).toEqual(above);
        }
      }),
    );
  });

  it("is nothing for an unknown name, and leaves out what is missing", () => {
    const dag = new WorkflowDAG([{ name: "a", dependencies: ["zz"] }]);
    expect([
      dag.getTaskDependencies("zz"),
      dag.getDependentTasks("zz"),
      dag.getTaskDependencies("a"),
    ]).toEqual([[], [], []]);
  });
});
