import { systemClock } from "./clock.ts";
import { OrchestrationError } from "./errors.ts";

/** The pause between two attempts. */
const PAUSE_MS = 2;

/**
 * The result of the synchronous `work`, tried again for `patienceMs` while it throws STORE_LOCKED; then that is thrown, as is
 * all else at once. Holds the thread meanwhile: for calls that have to be done when they return.
 */
export function whileLocked<Result>(patienceMs: number, work: () => Result): Result {
  const deadline = systemClock.monotonic() + patienceMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const isLocked = error instanceof OrchestrationError && error.code === "STORE_LOCKED";
      if (!isLocked || systemClock.monotonic() >= deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
