import { InvalidParametersError } from "@orch/core";
import { needCount, needFunction } from "@orch/core/base";

type Waiter = (value: undefined) => void;

/** How many emptied places at the front of the queue are kept before they are cut off. */
const MOST_EMPTY = 1_024;

/**
 * At most `permits` holders at a time, served first in, first out. `acquire` returns `undefined` at once while a permit is
 * free, and otherwise a promise for one, so both are awaited alike and the free way costs no promise. O(1) each, amortised.
 * For limits with amounts, owners or leases use a `ResourceManager`.
 */
export class Semaphore {
  readonly #permits: number;
  #free: number;
  #queue: Waiter[] = [];
  #head = 0;

  /** Throws INVALID_PARAMETERS unless `permits` is a whole number of 1 or more. */
  constructor(permits: number) {
    needCount("permits", permits);
    this.#permits = permits;
    this.#free = permits;
  }

  /** Permits that nobody holds. */
  get available(): number {
    return this.#free;
  }

  /** How many wait for a permit. */
  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  /** Takes a permit, at once if one is free, else when it is this caller's turn. */
  acquire(): undefined | Promise<undefined> {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => {
      this.#queue.push(resolve);
    });
  }

  /** Takes a permit if one is free; never waits. */
  tryAcquire(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /** Gives a permit back: the first who waits has it. Throws INVALID_STATE, changing nothing, when none is held. */
  release(): void {
    const queue = this.#queue;
    const next = queue[this.#head];
    if (next !== undefined) {
      this.#head++;
      if (this.#head === queue.length || this.#head > MOST_EMPTY) {
        this.#queue = queue.slice(this.#head);
        this.#head = 0;
      }
      next(undefined);
      return;
    }
    if (this.#free === this.#permits) {
      const message = `released more often than acquired: all ${this.#permits} permits are free`;
      throw new InvalidParametersError(message, {
        code: "INVALID_STATE",
        details: { permits: this.#permits },
      });
    }
    this.#free++;
  }

  /** Runs `work` with a permit and gives it back however that ends. */
  async use<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    needFunction("work", work);
    await this.acquire();
    try {
      return await work();
    } finally {
      this.release();
    }
  }
}
