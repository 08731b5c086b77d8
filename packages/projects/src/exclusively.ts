import { OrchestrationError, type Store, type StoreTransaction } from "@orch/core";

/** How often a locked store is tried again, and how long each pause is: 250 ms at most, as the call is synchronous. */
const ATTEMPTS = 250;
const PAUSE_MS = 1;

/**
 * Runs the synchronous `work` while nobody else, in whatever process, changes a project of this store: what it reads of a
 * project and writes to it is one change. Throws STORE_LOCKED when another process writes for 250 ms.
 */
export function exclusively<Result>(store: Store, work: (tx: StoreTransaction) => Result): Result {
  for (let attempt = 1; ; attempt++) {
    try {
      return store.transact(work);
    } catch (error) {
      const isLocked = error instanceof OrchestrationError && error.code === "STORE_LOCKED";
      if (!isLocked || attempt >= ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
