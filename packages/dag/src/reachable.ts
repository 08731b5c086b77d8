import { needArray, readArgument, wrongArgument } from "@orch/core/base";
import type { Rows } from "./graph.ts";

/**
 * All nodes that can be reached from `starts` along `rows`, without the starts themselves unless asked for, in
 * definition order. O(nodes and edges reached), plus sorting; without recursion. Throws INVALID_PARAMETERS for a start
 * that is no node.
 */
export function reachable(rows: Rows, starts: readonly number[], { withStarts = false } = {}): number[] {
  const { offsets, targets } = readArgument("rows", () => ({ ...rows }));
  if (!(offsets instanceof Int32Array && targets instanceof Int32Array))
    throw wrongArgument("rows", "the edges of a compiled graph", rows);
  needArray("starts", starts);
  const found = new Set(readArgument("starts", () => [...starts]));
  for (const start of found)
    if (!Number.isInteger(start) || start < 0 || start >= offsets.length - 1)
      throw wrongArgument("starts", `numbers of nodes, from 0 to ${offsets.length - 2}`, start);
  // A set is iterated in the order of insertion, also over what is added meanwhile.
  for (const node of found) {
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      found.add(targets[edge] as number);
    }
  }
  if (!withStarts) for (const start of starts) found.delete(start);
  return [...found].sort((a, b) => a - b);
}
