import { needIterable } from "@orch/core/base";

const SMALLEST = 16;
/** It shrinks no further than this: what fills and empties by turns would be copied each time. */
const SMALLEST_AFTER_GROWTH = 256;

/**
 * A first-in, first-out queue in a circular array that grows and shrinks with its content. `push` and `shift` are O(1)
 * amortised; no item is moved otherwise. An item that was shifted is let go at once.
 */
export class Ring<T> implements Iterable<T> {
  // The capacity is a power of two, so that `& mask` wraps an index. Items are live from head on, `#length` of them.
  #items: (T | undefined)[] = new Array<T | undefined>(SMALLEST);
  #head = 0;
  #length = 0;

  /** A ring that holds `items`, first in front. O(n). */
  constructor(items: Iterable<T> = []) {
    for (const item of needIterable("items", items) as Iterable<T>) this.push(item);
  }

  /** How many items wait. */
  get length(): number {
    return this.#length;
  }

  /** Appends `item` and returns the new length. */
  push(item: T): number {
    if (this.#length === this.#items.length) this.#resize(this.#length * 2);
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    return ++this.#length;
  }

  /** Removes the item that has waited longest and returns it; `undefined` when empty. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    // Half the capacity at a quarter full: the next resize is as many calls away as this one costs.
    if (this.#length * 4 < this.#items.length && this.#items.length > SMALLEST_AFTER_GROWTH)
      this.#resize(this.#items.length / 2);
    return item;
  }

  /** The item that {@link shift} would remove; `undefined` when empty. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head];
  }

  /** The item `position` places behind the front (0 is the front); `undefined` outside. */
  at(position: number): T | undefined {
    if (!(position >= 0 && position < this.#length)) return undefined;
    return this.#items[(this.#head + position) & (this.#items.length - 1)];
  }

  /** Lets go of all items. */
  clear(): void {
    this.#items = new Array<T | undefined>(SMALLEST);
    this.#head = 0;
    this.#length = 0;
  }

  /** The items, front to back, without removing them. What is pushed meanwhile is seen, too. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let position = 0; position < this.#length; position++) yield this.at(position) as T;
  }

  #resize(capacity: number): void {
    const items = new Array<T | undefined>(capacity);
    const mask = this.#items.length - 1;
    for (let position = 0; position < this.#length; position++)
      items[position] = this.#items[(this.#head + position) & mask];
    this.#items = items;
    this.#head = 0;
  }
}
