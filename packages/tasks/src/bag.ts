/** What lies in a {@link Bag}, and where. */
export interface Bagged {
  place: number;
}

/**
 * Things in no order. O(1) in and out; unlike a `Set` it leaves no tables behind, which keep what was deleted from them alive
 * for the quick collections of V8.
 */
export class Bag<Item extends Bagged> implements Iterable<Item> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Puts in what is in no bag. */
  add(item: Item): void {
    item.place = this.#items.push(item) - 1;
  }

  /** Takes out what is in it. */
  delete(item: Item): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#items[item.place] = last;
    last.place = item.place;
  }

  /** What is in it now: what comes and goes meanwhile changes nothing. */
  [Symbol.iterator](): IterableIterator<Item> {
    return this.#items.slice().values();
  }
}
