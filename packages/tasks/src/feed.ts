import type { Frontier } from "@orch/dag";
import { PRIORITY_LEVELS } from "./task-priority.ts";

/** Numbers that are handed out as they become ready: what {@link runFibres} works on. */
export interface Feed {
  /** How many are ready now. */
  readonly length: number;
  /** The next one, or undefined when none is ready now. */
  shift(): number | undefined;
  /** One that was handed out has ended; others may be ready by it. */
  ended(node: number): void;
}

/** The numbers below `count`, all ready, in their order. */
export class CountingFeed implements Feed {
  readonly #count: number;
  #next = 0;

  constructor(count: number) {
    this.#count = count;
  }

  get length(): number {
    return this.#count - this.#next;
  }

  shift(): number | undefined {
    return this.#next < this.#count ? this.#next++ : undefined;
  }

  ended(): void {}
}

/** Numbers by level, 0 first; first in, first out within a level. */
export class LevelFeed implements Feed {
  readonly #levels: readonly number[][] = Array.from({ length: PRIORITY_LEVELS }, () => []);
  /** By level, where the next one lies. */
  readonly #firsts = new Int32Array(PRIORITY_LEVELS);
  readonly #levelOf: (node: number) => number;
  /** No level before this one has any. */
  #level = PRIORITY_LEVELS;
  #length = 0;

  constructor(levelOf: (node: number) => number) {
    this.#levelOf = levelOf;
  }

  get length(): number {
    return this.#length;
  }

  push(node: number): void {
    const level = this.#levelOf(node);
    this.#levels[level]?.push(node);
    if (level < this.#level) this.#level = level;
    this.#length++;
  }

  shift(): number | undefined {
    for (; this.#level < PRIORITY_LEVELS; this.#level++) {
      const first = this.#firsts[this.#level] as number;
      const node = this.#levels[this.#level]?.[first];
      if (node === undefined) continue;
      this.#firsts[this.#level] = first + 1;
      this.#length--;
      return node;
    }
    return undefined;
  }

  ended(): void {}
}

/** Nodes in the order in which they become ready; as each does so once, nothing ever moves. */
class ReadyNodes {
  readonly #nodes: Int32Array;
  #first = 0;
  #end = 0;

  constructor(most: number) {
    this.#nodes = new Int32Array(most);
  }

  get length(): number {
    return this.#end - this.#first;
  }

  push(node: number): void {
    this.#nodes[this.#end++] = node;
  }

  shift(): number | undefined {
    return this.#first < this.#end ? this.#nodes[this.#first++] : undefined;
  }
}

/** The nodes of a graph, each when its dependencies have ended; by level where one is given, else as they become ready. */
export class GraphFeed implements Feed {
  readonly #frontier: Frontier;
  readonly #ready: LevelFeed | ReadyNodes;
  readonly #isGood: ((node: number) => boolean) | null;

  /** `isGood` says of a node that has ended whether its dependents may run; without it they always may. */
  constructor(
    frontier: Frontier,
    levelOf: ((node: number) => number) | null,
    isGood: ((node: number) => boolean) | null = null,
  ) {
    this.#frontier = frontier;
    this.#isGood = isGood;
    this.#ready = levelOf ? new LevelFeed(levelOf) : new ReadyNodes(frontier.graph.size);
    for (const node of frontier.ready()) this.#ready.push(node);
  }

  get length(): number {
    return this.#ready.length;
  }

  shift(): number | undefined {
    return this.#ready.shift();
  }

  ended(node: number): void {
    if (this.#isGood === null || this.#isGood(node)) this.#frontier.complete(node, this.#ready);
    else this.#frontier.fail(node);
  }
}
