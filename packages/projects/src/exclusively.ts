import { type Clock, onceUnlocked, type Store, type StoreTransaction, whileLocked } from "@orch/core";

/** How long a locked store is tried again, as long as when it is opened: changes of projects are rare, and made by hand. */
const PATIENCE_MS = 2000;
/**
 * Runs the synchronous `work` while nobody else, in whatever process, changes a project of this store: what it reads of a
 * project and writes to it is one change. Throws STORE_LOCKED when others write for two seconds, or at once where it is tried
 * again from outside, by {@link patiently}.
 */
export const exclusively = <Result>(
  store: Store,
  work: (tx: StoreTransaction) => Result,
  { isPatient = true }: Patience = {},
): Result => whileLocked(isPatient ? PATIENCE_MS : 0, () => store.transact(work));

/** Whether a change holds the thread while it waits for a locked store. */
export interface Patience {
  /** @default true */
  readonly isPatient?: boolean;
}

/** Has `work` make changes that are not patient themselves, again and again for two seconds: the event loop goes on meanwhile. */
export const patiently = <Result>(
  clock: Clock,
  work: (patience: Required<Patience>) => Result,
): Promise<Result> => onceUnlocked(PATIENCE_MS, clock, () => work({ isPatient: false }));
