import { OrchestrationError, type StoreTransaction, sleep } from "@orch/core";
import type { TaskRuntime } from "./task-runtime.ts";

/** How long a write is offered to a store that another process holds. */
const OFFER_MS = 5000;
const OFFER_AGAIN_MS = 20;

/**
 * Writes something beside the loop: what another process is to find. Throws STORE_LOCKED when the store is held for five
 * seconds, and what else the store throws.
 */
export async function offerWrite(
  write: (tx: StoreTransaction) => void,
  { store, clock }: Pick<TaskRuntime, "store" | "clock">,
): Promise<void> {
  const until = clock.monotonic() + OFFER_MS;
  for (;;) {
    try {
      store.transact(write);
      return;
    } catch (error) {
      const isLocked = error instanceof OrchestrationError && error.code === "STORE_LOCKED";
      if (!isLocked || clock.monotonic() > until) throw error;
      await sleep(OFFER_AGAIN_MS, { clock });
    }
  }
}
