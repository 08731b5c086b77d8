import {
  InvalidParametersError,
  needObject,
  readArgument,
  shownName,
  shownValue,
  wrongArgument,
} from "@orch/core/base";
import { type Graph, needGraph } from "./graph.ts";

/** How long a node takes, in any one unit. */
export type NodeWeight = (name: string, node: number) => number;

/** What a graph takes at least, however much runs at once, and where that comes from. In the unit of the weights. */
export interface CriticalPath {
  /** The names on the longest path, first to run first. Of equal paths the one of earlier-defined nodes. */
  readonly path: readonly string[];
  /** The weight of that path: the shortest possible duration of the whole. */
  readonly length: number;
  /** Per node: when it can start at the earliest. */
  readonly earliestStart: Float64Array;
  /** Per node: the longest path from its start to the end of all. The largest first is a good order to start in. */
  readonly remaining: Float64Array;
  /** Per node: how much later it may start without delaying the whole; 0 on the critical path. */
  readonly slack: Float64Array;
}

/**
 * The longest path by weight through an acyclic graph. `weight` gives each node's duration, finite and not negative;
 * default 1 each. O(nodes + edges). Throws INVALID_PARAMETERS with all `problems` for other weights.
 */
export function criticalPath(graph: Graph, options: { weight?: NodeWeight | undefined } = {}): CriticalPath {
  needGraph(graph);
  needObject("options", options);
  const weight = readArgument("options", () => (options.weight === undefined ? () => 1 : options.weight));
  const weights = weigh(graph, weight);
  const remaining = longestFrom(graph, weights);
  const earliestStart = earliestStarts(graph, weights);
  const length = remaining.reduce((most, each) => Math.max(most, each), 0);
  if (length === Number.POSITIVE_INFINITY)
    throw wrongArgument("the sum of the weights", "finite", length, { suggestions: ["Use a larger unit"] });
  const slack = new Float64Array(graph.size);
  for (let node = 0; node < graph.size; node++) {
    // Sums of the same weights in another order can differ by rounding, also below zero.
    slack[node] = Math.max(0, length - (earliestStart[node] as number) - (remaining[node] as number));
  }
  return { path: tracePath(graph, remaining, length), length, earliestStart, remaining, slack };
}

function weigh({ names }: Graph, weight: NodeWeight): Float64Array {
  if (typeof weight !== "function") throw wrongArgument("weight", "a function", weight);
  const weights = new Float64Array(names.length);
  const problems: { path: string; message: string }[] = [];
  for (const [node, name] of names.entries()) {
    const value = weight(name, node);
    if (Number.isFinite(value) && value >= 0) weights[node] = value;
    else problems.push({ path: name, message: `must be finite and not negative, was ${shownValue(value)}` });
  }
  const [first] = problems;
  if (first === undefined) return weights;
  throw new InvalidParametersError(`The weight of task ${shownName(first.path)} ${first.message}`, {
    details: { problems },
    suggestions: ["Return 0 for tasks that take no time"],
  });
}

/** Per node its own weight and the largest `remaining` of its dependents. */
function longestFrom(graph: Graph, weights: Float64Array): Float64Array {
  const { offsets, targets } = graph.dependents;
  const { order } = graph.layers();
  const remaining = new Float64Array(graph.size);
  for (let at = order.length - 1; at >= 0; at--) {
    const node = order[at] as number;
    let longest = 0;
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      longest = Math.max(longest, remaining[targets[edge] as number] as number);
    }
    remaining[node] = (weights[node] as number) + longest;
  }
  return remaining;
}

/** Per node when the last of its dependencies has ended. */
function earliestStarts(graph: Graph, weights: Float64Array): Float64Array {
  const { offsets, targets } = graph.dependencies;
  const starts = new Float64Array(graph.size);
  for (const node of graph.layers().order) {
    let latest = 0;
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      const dependency = targets[edge] as number;
      latest = Math.max(latest, (starts[dependency] as number) + (weights[dependency] as number));
    }
    starts[node] = latest;
  }
  return starts;
}

/** From the first root with the largest `remaining`, on to the first dependent with the largest, to the end. */
function tracePath(graph: Graph, remaining: Float64Array, length: number): string[] {
  const { offsets, targets } = graph.dependents;
  const path: string[] = [];
  let node = graph.size === 0 ? -1 : firstRoot(graph, remaining, length);
  while (node >= 0) {
    path.push(graph.names[node] as string);
    let next = -1;
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      const dependent = targets[edge] as number;
      if (next < 0 || (remaining[dependent] as number) > (remaining[next] as number)) next = dependent;
    }
    node = next;
  }
  return path;
}

/** With weights of 0 a node further on can have the same `remaining`; the path starts at a root all the same. */
function firstRoot(graph: Graph, remaining: Float64Array, length: number): number {
  const { offsets } = graph.dependencies;
  return remaining.findIndex((each, node) => each === length && offsets[node] === offsets[node + 1]);
}
