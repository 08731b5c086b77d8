import type { Store } from "@orch/core";
import { backlogOwners } from "./backlog-row.ts";
import type { OthersVersion } from "./others-version.ts";

/**
 * Whether the store may have unfinished tasks of somebody else: of another process, or of an earlier life of this one. Asked
 * for every task with an id of its caller's, so the store is asked once in a turn of the event loop.
 */
export class Neighbours {
  readonly #store: Store;
  readonly #others: OthersVersion;
  /** The version of the file at the first look, when there was nobody; null when there was somebody. */
  #alone: number | null | undefined = undefined;
  #asked = false;

  constructor(store: Store, others: OthersVersion) {
    this.#store = store;
    this.#others = others;
  }

  /** True from the first sign of somebody on. */
  get any(): boolean {
    if (this.#alone === null) return true;
    if (this.#asked) return false;
    const version = this.#others.now();
    this.#alone ??= backlogOwners(this.#store).length > 0 ? null : version;
    if (this.#alone !== version) this.#alone = null;
    this.#asked = this.#alone !== null;
    if (this.#asked)
      setImmediate(() => {
        this.#asked = false;
      });
    return !this.#asked;
  }
}
