import { validationError } from "./errors.ts";
import { Graph } from "./graph.ts";
import type { GraphNode } from "./graph-node.ts";
import { intern } from "./intern.ts";
import { findProblems, isSound } from "./problem.ts";

/**
 * Compiles nodes, in any order, into an acyclic {@link Graph}. A dependency listed twice counts once.
 * O(nodes + edges), of any depth. Throws DAG_CYCLE if there is any cycle, else DAG_INVALID if anything else is wrong;
 * either has all `problems`.
 */
export function compileGraph(nodes: readonly GraphNode[]): Graph {
  const interned = intern(nodes);
  const graph = new Graph(interned.names, interned.index, interned.dependencies);
  if (isSound(interned, graph)) return graph;
  throw validationError(findProblems(interned, graph));
}
