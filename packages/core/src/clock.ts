/**
 * Where time comes from. Everything else takes a {@link Clock}; only this file reads the real one, so that tests can
 * step time by hand (`ManualClock` in `@orch/core/testing`).
 */
export interface Clock {
  /** Wall-clock time, milliseconds since the epoch: for records and display, never for durations. */
  now(): number;
  /** Milliseconds on a clock that never jumps: for durations, delays and leases. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs` (any length; below 0 counts as 0). Returns the undo. */
  setTimer(callback: () => void, delayMs: number): () => void;
}

/** The longest delay that a timer of the platform takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The real time. Its timers keep the process alive until they fire or are undone. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, delayMs) {
    const due = performance.now() + delayMs;
    let handle: ReturnType<typeof setTimeout>;
    const arm = () => {
      const left = due - performance.now();
      // Long delays are chained, since one timer cannot hold them.
      handle = left > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(callback, Math.max(0, left));
    };
    arm();
    return () => clearTimeout(handle);
  },
};

/** The `Date` of an instant in milliseconds since the epoch. */
export const toDate = (epochMs: number): Date => new Date(epochMs);

/** ISO-8601 text of an instant in milliseconds since the epoch, in UTC with an explicit offset. */
export const toIso = (epochMs: number): string => new Date(epochMs).toISOString().replace("Z", "+00:00");

/** Milliseconds since the epoch of an ISO-8601 text, or `null` when it is none. */
export function fromIso(text: string): number | null {
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? null : epochMs;
}

/** Resolves after `delayMs` on `clock`; rejects at once with the signal's reason when it aborts. */
export function sleep(delayMs: number, { clock = systemClock, signal }: { clock?: Clock; signal?: AbortSignal } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      undo();
      reject(signal?.reason);
    };
    const undo = clock.setTimer(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
