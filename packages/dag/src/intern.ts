import { needArray, readArgument } from "@orch/core/base";
import type { Rows } from "./graph.ts";
import { type GraphNode, hasShape, nameOf, shapeError } from "./graph-node.ts";

/** What names become: numbers in definition order, and what is wrong with them. */
export interface Interned {
  readonly names: string[];
  readonly index: Map<string, number>;
  /** Edges to nodes that exist, without self-dependencies and repetitions. */
  readonly dependencies: Rows;
  /** The names that came up again; the later nodes are left out. */
  readonly duplicates: readonly string[];
  /** Which of the given nodes were kept, where some were left out. */
  readonly kept: readonly number[] | null;
  /** Dependencies that do not exist, in definition order. */
  readonly missing: readonly MissingDependency[];
  /** The nodes that list themselves. */
  readonly selves: readonly number[];
  /** What nodes listed, where it is not their row in `dependencies`: something was missing, repeated or the node itself. */
  readonly listed: Map<number, string[]>;
}

/** `node` lists `dependency`, which does not exist. */
interface MissingDependency {
  readonly node: number;
  readonly dependency: string;
}

// Beyond this length a list is searched for repetitions by marks instead of by looking back.
const SHORT_LIST = 16;

/**
 * Interns names and edges. O(nodes + edges). Never throws for what is wrong with the graph, but collects it;
 * INVALID_PARAMETERS, with all `problems`, for what is no node.
 */
export function intern(nodes: readonly GraphNode[]): Interned {
  needArray("tasks", nodes);
  return readArgument("tasks", () => internNodes(nodes));
}

function internNodes(nodes: readonly GraphNode[]): Interned {
  const names = new Array<string>(nodes.length);
  const index = new Map<string, number>();
  let edges = 0;
  for (let node = 0; node < nodes.length; node++) {
    const init = nodes[node] as GraphNode;
    if (!hasShape(init)) throw shapeError(nodes);
    const name = nameOf(init);
    names[node] = name;
    index.set(name, node);
    if (init.dependencies !== undefined) edges += init.dependencies.length;
  }
  const found =
    index.size === nodes.length
      ? { nodes, names, index, duplicates: [], kept: null }
      : firstOfEachName(nodes);
  const rows = internEdges(found, edges, () => shapeError(nodes));
  return { names: found.names, index: found.index, duplicates: found.duplicates, kept: found.kept, ...rows };
}

interface Names {
  readonly nodes: readonly GraphNode[];
  readonly names: string[];
  readonly index: Map<string, number>;
  readonly duplicates: readonly string[];
  readonly kept: readonly number[] | null;
}

function firstOfEachName(all: readonly GraphNode[]): Names {
  const [nodes, names, duplicates, kept]: [GraphNode[], string[], string[], number[]] = [[], [], [], []];
  const index = new Map<string, number>();
  for (const [at, node] of all.entries()) {
    const name = nameOf(node);
    if (index.has(name)) {
      duplicates.push(name);
      continue;
    }
    index.set(name, names.length);
    names.push(name);
    nodes.push(node);
    kept.push(at);
  }
  return { nodes, names, index, duplicates, kept };
}

interface EdgeRows extends Oddities {
  readonly dependencies: Rows;
}

function internEdges({ nodes, index }: Names, most: number, misshapen: () => Error): EdgeRows {
  const offsets = new Int32Array(nodes.length + 1);
  const edges: Edges = { index, targets: new Int32Array(most), marks: null };
  const odd: Oddities = { missing: [], selves: [], listed: new Map() };
  let end = 0;
  for (let node = 0; node < nodes.length; node++) {
    const list = (nodes[node] as GraphNode).dependencies;
    if (list !== undefined) {
      const start = end;
      const internList = list.length > SHORT_LIST ? internLongRow : internRow;
      end = internList(list, node, start, edges);
      if (end - start !== list.length) {
        if (list.some((name) => typeof name !== "string")) throw misshapen();
        noteOddities(list, node, index, odd);
      }
    }
    offsets[node + 1] = end;
  }
  // Getters that give another list each time: what was counted is not what was read.
  if (end > most) throw misshapen();
  const targets = end === most ? edges.targets : edges.targets.slice(0, end);
  return { dependencies: { offsets, targets }, ...odd };
}

interface Edges {
  readonly index: ReadonlyMap<string, number>;
  readonly targets: Int32Array;
  /** Per target the last node that listed it, so that long lists need no looking back. */
  marks: Int32Array | null;
}

/** Writes the row of `node` from `start` on and returns where it ends. */
function internRow(list: readonly string[], node: number, start: number, { index, targets }: Edges): number {
  let end = start;
  for (let k = 0; k < list.length; k++) {
    const target = index.get(list[k] as string);
    if (target === undefined || target === node) continue;
    let seen = start;
    while (seen < end && targets[seen] !== target) seen++;
    if (seen === end) targets[end++] = target;
  }
  return end;
}

function internLongRow(list: readonly string[], node: number, start: number, edges: Edges): number {
  edges.marks ??= new Int32Array(edges.index.size).fill(-1);
  const { index, targets, marks } = edges;
  let end = start;
  for (const name of list) {
    const target = index.get(name);
    if (target === undefined || target === node || marks[target] === node) continue;
    marks[target] = node;
    targets[end++] = target;
  }
  return end;
}

interface Oddities {
  readonly missing: MissingDependency[];
  readonly selves: number[];
  readonly listed: Map<number, string[]>;
}

function noteOddities(
  list: readonly string[],
  node: number,
  index: ReadonlyMap<string, number>,
  odd: Oddities,
): void {
  const unique = new Set(list);
  odd.listed.set(node, [...unique]);
  for (const dependency of unique) {
    const target = index.get(dependency);
    if (target === undefined) odd.missing.push({ node, dependency });
    if (target === node) odd.selves.push(node);
  }
}
