import { InvalidParametersError, needArray, needObject, readArgument, shownValue } from "@orch/core/base";
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

/** A copy of `snapshot`, complete. Throws INVALID_PARAMETERS with all `problems` where it does not fit `graph`. O(nodes). */
export function readSnapshot(graph: Graph, snapshot: FrontierSnapshot): Required<FrontierSnapshot> {
  needObject("snapshot", snapshot);
  const { states, continued } = readArgument("snapshot", () => {
    const given = { states: snapshot.states, continued: snapshot.continued ?? [] };
    needArray("states", given.states);
    needArray("continued", given.continued);
    return { states: [...given.states], continued: [...given.continued] };
  });
  const problems: { path: string; message: string }[] = [];
  if (states.length !== graph.size) {
    problems.push({
      path: "states",
      message: `must have one state per task, ${graph.size}, but has ${states.length}`,
    });
  }
  for (const [node, state] of states.entries()) {
    if (!STATES.has(state))
      problems.push({ path: `states[${node}]`, message: `must be a state, was ${shownValue(state)}` });
  }
  for (const [at, node] of continued.entries()) {
    const state = typeof node === "number" ? states[node] : undefined;
    if (state === "failed" || state === "skipped") continue;
    const message = `must be a failed or skipped task, was ${shownValue(node)}`;
    problems.push({ path: `continued[${at}]`, message });
  }
  const [first] = problems;
  if (first === undefined) return { states, continued };
  throw new InvalidParametersError(`The snapshot does not fit the graph: ${first.path} ${first.message}`, {
    details: { problems },
    suggestions: [
      "Restore with the graph that the snapshot was taken of",
      `States are ${[...STATES].join(", ")}`,
    ],
  });
}
