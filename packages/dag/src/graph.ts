import { wrongArgument } from "@orch/core/base";
import { type Layers, layerGraph } from "./layers.ts";

/**
 * Neighbours of all nodes in compressed sparse rows: those of node `i` are `targets[offsets[i]]` up to, but not
 * including, `targets[offsets[i + 1]]`. Not to be written to.
 */
export interface Rows {
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
}

/**
 * A compiled graph: names are interned once, nodes are numbers from 0 in definition order, edges are two sparse rows.
 * Immutable. Takes about 25 bytes per node and 8 per edge beside the strings, and what the map of names needs.
 */
export class Graph {
  /** The name of each node, in definition order. */
  readonly names: readonly string[];
  /** What each node depends on, in the order in which it was listed. */
  readonly dependencies: Rows;
  /** The nodes that depend on each node directly, in definition order. */
  readonly dependents: Rows;
  readonly #index: ReadonlyMap<string, number>;
  #layers: Layers | null = null;

  constructor(names: readonly string[], index: ReadonlyMap<string, number>, dependencies: Rows) {
    this.names = names;
    this.dependencies = dependencies;
    this.dependents = reverseRows(dependencies);
    this.#index = index;
  }

  /** Whether `value` is a compiled graph; a proxy of one is none. @internal */
  static is(value: unknown): value is Graph {
    return typeof value === "object" && value !== null && #index in value;
  }

  /** How many nodes there are. */
  get size(): number {
    return this.names.length;
  }

  /** How many edges there are; a dependency listed twice counts once. */
  get edgeCount(): number {
    return this.dependencies.targets.length;
  }

  /** The number of the node `name`, −1 where there is none. O(1). */
  indexOf(name: string): number {
    return this.#index.get(name) ?? -1;
  }

  /** The order and the levels of the nodes: O(nodes + edges) the first time, then O(1). */
  layers(): Layers {
    this.#layers ??= layerGraph(this);
    return this.#layers;
  }
}

/** Throws INVALID_PARAMETERS unless `value` is a compiled graph. */
export function needGraph(value: unknown): void {
  if (!Graph.is(value)) throw wrongArgument("graph", "a compiled graph", value);
}

/** The same edges seen from their other ends; each row in ascending order. O(nodes + edges). */
function reverseRows({ offsets, targets }: Rows): Rows {
  const size = offsets.length - 1;
  const reversed = { offsets: new Int32Array(size + 1), targets: new Int32Array(targets.length) };
  // Counted two places ahead, so that after the summing `starts[i + 1]` is where row i is written next, and, when all
  // is written, where row i ends.
  const starts = new Int32Array(size + 2);
  for (let edge = 0; edge < targets.length; edge++) {
    const at = (targets[edge] as number) + 2;
    starts[at] = (starts[at] as number) + 1;
  }
  for (let node = 2; node <= size; node++)
    starts[node] = (starts[node] as number) + (starts[node - 1] as number);
  for (let node = 0; node < size; node++) {
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      const at = (targets[edge] as number) + 1;
      const place = starts[at] as number;
      reversed.targets[place] = node;
      starts[at] = place + 1;
    }
  }
  reversed.offsets.set(starts.subarray(0, size + 1));
  return reversed;
}
