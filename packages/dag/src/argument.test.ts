import { OrchestrationError } from "@orch/core";
import { expect, it } from "vitest";
import { compileGraph } from "./compile-graph.ts";
import { criticalPath } from "./critical-path.ts";
import { WorkflowDAG } from "./dag.ts";
import { diffGraphs } from "./diff.ts";
import { Frontier } from "./frontier.ts";
import { redundantDependencies } from "./redundant-dependencies.ts";
import { executionLevels, topologicalOrder } from "./topological-order.ts";
import { createWorkflowDag, validateWorkflowDependencies } from "./workflow-dependencies.ts";

const BARE = Object.create(null) as never;
const WRONG: readonly unknown[] = [
  null,
  0,
  "x",
  "__proto__",
  {},
  BARE,
  [null],
  Symbol("s"),
  10n,
  () => {},
  true,
];
const dag = () => new WorkflowDAG([{ name: "a" }, { name: "b", dependencies: ["a"] }]);
const graph = compileGraph([{ name: "a" }]);
const frontier = new Frontier(graph);

const CALLS: Record<string, (wrong: never) => unknown> = {
  "new WorkflowDAG": (wrong) => new WorkflowDAG(wrong),
  "addDependency of": (wrong) => dag().addDependency(wrong, "a"),
  "addDependency on": (wrong) => dag().addDependency("a", wrong),
  subgraph: (wrong) => dag().subgraph(wrong),
  "subgraph part": (wrong) => dag().subgraph(["a"], { part: wrong }),
  diff: (wrong) => dag().diff(wrong),
  "toMermaid direction": (wrong) => dag().toMermaid({ direction: wrong }),
  "toDot direction": (wrong) => dag().toDot({ direction: wrong }),
  "criticalPath weight": (wrong) => dag().criticalPath({ weight: () => (wrong === 0 ? -1 : wrong) }),
  fromDict: (wrong) =>
    WorkflowDAG.fromDict({ tasks: wrong === BARE || String(typeof wrong) === "object" ? 1 : wrong }),
  compileGraph: (wrong) => compileGraph(wrong),
  createWorkflowDag: (wrong) => createWorkflowDag(wrong),
  validateWorkflowDependencies: (wrong) => validateWorkflowDependencies(wrong),
  diffGraphs: (wrong) => diffGraphs([], wrong),
  criticalPath: (wrong) => criticalPath(wrong),
  redundantDependencies: (wrong) => redundantDependencies(wrong),
  executionLevels: (wrong) => executionLevels(wrong),
  topologicalOrder: (wrong) => topologicalOrder(wrong),
  "new Frontier": (wrong) => new Frontier(wrong),
  "Frontier.restore": (wrong) => Frontier.restore(graph, wrong),
  "Frontier.start": (wrong) => frontier.start(wrong === 0 ? (1 as never) : wrong),
  "Frontier.fail policy": (wrong) => frontier.fail(0, wrong),
};

it.each(Object.keys(CALLS))("%s refuses what is nothing of the kind with one clear error", (name) => {
  const before = frontier.snapshot();
  for (const wrong of WRONG) {
    let caught: unknown = null;
    try {
      CALLS[name]?.(wrong as never);
    } catch (error) {
      caught = error;
    }
    expect(caught, String(typeof wrong)).toBeInstanceOf(OrchestrationError);
    const { code, message } = caught as OrchestrationError;
    expect(["INVALID_PARAMETERS", "DAG_INVALID", "INVALID_STATE"]).toContain(code);
    expect(message).not.toContain("[object Object]");
  }
  expect(frontier.snapshot()).toEqual(before);
});
