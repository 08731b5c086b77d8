import { needArray, readArgument } from "@orch/core/base";
import { type GraphNode, hasShape, nameOf, shapeError } from "./graph-node.ts";
import type { DAGEdge } from "./redundant-dependencies.ts";

/** How one graph differs from another. */
export interface GraphDiff {
  /** Tasks that only the later graph has, in its order. */
  readonly addedTasks: readonly string[];
  /** Tasks that only the earlier graph has, in its order. */
  readonly removedTasks: readonly string[];
  /** Dependencies that only the later graph has, in its order; those of added tasks, too. */
  readonly addedDependencies: readonly DAGEdge[];
  /** Dependencies that only the earlier graph has, in its order; those of removed tasks, too. */
  readonly removedDependencies: readonly DAGEdge[];
}

/** What changed from `before` to `after`, by name; the order of listing does not count. O(nodes + edges). */
export function diffGraphs(before: readonly GraphNode[], after: readonly GraphNode[]): GraphDiff {
  const [earlier, later] = [dependenciesByName(before), dependenciesByName(after)];
  return {
    addedTasks: [...later.keys()].filter((name) => !earlier.has(name)),
    removedTasks: [...earlier.keys()].filter((name) => !later.has(name)),
    addedDependencies: edgesMissingIn(earlier, later),
    removedDependencies: edgesMissingIn(later, earlier),
  };
}

type Dependencies = ReadonlyMap<string, ReadonlySet<string>>;

function dependenciesByName(nodes: readonly GraphNode[]): Dependencies {
  needArray("tasks", nodes);
  return readArgument("tasks", () => {
    const byName = new Map<string, ReadonlySet<string>>();
    for (const node of nodes) {
      if (!hasShape(node)) throw shapeError(nodes);
      const listed = new Set(node.dependencies);
      for (const name of listed) if (typeof name !== "string") throw shapeError(nodes);
      // As everywhere, the first of several nodes with one name stands.
      if (!byName.has(nameOf(node))) byName.set(nameOf(node), listed);
    }
    return byName;
  });
}

function edgesMissingIn(other: Dependencies, all: Dependencies): DAGEdge[] {
  const edges: DAGEdge[] = [];
  for (const [task, dependencies] of all) {
    for (const dependency of dependencies) {
      if (!other.get(task)?.has(dependency)) edges.push({ task, dependency });
    }
  }
  return edges;
}
