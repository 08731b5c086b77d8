export { compileGraph } from "./compile-graph.ts";
export { type CriticalPath, criticalPath, type NodeWeight } from "./critical-path.ts";
export { type DAGValidation, type SubgraphPart, WorkflowDAG } from "./dag.ts";
export type { DAGDict } from "./dag-dict.ts";
export type { ChangedTask, DAGDiff } from "./dag-diff.ts";
export { DAGTask, type DAGTaskInit, DAGTaskStatus, dagTaskSchema } from "./dag-task.ts";
export { type Diagram, DiagramDirection, type DiagramOptions, type DiagramTask } from "./diagram.ts";
export { diffGraphs, type GraphDiff } from "./diff.ts";
export { toDot } from "./dot.ts";
export { CycleDetectedError, type DAGErrorInit, DAGValidationError } from "./errors.ts";
export { Frontier, type FrontierChange, type FrontierReset } from "./frontier.ts";
export type { FrontierSnapshot } from "./frontier-snapshot.ts";
export type { Graph, Rows } from "./graph.ts";
export type { GraphNode } from "./graph-node.ts";
export type { Layers } from "./layers.ts";
export { toMermaid } from "./mermaid.ts";
export type { NodeQueue } from "./node-cells.ts";
export { FailurePolicy, NodeState } from "./node-state.ts";
export type { DAGProblem } from "./problem.ts";
export { reachable } from "./reachable.ts";
export { type DAGEdge, redundantDependencies } from "./redundant-dependencies.ts";
export { Ring } from "./ring.ts";
export { executionLevels, topologicalOrder } from "./topological-order.ts";
export {
  createWorkflowDag,
  getWorkflowExecutionOrder,
  validateWorkflowDependencies,
} from "./workflow-dependencies.ts";
