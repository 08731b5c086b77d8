/** The record of a task that has ended, or of its giving up. */
export interface Ended {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** Whether `a` has to go before `b`: it ended earlier; of two that ended at once, the lower id. */
const goesFirst = (a: Ended, b: Ended): boolean =>
  a.endedAt < b.endedAt || (a.endedAt === b.endedAt && a.id < b.id);

/**
 * Those that ended last, of any number that are shown in any order: a heap of `most` with the one that goes first on top.
 * What it once let go is never among the last `most` of all.
 */
export class NewestEnds {
  readonly #most: number;
  readonly #heap: Ended[] = [];

  /** Infinity: it lets go of none, and holds none. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Shows one; returns the one that is not among the newest, if there is one. O(log n) */
  offer(ended: Ended): Ended | null {
    if (this.#most === Number.POSITIVE_INFINITY) return null;
    if (this.#heap.length < this.#most) {
      this.#up(ended);
      return null;
    }
    const [first] = this.#heap;
    if (first === undefined || goesFirst(ended, first)) return ended;
    this.#down(ended);
    return first;
  }

  /** Puts one at the end, and up to its place. */
  #up(ended: Ended): void {
    let at = this.#heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !goesFirst(ended, parent)) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = ended;
  }

  /** Puts one in the place of the first, and down to its place. */
  #down(ended: Ended): void {
    let at = 0;
    for (;;) {
      const below = this.#firstBelow(at);
      const child = this.#heap[below];
      if (child === undefined || !goesFirst(child, ended)) break;
      this.#heap[at] = child;
      at = below;
    }
    this.#heap[at] = ended;
  }

  /** The one of the two below a place that goes first. */
  #firstBelow(at: number): number {
    const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]];
    return left !== undefined && right !== undefined && goesFirst(right, left) ? 2 * at + 2 : 2 * at + 1;
  }
}
