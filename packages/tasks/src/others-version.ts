import type { Store } from "@orch/core";

/** How often the runtimes of this process have written to a store. */
interface Near {
  writes: number;
}

const known = new WeakMap<Store, Near>();

/**
 * What others than one runtime have written to a store: other processes, and other runtimes of this one through the same
 * store, whose commits are no news to the connection.
 */
export class OthersVersion {
  readonly #store: Store;
  readonly #near: Near;
  #own = 0;

  constructor(store: Store) {
    const near = known.get(store) ?? { writes: 0 };
    known.set(store, near);
    this.#store = store;
    this.#near = near;
  }

  /** A number that is another one whenever somebody else has written. It only grows. */
  now(): number {
    return this.#store.foreignVersion() + this.#near.writes - this.#own;
  }

  /** This runtime has written. */
  wrote(): void {
    this.#near.writes++;
    this.#own++;
  }
}
