import type { Store } from "@orch/core";

/** How often ledgers of this process have written to a store: its own commits are no news to a connection. */
const writes = new WeakMap<Store, number>();

interface Version {
  readonly foreign: number;
  readonly near: number;
}

/** Whether anybody else has written to a store: through another connection, or in another ledger through the same one. */
export class StoreVersion {
  readonly #store: Store;
  #seen: Version | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The version now. */
  now(): Version {
    return { foreign: this.#store.foreignVersion(), near: writes.get(this.#store) ?? 0 };
  }

  /** Whether `version` holds something that was not read yet. */
  isNews({ foreign, near }: Version): boolean {
    return foreign !== this.#seen?.foreign || near !== this.#seen.near;
  }

  /** Everything up to `version` was read; `null`: it is to be read again. */
  seen(version: Version | null): void {
    this.#seen = version;
  }

  /** This ledger writes now: no news to itself. */
  written(): void {
    const near = (writes.get(this.#store) ?? 0) + 1;
    writes.set(this.#store, near);
    if (this.#seen?.near === near - 1) this.#seen = { ...this.#seen, near };
  }
}
