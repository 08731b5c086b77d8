import { type Graph, needGraph } from "./graph.ts";

/** One dependency: `task` waits for `dependency`. */
export interface DAGEdge {
  readonly task: string;
  readonly dependency: string;
}

/**
 * The dependencies that a longer path implies already; without them the graph orders its nodes just the same (its
 * transitive reduction, which is unique). In definition order, then in that of listing. The graph must be acyclic.
 * O(nodes + edges) memory; per node the time of walking, below its dependencies, down to the lowest level among them.
 */
export function redundantDependencies(graph: Graph): DAGEdge[] {
  needGraph(graph);
  const { offsets, targets } = graph.dependencies;
  const levels = levelPerNode(graph);
  const marks = new Int32Array(graph.size).fill(-1);
  const redundant: DAGEdge[] = [];
  for (let node = 0; node < graph.size; node++) {
    const row = targets.subarray(offsets[node], offsets[node + 1]);
    if (row.length < 2) continue;
    markBelow(graph, row, levels, marks, node);
    for (const dependency of row) {
      if (marks[dependency] !== node) continue;
      redundant.push({ task: graph.names[node] as string, dependency: graph.names[dependency] as string });
    }
  }
  return redundant;
}

function levelPerNode(graph: Graph): Int32Array {
  const { order, ends } = graph.layers();
  const levels = new Int32Array(graph.size);
  for (let level = 0, at = 0; level < ends.length; level++) {
    for (const end = ends[level] as number; at < end; at++) levels[order[at] as number] = level;
  }
  return levels;
}

/** Marks what the nodes of `row` depend on, direct or not, as far as other nodes of the row can lie there. */
function markBelow(graph: Graph, row: Int32Array, levels: Int32Array, marks: Int32Array, mark: number): void {
  const { offsets, targets } = graph.dependencies;
  let lowest = Number.MAX_SAFE_INTEGER;
  for (const dependency of row) lowest = Math.min(lowest, levels[dependency] as number);
  const stack = [...row];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    // Whatever a node depends on is on a lower level than the node.
    if ((levels[node] as number) <= lowest) continue;
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      const below = targets[edge] as number;
      if (marks[below] === mark) continue;
      marks[below] = mark;
      stack.push(below);
    }
  }
}
