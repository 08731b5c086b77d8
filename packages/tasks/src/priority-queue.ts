import { Ring } from "@orch/dag";
import { PRIORITY_LEVELS } from "./task-priority.ts";

/** A queue of one ring per priority: most urgent first, first in, first out within a level. Everything is O(levels). */
export class PriorityQueue<Item> {
  /** A ring is made when its level is first used: most queues have one. */
  readonly #levels: (Ring<Item> | undefined)[] = Array.from({ length: PRIORITY_LEVELS });
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The most urgent level with an item, or {@link PRIORITY_LEVELS} when empty. */
  get level(): number {
    let level = 0;
    while (level < PRIORITY_LEVELS && !this.#levels[level]?.length) level++;
    return level;
  }

  /** Adds an item behind those of its level (0 is the most urgent one). */
  push(item: Item, level: number): void {
    const ring = this.#levels[level] ?? new Ring<Item>();
    this.#levels[level] = ring;
    ring.push(item);
    this.#size++;
  }

  /** The next item, left in place. */
  peek(level = this.level): Item | undefined {
    return this.#levels[level]?.peek();
  }

  /** All items, in the order in which they would be shifted. */
  *[Symbol.iterator](): Generator<Item, void, undefined> {
    for (const ring of this.#levels) if (ring) yield* ring;
  }

  /** Removes and returns the next item. */
  shift(level = this.level): Item | undefined {
    const item = this.#levels[level]?.shift();
    if (item !== undefined) this.#size--;
    return item;
  }
}
