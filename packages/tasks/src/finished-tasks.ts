import { Ring } from "@orch/dag";
import type { BookEntry } from "./book-entry.ts";

/** Tasks that have ended, in the order in which they did: which of them leave memory. */
export class FinishedTasks {
  readonly #order = new Ring<BookEntry>();
  readonly #most: number;

  /** Keeps the last `most`. */
  constructor(most: number) {
    this.#most = most;
  }

  add(entry: BookEntry): void {
    this.#order.push(entry);
  }

  /** Whether there are more than are kept. */
  get hasSurplus(): boolean {
    return this.#order.length > this.#most;
  }

  /** Takes out those beyond the limit. One that is still needed is marked and stays: it leaves when it is not any more. */
  *surplus(): Iterable<BookEntry> {
    while (this.hasSurplus) {
      const entry = this.#order.shift();
      if (entry === undefined) return;
      entry.surplus = true;
      if (entry.needed === 0) yield entry;
    }
  }
}
