import { InvalidParametersError } from "@orch/core";
import { needArray, needOptions } from "./argument.ts";
import type { Graph } from "./graph.ts";
import { NodeState } from "./node-state.ts";

/** A frontier as plain JSON. */
export interface FrontierSnapshot {
  /** The state of each node, in definition order. `pending` may stand for `blocked` and `ready`, which follow from the rest. */
  readonly states: readonly (NodeState | "pending")[];
  /** The failed and skipped nodes whose dependents run all the same. Default: none. */
  readonly continued?: readonly number[] | undefined;
}

const STATES: ReadonlySet<string> = new Set(["pending", ...Object.values(NodeState)]);

/** Throws INVALID_PARAMETERS with all `problems` where `snapshot` does not fit `graph`. O(nodes). */
export function checkSnapshot(graph: Graph, snapshot: FrontierSnapshot): void {
  needOptions(snapshot);
  const { states, continued = [] } = snapshot;
  needArray(states, "states");
  needArray(continued, "continued");
  const problems: { path: string; message: string }[] = [];
  if (states.length !== graph.size) {
    problems.push({
      path: "states",
      message: `must have one state per task, ${graph.size}, but has ${states.length}`,
    });
  }
  for (const [node, state] of states.entries()) {
    if (!STATES.has(state))
      problems.push({ path: `states[${node}]`, message: `must be a state, was ${JSON.stringify(state)}` });
  }
  for (const [at, node] of continued.entries()) {
    if (states[node] === "failed" || states[node] === "skipped") continue;
    problems.push({ path: `continued[${at}]`, message: `must be a failed or skipped task, was ${node}` });
  }
  if (problems.length === 0) return;
  const [first] = problems;
  throw new InvalidParametersError(`The snapshot does not fit the graph: ${first?.path} ${first?.message}`, {
    details: { problems },
    suggestions: [
      "Restore with the graph that the snapshot was taken of",
      `States are ${[...STATES].join(", ")}`,
    ],
  });
}
