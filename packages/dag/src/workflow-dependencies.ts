import { WorkflowDAG } from "./dag.ts";
import type { DAGTaskInit } from "./dag-task.ts";
import { validationError } from "./errors.ts";

/**
 * What is wrong with `tasks` and their dependencies, a sentence each; `[]` when nothing is. A task that depends on
 * itself is told once. O(tasks + dependencies).
 */
export function validateWorkflowDependencies(tasks: readonly DAGTaskInit[]): string[] {
  const { problems } = new WorkflowDAG(tasks).validateDag();
  // A cycle of one is the self-dependency that has been told already.
  return problems.filter(({ path }) => path?.length !== 2).map(({ message }) => message);
}

/** The names of `tasks` by level. Throws DAG_CYCLE or DAG_INVALID, `Invalid workflow dependencies: …`, with all `problems`. */
export function getWorkflowExecutionOrder(tasks: readonly DAGTaskInit[]): string[][] {
  const dag = new WorkflowDAG(tasks);
  const { problems } = dag.validateDag();
  if (problems.length > 0) throw validationError(problems, "Invalid workflow dependencies: ");
  return dag.getExecutionLevels();
}

/** A {@link WorkflowDAG} without problems. Throws DAG_CYCLE or DAG_INVALID, with all `problems`. */
export function createWorkflowDag(tasks: readonly DAGTaskInit[]): WorkflowDAG {
  const dag = new WorkflowDAG(tasks);
  dag.validate();
  return dag;
}
