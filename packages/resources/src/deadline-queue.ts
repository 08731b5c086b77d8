/** Something that ends at an instant, or never. */
export interface Timed {
  readonly deadline: number | null;
}

interface Entry<Item> {
  readonly at: number;
  readonly order: number;
  readonly item: Item;
}

/** Below this many, dead entries are not worth a clean-up. */
const FEW = 64;

/**
 * Items by their deadline, earliest first, ties in the order of entry: a binary heap, O(log n). An item whose deadline
 * moved is entered again; entries that no longer hold are dropped when they come up, or when they are the majority.
 */
export class DeadlineQueue<Item extends Timed> {
  #heap: Entry<Item>[] = [];
  #order = 0;
  #stale = 0;
  readonly #holds: (item: Item) => boolean;

  /** `holds` says whether an item still counts. */
  constructor(holds: (item: Item) => boolean) {
    this.#holds = holds;
  }

  /** Enters `item` at its present deadline; one without a deadline is not kept. */
  add(item: Item): void {
    if (item.deadline === null) return;
    const entry = { at: item.deadline, order: this.#order++, item };
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
  }

  /** To be called when an item that was entered no longer counts, so that the queue stays in proportion to those that do. */
  forget(): void {
    if (++this.#stale < FEW || this.#stale * 2 < this.#heap.length) return;
    this.#heap = this.#heap.filter((entry) => this.#isFresh(entry)).sort(byTime);
    this.#stale = 0;
  }

  /** The earliest deadline, or `null` when nothing is left. */
  next(): number | null {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#isFresh(top)) return top.at;
      this.#pop();
    }
    this.#stale = 0;
    return null;
  }

  /** Takes out all whose deadline is at or before `now`, earliest first. */
  takeDue(now: number): Item[] {
    const due: Item[] = [];
    for (let at = this.next(); at !== null && at <= now; at = this.next()) {
      const entry = this.#pop();
      if (entry !== undefined) due.push(entry.item);
    }
    return due;
  }

  /** Entries kept, stale ones included. */
  get size(): number {
    return this.#heap.length;
  }

  #isFresh({ at, item }: Entry<Item>): boolean {
    return item.deadline === at && this.#holds(item);
  }

  #pop(): Entry<Item> | undefined {
    const [top] = this.#heap;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#down(0);
    }
    return top;
  }

  #up(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfEarlier(at, parent)) return;
      at = parent;
    }
  }

  #down(from: number): void {
    for (let at = from; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const [a, b] = [this.#heap[left], this.#heap[right]];
      const child = b !== undefined && a !== undefined && byTime(b, a) < 0 ? right : left;
      if (a === undefined || !this.#swapIfEarlier(child, at)) return;
      at = child;
    }
  }

  #swapIfEarlier(at: number, other: number): boolean {
    const [a, b] = [this.#heap[at], this.#heap[other]];
    if (a === undefined || b === undefined || byTime(a, b) >= 0) return false;
    this.#heap[at] = b;
    this.#heap[other] = a;
    return true;
  }
}

const byTime = (a: Entry<unknown>, b: Entry<unknown>): number => a.at - b.at || a.order - b.order;
