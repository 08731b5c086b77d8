import { Ring } from "@orch/dag";
import { PRIORITY_LEVELS } from "./task-priority.ts";

/** A queue of one ring per priority: most urgent first, first in, first out within a level. Everything is O(levels). */
export class PriorityQueue<Item> {
  readonly #levels = Array.from({ length: PRIORITY_LEVELS }, () => new Ring<Item>());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The most urgent level with an item, or {@link PRIORITY_LEVELS} when empty. */
  get level(): number {
    const level = this.#levels.findIndex((ring) => ring.length > 0);
    return level < 0 ? PRIORITY_LEVELS : level;
  }

  /** Adds an item behind those of its level (0 is the most urgent one). */
  push(item: Item, level: number): void {
    this.#levels[level]?.push(item);
    this.#size++;
  }

  /** Puts an item that was just taken back in front of its level. O(items of the level). */
  unshift(item: Item, level: number): void {
    const ring = this.#levels[level];
    const behind = ring === undefined ? [] : [...ring];
    ring?.clear();
    for (const each of [item, ...behind]) ring?.push(each);
    this.#size++;
  }

  /** The next item, left in place. */
  peek(level = this.level): Item | undefined {
    return this.#levels[level]?.peek();
  }

  /** Removes and returns the next item. */
  shift(level = this.level): Item | undefined {
    const item = this.#levels[level]?.shift();
    if (item !== undefined) this.#size--;
    return item;
  }
}
