import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyNodes } from "../test/graphs.ts";
import { WorkflowDAG } from "./dag.ts";

describe("the dict of a WorkflowDAG", () => {
  it("has the tasks, the graph and the graph turned round", () => {
    const dag = new WorkflowDAG([
      { name: "a" },
      { name: "b", module: "m", action: "x", parameters: { p: 1 }, dependencies: ["a", "zz", "a"] },
    ]);
    const rest = { status: "pending", execution_order: -1, result: null, error: null };
    expect(dag.toDict()).toEqual({
      tasks: {
        a: { name: "a", module: "", action: "", dependencies: [], parameters: {}, ...rest },
        b: { name: "b", module: "m", action: "x", dependencies: ["a", "zz"], parameters: { p: 1 }, ...rest },
      },
      graph: { a: [], b: ["a", "zz"] },
      reverse_graph: { a: ["b"], b: [] },
    });
    expect(JSON.parse(JSON.stringify(dag))).toEqual(dag.toDict());
  });

  it("makes the same DAG again, problems included", () => {
    fc.assert(
      fc.property(anyNodes(), (nodes) => {
        const dag = new WorkflowDAG(nodes);
        const again = WorkflowDAG.fromDict(JSON.parse(JSON.stringify(dag)));
        expect(again.toDict()).toEqual(dag.toDict());
        expect([...again.getAllTasks().keys()]).toEqual([...dag.getAllTasks().keys()]);
        expect(again.validateDag()).toEqual(dag.validateDag());
      }),
    );
  });

  it("keeps the order, the names and the unknown keys that a plain object would lose", () => {
    const dag = new WorkflowDAG([
      { name: "b" },
      { name: "10" },
      { name: "__proto__" },
      { name: "2", owner: "me" } as never,
    ]);
    const again = WorkflowDAG.fromDict(JSON.parse(JSON.stringify(dag)));
    expect(again.topologicalSort()).toEqual(["b", "10", "__proto__", "2"]);
    expect(again.getTask("2")?.extra).toEqual({ owner: "me" });
    expect(again.toDict()).toEqual(dag.toDict());
  });

  it("is refused where it is not what toDict writes, with every place", () => {
    const a = { name: "a" };
    const cases: [unknown, string[]][] = [
      [null, ["tasks"]],
      [{ tasks: [a] }, ["tasks"]],
      [{ tasks: { a, b: a, c: 1 }, nodes: {} }, ["nodes", "tasks.b", "tasks.c"]],
      [{ tasks: { a }, order: ["a", "a"] }, ["order"]],
      [{ tasks: { a }, order: "a" }, ["order"]],
      [{ tasks: { a }, graph: { a: ["b"] }, reverse_graph: {} }, ["graph", "reverse_graph"]],
      [{ tasks: { a: { name: "a", status: "gone" } } }, ["tasks[0].status"]],
    ];
    for (const [dict, paths] of cases) {
      const problems = paths.map((path) => expect.objectContaining({ path }));
      expect(() => WorkflowDAG.fromDict(dict)).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS", details: { problems } }),
      );
    }
  });
});
