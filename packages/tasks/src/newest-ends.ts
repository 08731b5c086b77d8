import { Heap } from "./heap.ts";

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
  readonly #heap = new Heap(goesFirst);

  /** Infinity: it lets go of none, and holds none. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Shows one; returns the one that is not among the newest, if there is one. O(log n) */
  offer(ended: Ended): Ended | null {
    if (this.#most === Number.POSITIVE_INFINITY) return null;
    if (this.#heap.size < this.#most) {
      this.#heap.push(ended);
      return null;
    }
    const first = this.#heap.peek();
    if (first === undefined || goesFirst(ended, first)) return ended;
    this.#heap.replaceTop(ended);
    return first;
  }
}
