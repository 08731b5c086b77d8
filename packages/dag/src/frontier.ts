import { checkPolicy, checkQueue, misfit, runningDependent, unknownNode } from "./frontier-errors.ts";
import { type FrontierSnapshot, readSnapshot } from "./frontier-snapshot.ts";
import { type Graph, needGraph } from "./graph.ts";
import { ascending, NodeCells, type NodeQueue } from "./node-cells.ts";
import {
  BLOCKED,
  CODES,
  COMPLETED,
  FAILED,
  FAILED_ON,
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
  readonly #cells: NodeCells;

  /** All nodes before their start: those without dependencies are ready. O(nodes). */
  constructor(graph: Graph) {
    needGraph(graph);
    this.graph = graph;
    this.#cells = new NodeCells(graph);
  }

  /**
   * The frontier that `snapshot` describes, for recovery after a crash. Nodes that ran when it was taken may be given
   * as `running` (then {@link reset} them to run again) or as `pending`. Terminal states are taken as they are; what
   * is before its start is ready, blocked or skipped as its dependencies say. O(nodes + edges).
   * Throws INVALID_PARAMETERS with all `problems` where the snapshot does not fit the graph.
   */
  static restore(graph: Graph, snapshot: FrontierSnapshot): Frontier {
    const frontier = new Frontier(graph);
    frontier.#adopt(readSnapshot(graph, snapshot));
    return frontier;
  }

  /** Nodes that are ready, in definition order. O(nodes): for the start and after a restore; then events tell. */
  ready(): number[] {
    const nodes: number[] = [];
    const codes = this.#cells.codes;
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
    ] = this.#cells.tally;
    return { blocked, ready, running, completed, failed: failed + failedOn, skipped: skipped + skippedOn };
  }

  /** Whether all nodes are terminal. O(1). */
  get done(): boolean {
    return (
      this.#cells.tally[BLOCKED] === 0 && this.#cells.tally[READY] === 0 && this.#cells.tally[RUNNING] === 0
    );
  }

  /** A ready node was started. Optional: a ready node may also complete or fail directly. O(1). */
  start(node: number): void {
    if (this.#known(node) !== READY) throw misfit(this.graph, node, this.state(node), "started");
    this.#cells.move(node, RUNNING);
  }

  /**
   * A ready or running node succeeded. Appends the nodes that can start now, in definition order, to `queue` (an array
   * or a Ring; by default a new array) and returns it. O(out-degree).
   */
  complete(node: number): number[];
  complete<Queue extends NodeQueue>(node: number, queue: Queue): Queue;
  complete(node: number, queue: NodeQueue = []): NodeQueue {
    this.#checkStarted(node, "completed");
    checkQueue(queue);
    this.#cells.move(node, COMPLETED);
    this.#cells.release(node, queue);
    return queue;
  }

  /**
   * A ready or running node failed. Its dependents, direct or not, are skipped; with `"continue"` they may run.
   * O(out-degree), and with skipping that of all nodes that are skipped.
   */
  fail(node: number, policy: FailurePolicy = "skip"): FrontierChange {
    this.#checkStarted(node, "failed");
    checkPolicy(policy);
    this.#cells.move(node, policy === "continue" ? FAILED_ON : FAILED);
    return this.#end(node, policy);
  }

  /** A blocked or ready node will not run. Its dependents and the costs are as in {@link fail}. */
  skip(node: number, policy: FailurePolicy = "skip"): FrontierChange {
    const code = this.#known(node);
    if (code !== BLOCKED && code !== READY) throw misfit(this.graph, node, this.state(node), "skipped");
    checkPolicy(policy);
    this.#cells.move(node, policy === "continue" ? SKIPPED_ON : SKIPPED);
    return this.#end(node, policy);
  }

  /** Skips every node that has not started, and returns them in definition order. O(nodes). */
  skipRest(): number[] {
    const skipped: number[] = [];
    for (let node = 0; node < this.#cells.codes.length; node++) {
      const code = this.#cells.codes[node];
      if (code !== BLOCKED && code !== READY) continue;
      this.#cells.move(node, SKIPPED);
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
    for (const each of touched) this.#cells.takeBack(each);
    const skipped = this.#cells.place(touched);
    const reset = touched.filter((each) => !isTerminal(this.#cells.codes[each] as number)).sort(ascending);
    return { reset, ready: reset.filter((each) => this.#cells.codes[each] === READY), skipped };
  }

  /** The frontier as plain JSON, for {@link restore}. O(nodes). */
  snapshot(): Required<FrontierSnapshot> {
    const states = Array.from(this.#cells.codes, (code) => STATES[code] as NodeState);
    const continued: number[] = [];
    for (let node = 0; node < states.length; node++)
      if ((this.#cells.codes[node] as number) >= FAILED_ON) continued.push(node);
    return { states, continued };
  }

  #end(node: number, policy: FailurePolicy): FrontierChange {
    const ready: number[] = [];
    const skipped: number[] = [];
    if (policy === "continue") {
      this.#cells.release(node, ready);
      return { ready, skipped };
    }
    this.#cells.skipDependents(node, skipped);
    return { ready, skipped: skipped.sort(ascending) };
  }

  /** `node` and the dependents whose state rests on its outcome. Changes nothing. */
  #nodesToReset(node: number): number[] {
    const { offsets, targets } = this.graph.dependents;
    const found = new Set([node]);
    // A set is iterated in the order of insertion, also over what is added meanwhile.
    for (const each of found) {
      if (!isTerminal(this.#cells.codes[each] as number)) continue;
      for (let edge = offsets[each] as number, end = offsets[each + 1] as number; edge < end; edge++) {
        const dependent = targets[edge] as number;
        if (this.#cells.codes[dependent] === RUNNING) throw runningDependent(this.graph, node, dependent);
        if (this.#cells.codes[dependent] !== BLOCKED) found.add(dependent);
      }
    }
    return [...found];
  }

  #adopt(snapshot: Required<FrontierSnapshot>): void {
    const pending: number[] = [];
    const continued = new Set(snapshot.continued);
    for (let node = 0; node < this.#cells.codes.length; node++) {
      const state = snapshot.states[node] as FrontierSnapshot["states"][number];
      this.#cells.move(node, BLOCKED);
      if (state === "pending" || state === "blocked" || state === "ready") {
        pending.push(node);
        continue;
      }
      this.#cells.move(node, CODES[state] + (continued.has(node) ? FAILED_ON - FAILED : 0));
      if (isSatisfied(this.#cells.codes[node] as number)) this.#cells.release(node, []);
    }
    this.#cells.place(pending);
  }

  #known(node: number): number {
    const code = Number.isInteger(node) ? this.#cells.codes[node] : undefined;
    if (code === undefined) throw unknownNode(node, this.graph.size);
    return code;
  }

  #checkStarted(node: number, event: string): void {
    const code = this.#known(node);
    if (code !== READY && code !== RUNNING) throw misfit(this.graph, node, this.state(node), event);
  }
}
