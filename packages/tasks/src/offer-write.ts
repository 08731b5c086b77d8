import { onceUnlocked, type StoreTransaction } from "@orch/core";
import type { TaskRuntime } from "./task-runtime.ts";

/** How long a write is offered to a store that another process holds. */
const OFFER_MS = 5000;

/**
 * Writes something beside the loop: what another process is to find. Throws STORE_LOCKED when the store is held for five
 * seconds, and what else the store throws.
 */
export function offerWrite(
  write: (tx: StoreTransaction) => void,
  { store, clock }: Pick<TaskRuntime, "store" | "clock">,
): Promise<void> {
  return onceUnlocked(OFFER_MS, clock, () => store.transact(write));
}
