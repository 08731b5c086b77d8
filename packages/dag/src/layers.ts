import type { Graph } from "./graph.ts";

/** The nodes in the order in which they can run, cut into levels. Not to be written to. */
export interface Layers {
  /**
   * Nodes level by level, in definition order within a level: a topological order. Shorter than the graph where there
   * is a cycle: the nodes on cycles, and those that depend on them, are left out.
   */
  readonly order: Int32Array;
  /** Where each level ends in `order`. */
  readonly ends: Int32Array;
}

/**
 * Kahn's algorithm, a level at a time: a node is in the first level after all its dependencies.
 * O(nodes + edges), without recursion.
 */
export function layerGraph(graph: Graph): Layers {
  const { order, ends } = peel(graph);
  if (ends.length > 1) sortWithinLevels(order, ends, graph.size);
  return { order, ends };
}

/** The levels, in each the nodes in the order in which they were found. */
function peel({ size, dependencies, dependents }: Graph): { order: Int32Array; ends: Int32Array } {
  const { offsets, targets } = dependents;
  const waiting = new Int32Array(size);
  const order = new Int32Array(size);
  const ends: number[] = [];
  let tail = 0;
  for (let node = 0; node < size; node++) {
    const count = (dependencies.offsets[node + 1] as number) - (dependencies.offsets[node] as number);
    waiting[node] = count;
    if (count === 0) order[tail++] = node;
  }
  for (let head = 0; head < tail; ) {
    const end = tail;
    ends.push(end);
    for (; head < end; head++) {
      const node = order[head] as number;
      for (let edge = offsets[node] as number, last = offsets[node + 1] as number; edge < last; edge++) {
        const dependent = targets[edge] as number;
        const left = (waiting[dependent] as number) - 1;
        waiting[dependent] = left;
        if (left === 0) order[tail++] = dependent;
      }
    }
  }
  return { order: tail === size ? order : order.slice(0, tail), ends: Int32Array.from(ends) };
}

/** Brings each level into definition order: a counting sort by level over the ascending nodes. O(nodes). */
function sortWithinLevels(order: Int32Array, ends: Int32Array, size: number): void {
  const levelOf = new Int32Array(size).fill(-1);
  const places = new Int32Array(ends.length);
  for (let level = 0, at = 0; level < ends.length; level++) {
    places[level] = at;
    for (const end = ends[level] as number; at < end; at++) levelOf[order[at] as number] = level;
  }
  for (let node = 0; node < size; node++) {
    const level = levelOf[node] as number;
    if (level < 0) continue;
    const place = places[level] as number;
    order[place] = node;
    places[level] = place + 1;
  }
}
