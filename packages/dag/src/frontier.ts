import { misfit, runningDependent, unknownNode } from "./frontier-errors.ts";
import { checkSnapshot, type FrontierSnapshot } from "./frontier-snapshot.ts";
import type { Graph } from "./graph.ts";
import {
  BLOCKED,
  CODES,
  COMPLETED,
  FAILED,
  FAILED_ON,
  isBroken,
  isSatisfied,
  isTerminal,
  READY,
  RUNNING,
  SKIPPED,
  SKIPPED_ON,
  STATES,
} from "./node-code.ts";
import type { FailurePolicy, NodeState } from "./node-state.ts";

// blocked ─► ready ─► running ─► completed | failed, and blocked | ready ─► skipped. `reset` leads back from anywhere.

const ascending = (a: number, b: number) => a - b;

/** Where nodes wait for their start: an array, a Ring, or anything else to push them to. */
export interface NodeQueue {
  push(node: number): unknown;
}

/** What an event changed, beside the node itself: nodes in definition order. */
export interface FrontierChange {
  /** Nodes that can start now. */
  readonly ready: readonly number[];
  /** Nodes that will never start. */
  readonly skipped: readonly number[];
}

/** What {@link Frontier.reset} changed: nodes in definition order. */
export interface FrontierReset {
  /** Nodes that are before their start again. */
  readonly reset: readonly number[];
  /** Those of them that can start now. */
  readonly ready: readonly number[];
  /** Nodes that are skipped (still or now), since another dependency failed or was skipped. */
  readonly skipped: readonly number[];
}

/**
 * Which nodes of a graph can run: told what happens to the nodes, it says which become ready or are skipped. Keeps a
 * count of open dependencies per node, so that an event costs what its node has dependents, whatever the size of the
 * graph; nothing is scanned again. Pure: no clock, no I/O. 5 bytes per node.
 *
 * A node that does not exist throws INVALID_PARAMETERS, an event that does not fit the node's state INVALID_STATE;
 * either changes nothing.
 */
export class Frontier {
  readonly graph: Graph;
  readonly #code: Uint8Array;
  /** How many dependencies of each node are not satisfied. */
  readonly #open: Int32Array;
  readonly #tally = new Int32Array(STATES.length);
  // The rows of the dependents, one step nearer for the loop that runs most.
  readonly #offsets: Int32Array;
  readonly #targets: Int32Array;

  /** All nodes before their start: those without dependencies are ready. O(nodes). */
  constructor(graph: Graph) {
    this.graph = graph;
    this.#offsets = graph.dependents.offsets;
    this.#targets = graph.dependents.targets;
    this.#code = new Uint8Array(graph.size);
    this.#open = new Int32Array(graph.size);
    const { offsets } = graph.dependencies;
    const codes = this.#code;
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
    this.#tally[READY] = ready;
    this.#tally[BLOCKED] = graph.size - ready;
  }

  /**
   * The frontier that `snapshot` describes, for recovery after a crash. Nodes that ran when it was taken may be given
   * as `running` (then {@link reset} them to run again) or as `pending`. Terminal states are taken as they are; what
   * is before its start is ready, blocked or skipped as its dependencies say. O(nodes + edges).
   * Throws INVALID_PARAMETERS with all `problems` where the snapshot does not fit the graph.
   */
  static restore(graph: Graph, snapshot: FrontierSnapshot): Frontier {
    const frontier = new Frontier(graph);
    frontier.#adopt(snapshot);
    return frontier;
  }

  /** Nodes that are ready, in definition order. O(nodes): for the start and after a restore; then events tell. */
  ready(): number[] {
    const nodes: number[] = [];
    const codes = this.#code;
    for (let node = 0; node < codes.length; node++) if (codes[node] === READY) nodes.push(node);
    return nodes;
  }

  /** The state of `node`. O(1). */
  state(node: number): NodeState {
    return STATES[this.#known(node)] as NodeState;
  }

  /** How many nodes are in each state. O(1). */
  get counts(): Record<NodeState, number> {
    const [
      blocked = 0,
      ready = 0,
      running = 0,
      completed = 0,
      failed = 0,
      skipped = 0,
      failedOn = 0,
      skippedOn = 0,
    ] = this.#tally;
    return { blocked, ready, running, completed, failed: failed + failedOn, skipped: skipped + skippedOn };
  }

  /** Whether all nodes are terminal. O(1). */
  get done(): boolean {
    return this.#tally[BLOCKED] === 0 && this.#tally[READY] === 0 && this.#tally[RUNNING] === 0;
  }

  /** A ready node was started. Optional: a ready node may also complete or fail directly. O(1). */
  start(node: number): void {
    if (this.#known(node) !== READY) throw misfit(this.graph, node, this.state(node), "started");
    this.#move(node, RUNNING);
  }

  /**
   * A ready or running node succeeded. Appends the nodes that can start now, in definition order, to `queue` (an array
   * or a Ring; by default a new array) and returns it. O(out-degree).
   */
  complete(node: number): number[];
  complete<Queue extends NodeQueue>(node: number, queue: Queue): Queue;
  complete(node: number, queue: NodeQueue = []): NodeQueue {
    this.#checkStarted(node, "completed");
    this.#move(node, COMPLETED);
    this.#release(node, queue);
    return queue;
  }

  /**
   * A ready or running node failed. Its dependents, direct or not, are skipped; with `"continue"` they may run.
   * O(out-degree), and with skipping that of all nodes that are skipped.
   */
  fail(node: number, policy: FailurePolicy = "skip"): FrontierChange {
    this.#checkStarted(node, "failed");
    this.#move(node, policy === "continue" ? FAILED_ON : FAILED);
    return this.#end(node, policy);
  }

  /** A blocked or ready node will not run. Its dependents and the costs are as in {@link fail}. */
  skip(node: number, policy: FailurePolicy = "skip"): FrontierChange {
    const code = this.#known(node);
    if (code !== BLOCKED && code !== READY) throw misfit(this.graph, node, this.state(node), "skipped");
    this.#move(node, policy === "continue" ? SKIPPED_ON : SKIPPED);
    return this.#end(node, policy);
  }

  /** Skips every node that has not started, and returns them in definition order. O(nodes). */
  skipRest(): number[] {
    const skipped: number[] = [];
    for (let node = 0; node < this.#code.length; node++) {
      const code = this.#code[node];
      if (code !== BLOCKED && code !== READY) continue;
      this.#move(node, SKIPPED);
      skipped.push(node);
    }
    return skipped;
  }

  /**
   * Takes `node` back to before its start (to try it again, also while it is running) and, with it, all its dependents
   * that were skipped or have run on its outcome. What another failed or skipped node still forbids stays skipped.
   * INVALID_STATE where such a dependent is running. O(edges at the nodes that change).
   */
  reset(node: number): FrontierReset {
    this.#known(node);
    const touched = this.#nodesToReset(node);
    for (const each of touched) this.#takeBack(each);
    const skipped = this.#place(touched);
    const reset = touched.filter((each) => !isTerminal(this.#code[each] as number)).sort(ascending);
    return { reset, ready: reset.filter((each) => this.#code[each] === READY), skipped };
  }

  /** The frontier as plain JSON, for {@link restore}. O(nodes). */
  snapshot(): Required<FrontierSnapshot> {
    const states = Array.from(this.#code, (code) => STATES[code] as NodeState);
    const continued: number[] = [];
    for (let node = 0; node < states.length; node++)
      if ((this.#code[node] as number) >= FAILED_ON) continued.push(node);
    return { states, continued };
  }

  /** `node` is satisfied: counts it off at its dependents, and appends those that can start now to `queue`. */
  #release(node: number, queue: NodeQueue): void {
    const offsets = this.#offsets;
    const targets = this.#targets;
    const codes = this.#code;
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
    this.#tally[BLOCKED] = (this.#tally[BLOCKED] as number) - woken;
    this.#tally[READY] = (this.#tally[READY] as number) + woken;
  }

  #end(node: number, policy: FailurePolicy): FrontierChange {
    const ready: number[] = [];
    const skipped: number[] = [];
    if (policy === "continue") {
      this.#release(node, ready);
      return { ready, skipped };
    }
    this.#skipDependents(node, skipped);
    return { ready, skipped: skipped.sort(ascending) };
  }

  /** Skips the blocked dependents of `node`, direct or not, and appends them to `skipped`. */
  #skipDependents(node: number, skipped: number[]): void {
    const { offsets, targets } = this.graph.dependents;
    const stack = [node];
    for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
      for (let edge = offsets[each] as number, end = offsets[each + 1] as number; edge < end; edge++) {
        const dependent = targets[edge] as number;
        if (this.#code[dependent] !== BLOCKED) continue;
        this.#move(dependent, SKIPPED);
        skipped.push(dependent);
        stack.push(dependent);
      }
    }
  }

  /** `node` and the dependents whose state rests on its outcome. Changes nothing. */
  #nodesToReset(node: number): number[] {
    const { offsets, targets } = this.graph.dependents;
    const found = new Set([node]);
    // A set is iterated in the order of insertion, also over what is added meanwhile.
    for (const each of found) {
      if (!isTerminal(this.#code[each] as number)) continue;
      for (let edge = offsets[each] as number, end = offsets[each + 1] as number; edge < end; edge++) {
        const dependent = targets[edge] as number;
        if (this.#code[dependent] === RUNNING) throw runningDependent(this.graph, node, dependent);
        if (this.#code[dependent] !== BLOCKED) found.add(dependent);
      }
    }
    return [...found];
  }

  /** Makes `node` blocked, whatever its dependencies say; its dependents count it as open again. */
  #takeBack(node: number): void {
    if (isSatisfied(this.#code[node] as number)) {
      const { offsets, targets } = this.graph.dependents;
      for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
        const dependent = targets[edge] as number;
        this.#open[dependent] = (this.#open[dependent] as number) + 1;
      }
    }
    this.#move(node, BLOCKED);
  }

  /** Makes blocked `nodes` skipped or ready where their dependencies say so; returns all nodes that are skipped by it. */
  #place(nodes: readonly number[]): number[] {
    const skipped: number[] = [];
    for (const node of nodes) {
      if (this.#code[node] !== BLOCKED || !this.#hasBrokenDependency(node)) continue;
      this.#move(node, SKIPPED);
      skipped.push(node);
      this.#skipDependents(node, skipped);
    }
    for (const node of nodes)
      if (this.#code[node] === BLOCKED && this.#open[node] === 0) this.#move(node, READY);
    return skipped.sort(ascending);
  }

  #hasBrokenDependency(node: number): boolean {
    const { offsets, targets } = this.graph.dependencies;
    for (let edge = offsets[node] as number, end = offsets[node + 1] as number; edge < end; edge++) {
      if (isBroken(this.#code[targets[edge] as number] as number)) return true;
    }
    return false;
  }

  #adopt(snapshot: FrontierSnapshot): void {
    checkSnapshot(this.graph, snapshot);
    const pending: number[] = [];
    const continued = new Set(snapshot.continued);
    for (let node = 0; node < this.#code.length; node++) {
      const state = snapshot.states[node] as FrontierSnapshot["states"][number];
      this.#move(node, BLOCKED);
      if (state === "pending" || state === "blocked" || state === "ready") {
        pending.push(node);
        continue;
      }
      this.#move(node, CODES[state] + (continued.has(node) ? FAILED_ON - FAILED : 0));
      if (isSatisfied(this.#code[node] as number)) this.#release(node, []);
    }
    this.#place(pending);
  }

  #move(node: number, code: number): void {
    const before = this.#code[node] as number;
    this.#tally[before] = (this.#tally[before] as number) - 1;
    this.#tally[code] = (this.#tally[code] as number) + 1;
    this.#code[node] = code;
  }

  #known(node: number): number {
    const code = this.#code[node];
    if (code === undefined) throw unknownNode(node, this.graph.size);
    return code;
  }

  #checkStarted(node: number, event: string): void {
    const code = this.#known(node);
    if (code !== READY && code !== RUNNING) throw misfit(this.graph, node, this.state(node), event);
  }
}
