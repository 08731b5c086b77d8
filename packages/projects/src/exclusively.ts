import { type Store, type StoreTransaction, whileLocked } from "@orch/core";

/** How long a locked store is tried again, as long as when it is opened: changes of projects are rare, and made by hand. */
const PATIENCE_MS = 2000;
/**
 * Runs the synchronous `work` while nobody else, in whatever process, changes a project of this store: what it reads of a
 * project and writes to it is one change. Throws STORE_LOCKED when others write for two seconds.
 */
export const exclusively = <Result>(store: Store, work: (tx: StoreTransaction) => Result): Result =>
  whileLocked(PATIENCE_MS, () => store.transact(work));
