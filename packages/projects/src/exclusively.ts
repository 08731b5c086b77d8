import { OrchestrationError, type Store, type StoreTransaction, systemClock } from "@orch/core";

/** How long a locked store is tried again, as long as when it is opened: changes of projects are rare, and made by hand. */
const PATIENCE_MS = 2000;
/** The pause between two attempts. */
const PAUSE_MS = 1;

/**
 * Runs the synchronous `work` while nobody else, in whatever process, changes a project of this store: what it reads of a
 * project and writes to it is one change. Throws STORE_LOCKED when others write for two seconds.
 */
export function exclusively<Result>(store: Store, work: (tx: StoreTransaction) => Result): Result {
  const deadline = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      return store.transact(work);
    } catch (error) {
      const isLocked = error instanceof OrchestrationError && error.code === "STORE_LOCKED";
      if (!isLocked || systemClock.monotonic() >= deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
