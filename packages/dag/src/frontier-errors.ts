import { type InvalidParametersError, OrchestrationError, wrongArgument } from "@orch/core/base";
import type { Graph } from "./graph.ts";
import type { NodeQueue } from "./node-cells.ts";
import type { FailurePolicy, NodeState } from "./node-state.ts";

const HINTS: Record<NodeState, string> = {
  blocked: "Wait until its dependencies have ended",
  ready: "Start or complete it",
  running: "Complete or fail it",
  completed: "Reset it to run it again",
  failed: "Reset it to run it again",
  skipped: "Reset it to run it after all",
};

/** There is no node of this number. */
export function unknownNode(node: unknown, size: number): InvalidParametersError {
  return wrongArgument("node", "a node of the graph", node, {
    suggestions: [`Use a whole number from 0 to ${size - 1}, as graph.indexOf(name) gives it`],
  });
}

/** An event that the state of `node` does not allow. */
export function misfit(graph: Graph, node: number, state: NodeState, event: string): OrchestrationError {
  const task = graph.names[node];
  return new OrchestrationError(`Task '${task}' cannot be ${event}: it is ${state}`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { task, node, event, state },
    suggestions: [HINTS[state]],
  });
}

/** `node` cannot be reset while `dependent`, which started on its outcome, runs. */
export function runningDependent(graph: Graph, node: number, dependent: number): OrchestrationError {
  const [task, blockedBy] = [graph.names[node], graph.names[dependent]];
  return new OrchestrationError(
    `Task '${task}' cannot be reset: '${blockedBy}', which depends on it, is running`,
    {
      code: "INVALID_STATE",
      retryable: false,
      details: { task, node, event: "reset", blocked_by: blockedBy },
      suggestions: [`Wait until '${blockedBy}' has ended, or let it fail first`],
    },
  );
}

/** INVALID_PARAMETERS for a policy that is none. */
export function checkPolicy(policy: FailurePolicy): void {
  if (policy === "skip" || policy === "continue") return;
  throw wrongArgument("policy", "skip or continue", policy, {
    suggestions: ["skip: dependents are skipped", "continue: dependents run all the same"],
  });
}

/** INVALID_PARAMETERS for a queue that takes nothing. */
export function checkQueue(queue: NodeQueue): void {
  if (!takesNodes(queue)) throw wrongArgument("queue", "an array or a ring", queue);
}

// Asked at every event: without a closure.
function takesNodes(queue: NodeQueue | null): boolean {
  try {
    return typeof queue?.push === "function";
  } catch {
    return false;
  }
}
