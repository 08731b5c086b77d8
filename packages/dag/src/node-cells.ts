import type { Graph, Rows } from "./graph.ts";
import { BLOCKED, isBroken, isSatisfied, READY, SKIPPED, STATES } from "./node-code.ts";

/** Where nodes wait for their start: an array, a Ring, or anything else to push them to. */
export interface NodeQueue {
  push(node: number): unknown;
}

export const ascending = (a: number, b: number): number => a - b;

/**
 * The memory of a Frontier: per node its code and how many of its dependencies are open (not satisfied), per code how
 * many nodes have it. Knows how a change spreads, not which changes are allowed.
 */
export class NodeCells {
  readonly codes: Uint8Array;
  readonly tally = new Int32Array(STATES.length);
  readonly #open: Int32Array;
  readonly #dependencies: Rows;
  // The rows of the dependents, one step nearer for the loop that runs most.
  readonly #offsets: Int32Array;
  readonly #targets: Int32Array;

  /** All nodes before their start: those without dependencies are ready. */
  constructor(graph: Graph) {
    this.#dependencies = graph.dependencies;
    this.#offsets = graph.dependents.offsets;
    this.#targets = graph.dependents.targets;
    this.codes = new Uint8Array(graph.size);
    this.#open = new Int32Array(graph.size);
    const { offsets } = graph.dependencies;
    const codes = this.codes;
    const opens = this.#open;
    let ready = 0;
    for (let node = 0, start = 0; node < codes.length; node++) {
      const end = offsets[node + 1] as number;
      opens[node] = end - start;
      if (end === start) {
        codes[node] = READY;
        ready++;
      }
      start = end;
    }
    this.tally[READY] = ready;
    this.tally[BLOCKED] = graph.size - ready;
  }

  /** Gives `node` a code, and nothing more. */
  move(node: number, code: number): void {
    const before = this.codes[node] as number;
    this.tally[before] = (this.tally[before] as number) - 1;
    this.tally[code] = (this.tally[code] as number) + 1;
    this.codes[node] = code;
  }

  /** `node` is satisfied: counts it off at its dependents, and appends those that can start now to `queue`. */
  release(node: number, queue: NodeQueue): void {
    const offsets = this.#offsets;
    const targets = this.#targets;
    const codes = this.codes;
    const opens = this.#open;
    let woken = 0;
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      const dependent = targets[edge] as number;
      const open = (opens[dependent] as number) - 1;
      opens[dependent] = open;
      // A skipped node keeps its count, so that a reset finds it right, but is not woken by it.
      if (open > 0 || codes[dependent] !== BLOCKED) continue;
      codes[dependent] = READY;
      woken++;
      queue.push(dependent);
    }
    this.tally[BLOCKED] = (this.tally[BLOCKED] as number) - woken;
    this.tally[READY] = (this.tally[READY] as number) + woken;
  }

  /** Skips the blocked dependents of `node`, direct or not, and appends them to `skipped`. */
  skipDependents(node: number, skipped: number[]): void {
    const offsets = this.#offsets;
    const targets = this.#targets;
    const stack = [node];
    for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
      for (let edge = offsets[each] as number, end = offsets[each + 1] as number; edge < end; edge++) {
        const dependent = targets[edge] as number;
        if (this.codes[dependent] !== BLOCKED) continue;
        this.move(dependent, SKIPPED);
        skipped.push(dependent);
        stack.push(dependent);
      }
    }
  }

  /** Makes `node` blocked, whatever its dependencies say; its dependents count it as open again. */
  takeBack(node: number): void {
    if (isSatisfied(this.codes[node] as number)) {
      const offsets = this.#offsets;
      const targets = this.#targets;
      for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
        const dependent = targets[edge] as number;
        this.#open[dependent] = (this.#open[dependent] as number) + 1;
      }
    }
    this.move(node, BLOCKED);
  }

  /** Makes blocked `nodes` skipped or ready where their dependencies say so; returns all nodes that are skipped by it. */
  place(nodes: readonly number[]): number[] {
    const skipped: number[] = [];
    for (const node of nodes) {
      if (this.codes[node] !== BLOCKED || !this.#hasBrokenDependency(node)) continue;
      this.move(node, SKIPPED);
      skipped.push(node);
      this.skipDependents(node, skipped);
    }
    for (const node of nodes)
      if (this.codes[node] === BLOCKED && this.#open[node] === 0) this.move(node, READY);
    return skipped.sort(ascending);
  }

  #hasBrokenDependency(node: number): boolean {
    const { offsets, targets } = this.#dependencies;
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      if (isBroken(this.codes[targets[edge] as number] as number)) return true;
    }
    return false;
  }
}
