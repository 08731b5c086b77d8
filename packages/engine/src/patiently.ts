import { type Clock, onceUnlocked, type Store, type StoreTransaction } from "@orch/core";

/** How long a busy store is tried again. */
const PATIENCE_MS = 500;

/** What the synchronous `work` gives in one transaction, tried again for half a second while others write. Throws STORE_LOCKED. */
export const patiently = <Result>(
  work: (tx: StoreTransaction) => Result,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<Result> => onceUnlocked(PATIENCE_MS, clock, () => store.transact(work));
