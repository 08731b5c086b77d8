import type { Rows } from "./graph.ts";

/** A node as it is written: a name (or id) and the names of what it depends on. Further fields are ignored. */
export type GraphNode =
  | { readonly name: string; readonly dependencies?: readonly string[] | undefined }
  | { readonly id: string; readonly dependencies?: readonly string[] | undefined };

/** What names become: numbers in definition order, and what is wrong with them. */
export interface Interned {
  readonly names: string[];
  readonly index: Map<string, number>;
  /** Edges to nodes that exist, without self-dependencies and repetitions. */
  readonly dependencies: Rows;
  /** The names that came up again; the later nodes are left out. */
  readonly duplicates: readonly string[];
  /** Dependencies that do not exist, in definition order. */
  readonly missing: readonly MissingDependency[];
  /** The nodes that list themselves. */
  readonly selves: readonly number[];
  /** What nodes listed, where it is not their row in `dependencies`: something was missing, repeated or the node itself. */
  readonly listed: Map<number, readonly string[]>;
}

/** `node` lists `dependency`, which does not exist. */
export interface MissingDependency {
  readonly node: number;
  readonly dependency: string;
}

// Beyond this length a list is searched for repetitions by marks instead of by looking back.
const SHORT_LIST = 16;

/** Interns names and edges. O(nodes + edges); never throws for what is wrong with the graph, but collects it. */
export function intern(nodes: readonly GraphNode[]): Interned {
  const names = new Array<string>(nodes.length);
  const index = new Map<string, number>();
  let edges = 0;
  for (let node = 0; node < nodes.length; node++) {
    const init = nodes[node] as GraphNode;
    const name = nameOf(init);
    names[node] = name;
    index.set(name, node);
    edges += init.dependencies?.length ?? 0;
  }
  if (index.size === nodes.length) return internEdges(nodes, { names, index, duplicates: [] }, edges);
  const firsts = firstOfEachName(nodes);
  return internEdges(firsts.nodes, firsts, edges);
}

/** The name of a node as it is written. */
export function nameOf(node: GraphNode): string {
  return "name" in node ? node.name : node.id;
}

interface Names {
  readonly names: string[];
  readonly index: Map<string, number>;
  readonly duplicates: readonly string[];
}

function firstOfEachName(all: readonly GraphNode[]): Names & { readonly nodes: GraphNode[] } {
  const [nodes, names, duplicates]: [GraphNode[], string[], string[]] = [[], [], []];
  const index = new Map<string, number>();
  for (const node of all) {
    const name = nameOf(node);
    if (index.has(name)) {
      duplicates.push(name);
      continue;
    }
    index.set(name, names.length);
    names.push(name);
    nodes.push(node);
  }
  return { nodes, names, index, duplicates };
}

function internEdges(nodes: readonly GraphNode[], found: Names, most: number): Interned {
  const { names, index, duplicates } = found;
  const offsets = new Int32Array(nodes.length + 1);
  const edges: Edges = { index, targets: new Int32Array(most), marks: null };
  const odd = {
    missing: [] as MissingDependency[],
    selves: [] as number[],
    listed: new Map<number, readonly string[]>(),
  };
  let end = 0;
  for (let node = 0; node < nodes.length; node++) {
    const list = (nodes[node] as GraphNode).dependencies;
    if (list !== undefined) {
      const start = end;
      end =
        list.length > SHORT_LIST
          ? internLongRow(list, node, start, edges)
          : internRow(list, node, start, edges);
      if (end - start !== list.length) noteOddities(list, node, index, odd);
    }
    offsets[node + 1] = end;
  }
  const targets = end === most ? edges.targets : edges.targets.slice(0, end);
  return { names, index, dependencies: { offsets, targets }, duplicates, ...odd };
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
  readonly listed: Map<number, readonly string[]>;
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
