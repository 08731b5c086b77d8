import type { Rows } from "./graph.ts";

/**
 * All nodes that can be reached from `starts` along `rows`, without the starts themselves unless asked for, in
 * definition order. O(nodes and edges reached), plus sorting; without recursion.
 */
export function reachable(rows: Rows, starts: readonly number[], { withStarts = false } = {}): number[] {
  const { offsets, targets } = rows;
  const found = new Set(starts);
  // A set is iterated in the order of insertion, also over what is added meanwhile.
  for (const node of found) {
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      found.add(targets[edge] as number);
    }
  }
  if (!withStarts) for (const start of starts) found.delete(start);
  return [...found].sort((a, b) => a - b);
}
