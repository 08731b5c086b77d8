import { Ring } from "@orch/dag";
import { PRIORITY_LEVELS } from "./task-priority.ts";

/** A queue of one ring per priority: most urgent first, first in, first out within a level. Everything is O(levels). */
export class PriorityQueue<Item> {
  /** A ring is made when its level is first used: most queues have one. */
  readonly #levels: (Ring<Item> | undefined)[] = Array.from({ length: PRIORITY_LEVELS });
  #size = 0;
  /** No level before this one has an item. */
  #first = PRIORITY_LEVELS;

  get size(): number {
    return this.#size;
  }

  /** Adds an item behind those of its level (0 is the most urgent one). */
  push(item: Item, level: number): void {
    const ring = this.#levels[level] ?? new Ring<Item>();
    this.#levels[level] = ring;
    ring.push(item);
    this.#size++;
    if (level < this.#first) this.#first = level;
  }

  /** The next item, or the next one of a level, left in place. */
  peek(level = this.#first): Item | undefined {
    return this.#levels[level]?.peek();
  }

  /** All items, in the order in which they would be shifted. */
  *[Symbol.iterator](): Generator<Item, void, undefined> {
    for (const ring of this.#levels) if (ring) yield* ring;
  }

  /** Removes and returns the next item, or the next one of a level. */
  shift(level = this.#first): Item | undefined {
    const item = this.#levels[level]?.shift();
    if (item !== undefined) this.#size--;
    while (this.#first < PRIORITY_LEVELS && !this.#levels[this.#first]?.length) this.#first++;
    return item;
  }
}
