import { type Entry, OrchestrationError, type Store } from "@orch/core";
import { taskKey } from "./task-key.ts";

/** What ids that were made here begin with, up to the year 2527. */
const MADE_HERE = "0";

/** Only its key is wanted: a large record is not read whole. */
const EDGE = { limit: 1, fields: ["status"] } as const;

const known = new WeakMap<Store, StoredIds>();

/**
 * Whether a store may have a row of a task with a certain id. Ids that were made here lie together in it: as long as there is
 * no row in front of them or behind, nobody has to look for an id of a caller's own.
 */
export class StoredIds {
  readonly #store: Store;
  /** Whether there is such a row; false only for the version that was looked at. */
  #hasOthers = false;
  #lookedAt: number | null = null;

  /** That of a store: all who write to it tell the same one. */
  static of(store: Store): StoredIds {
    const ids = known.get(store) ?? new StoredIds(store);
    known.set(store, ids);
    return ids;
  }

  private constructor(store: Store) {
    this.#store = store;
  }

  /** False when there is no such row in this version of the store, or in a later one. */
  mayHave(id: string, version: number): boolean {
    if (!this.#hasOthers && this.#lookedAt !== version) {
      this.#lookedAt = version;
      this.#hasOthers = this.#look();
    }
    return this.#hasOthers || id.startsWith(MADE_HERE);
  }

  /** This process writes such a row. */
  wrote(id: string): void {
    this.#hasOthers ||= !id.startsWith(MADE_HERE);
  }

  /** One that is damaged counts as such a row: it may be one, and somebody else says so better. */
  #look(): boolean {
    try {
      const rows = [false, true].flatMap((reverse) => this.#store.list(taskKey(""), { ...EDGE, reverse }));
      return rows.some(([key]: Entry) => !key.startsWith(taskKey(MADE_HERE)));
    } catch (error) {
      if (error instanceof OrchestrationError && error.code === "STORE_CORRUPT") return true;
      throw error;
    }
  }
}
