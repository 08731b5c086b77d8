/**
 * Where a node of a {@link Frontier} stands. `blocked`: waits for a dependency. `ready`: can start. `running`: was
 * started. `completed`, `failed` and `skipped` (never started, and never will be) are terminal.
 */
export const NodeState = {
  BLOCKED: "blocked",
  READY: "ready",
  RUNNING: "running",
  COMPLETED: "completed",
  FAILED: "failed",
  SKIPPED: "skipped",
} as const;
export type NodeState = (typeof NodeState)[keyof typeof NodeState];

/** What becomes of the dependents of a node that failed or was skipped: they are skipped, too, or they run all the same. */
export const FailurePolicy = { SKIP: "skip", CONTINUE: "continue" } as const;
export type FailurePolicy = (typeof FailurePolicy)[keyof typeof FailurePolicy];
