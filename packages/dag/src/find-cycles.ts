import { invariant } from "@orch/core";
import type { Graph } from "./graph.ts";

/**
 * One simple cycle per strongly connected component, as nodes of which each depends on the next, the first again at the
 * end. A cycle is a shortest one through the earliest-defined node of its component, and starts there; cycles are in the
 * order of their starts. `selves` are nodes that depend on themselves, which the graph does not hold: such a node is a
 * cycle of its own unless it is in a larger component. O(nodes + edges), without recursion.
 */
export function findCycles(graph: Graph, selves: readonly number[] = []): number[][] {
  const cyclic = graph.layers().order.length < graph.size;
  const component = cyclic ? findComponents(graph) : null;
  const cycles: number[][] = [];
  const seen = new Set<number>();
  for (let node = 0; component !== null && node < graph.size; node++) {
    const knot = component[node] as number;
    if (knot < 0 || seen.has(knot)) continue;
    seen.add(knot);
    cycles.push(shortestCycle(graph, node, component));
  }
  for (const node of selves)
    if (component === null || (component[node] as number) < 0) cycles.push([node, node]);
  return cycles.sort((a, b) => (a[0] as number) - (b[0] as number));
}

/** Tarjan's algorithm on an explicit stack: the number of each node's component, −1 for a node alone in its own. */
function findComponents({ size, dependencies: { offsets, targets } }: Graph): Int32Array {
  const component = new Int32Array(size).fill(-1);
  const found = new Int32Array(size); // the time at which a node was first met, from 1
  const low = new Int32Array(size); // the earliest time that is reachable from it; 0 once its component is closed
  const edge = offsets.slice(0, size); // the next edge to look at
  const [path, open]: [number[], number[]] = [[], []];
  let time = 0;
  let knots = 0;
  const enter = (node: number) => {
    found[node] = low[node] = ++time;
    path.push(node);
    open.push(node);
  };
  const close = (root: number) => {
    const alone = open.at(-1) === root;
    for (let node = open.pop(); node !== undefined; node = node === root ? undefined : open.pop()) {
      low[node] = 0;
      if (!alone) component[node] = knots;
    }
    if (!alone) knots++;
  };
  for (let start = 0; start < size; start++) {
    if (found[start] !== 0) continue;
    enter(start);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const next = edge[node] as number;
      if (next < (offsets[node + 1] as number)) {
        edge[node] = next + 1;
        const target = targets[next] as number;
        if (found[target] === 0) enter(target);
        else if (low[target] !== 0) low[node] = Math.min(low[node] as number, found[target] as number);
        continue;
      }
      path.pop();
      const below = path.at(-1);
      if (below !== undefined) low[below] = Math.min(low[below] as number, low[node] as number);
      if (low[node] === found[node]) close(node);
    }
  }
  return component;
}

/** A breadth-first search from `start` along dependencies, inside its component, until it is met again. */
function shortestCycle(
  { dependencies: { offsets, targets } }: Graph,
  start: number,
  component: Int32Array,
): number[] {
  const cameFrom = new Map<number, number>();
  const queue = [start];
  for (const node of queue) {
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      const target = targets[edge] as number;
      if (target === start) return trace(cameFrom, start, node);
      if (component[target] !== component[start] || cameFrom.has(target)) continue;
      cameFrom.set(target, node);
      queue.push(target);
    }
  }
  invariant(false, "A component without a cycle through its first node", { start });
}

function trace(cameFrom: ReadonlyMap<number, number>, start: number, last: number): number[] {
  const cycle = [start];
  for (let node: number | undefined = last; node !== undefined && node !== start; node = cameFrom.get(node))
    cycle.push(node);
  cycle.push(start);
  return cycle.reverse();
}
