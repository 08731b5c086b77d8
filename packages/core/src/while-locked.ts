import { type Clock, sleep, systemClock } from "./clock.ts";
import { OrchestrationError } from "./errors.ts";

/** The pause between two attempts: of one who holds the thread meanwhile, and of one who does not. */
const PAUSE_MS = 2;
const LONG_PAUSE_MS = 20;

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
      if (!isLocked(error) || systemClock.monotonic() >= deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

/** The same for calls that can wait: the event loop goes on meanwhile. Rejects as that throws. */
export async function onceUnlocked<Result>(
  patienceMs: number,
  clock: Clock,
  work: () => Result,
): Promise<Result> {
  const deadline = clock.monotonic() + patienceMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error) || clock.monotonic() >= deadline) throw error;
      await sleep(LONG_PAUSE_MS, { clock });
    }
  }
}

const isLocked = (error: unknown): boolean =>
  error instanceof OrchestrationError && error.code === "STORE_LOCKED";
