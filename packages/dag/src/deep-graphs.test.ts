import { describe, expect, it } from "vitest";
import { compileGraph } from "./compile-graph.ts";
import { criticalPath } from "./critical-path.ts";
import { WorkflowDAG } from "./dag.ts";
import { CycleDetectedError } from "./errors.ts";
import { Frontier } from "./frontier.ts";
import { redundantDependencies } from "./redundant-dependencies.ts";

/** A chain, dependents first. */
const aChain = (size: number) =>
  Array.from({ length: size }, (_, at) => ({
    name: `n${at}`,
    dependencies: at + 1 < size ? [`n${at + 1}`] : [],
  }));

describe("graphs of any depth and size", () => {
  it("put a chain of 100,000 tasks, listed dependents first, in order", () => {
    const dag = new WorkflowDAG(aChain(100_000));
    expect(dag.validate()).toBe(true);
    expect(dag.getExecutionLevels()).toHaveLength(100_000);
    expect(dag.topologicalSort().slice(0, 2)).toEqual(["n99999", "n99998"]);
    expect(dag.getTaskDependencies("n0")).toHaveLength(99_999);
    expect(dag.criticalPath().length).toBe(100_000);
  });

  it("name the whole path of a ring of 100,000 tasks, each the dependent of the next", () => {
    const ring = [...aChain(99_999), { name: "n99999", dependencies: ["n0"] }];
    ring[99_998] = { name: "n99998", dependencies: ["n99999"] };
    try {
      new WorkflowDAG(ring).validate();
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CycleDetectedError);
      const { cycle, message } = error as CycleDetectedError;
      expect(cycle).toHaveLength(100_001);
      expect(
        cycle.every(
          (name, at) => at === 100_000 || ring[Number(name.slice(1))]?.dependencies[0] === cycle[at + 1],
        ),
      ).toBe(true);
      expect(message.length).toBeLessThan(500);
    }
  });

  it("take a chain of 1,000,000 nodes through compiling, all queries, a run and a failure", () => {
    const size = 1_000_000;
    const graph = compileGraph(aChain(size));
    expect(graph.layers().ends).toHaveLength(size);
    expect(criticalPath(graph).path).toHaveLength(size);
    expect(redundantDependencies(graph)).toEqual([]);
    const frontier = new Frontier(graph);
    const queue = frontier.ready();
    for (const node of queue) if (queue.length < size / 2) frontier.complete(node, queue);
    expect(frontier.fail(queue.at(-1) as number).skipped).toHaveLength(size - queue.length);
    expect(frontier.done).toBe(true);
    expect(frontier.reset(size - 1).reset).toHaveLength(size);
  });
});
