import { type Graph, needGraph } from "./graph.ts";

/** The names of all nodes, dependencies before dependents: the levels, one after the other. O(nodes). */
export function topologicalOrder(graph: Graph): string[] {
  needGraph(graph);
  const { order } = graph.layers();
  const names = new Array<string>(order.length);
  for (let at = 0; at < order.length; at++) names[at] = graph.names[order[at] as number] as string;
  return names;
}

/**
 * The names of all nodes by level: a node is in the first level after all its dependencies, within a level nodes are in
 * definition order. O(nodes).
 */
export function executionLevels(graph: Graph): string[][] {
  needGraph(graph);
  const { order, ends } = graph.layers();
  const levels = new Array<string[]>(ends.length);
  let at = 0;
  for (let level = 0; level < ends.length; level++) {
    const end = ends[level] as number;
    const names = new Array<string>(end - at);
    for (let place = 0; at < end; at++) names[place++] = graph.names[order[at] as number] as string;
    levels[level] = names;
  }
  return levels;
}
