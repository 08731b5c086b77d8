import { machineTime } from "./machine-time.ts";

/**
 * Where time comes from. Everything else takes a {@link Clock}; only this file reads the real one, so that tests can
 * step time by hand (`ManualClock` in `@orch/core/testing`).
 */
export interface Clock {
  /** Wall-clock time, milliseconds since the epoch: for records and display, never for durations. */
  now(): number;
  /** Milliseconds on a clock that never jumps: for durations, delays and leases. */
  monotonic(): number;
  /**
   * Calls `callback` once, never before `delayMs` (any length; below 0 counts as 0) and never at once. Returns the
   * undo. The process may end before a timer in the background fires.
   */
  setTimer(callback: () => void, delayMs: number, options?: { readonly background?: boolean }): () => void;
  /**
   * How much the machine's own clock is ahead of {@link monotonic}, and what tells one run of the machine from another:
   * processes with the same `boot` can compare instants, whatever the wall clock was set to. `null`, or absent, where the
   * system does not tell.
   */
  machine?(): { readonly boot: string; readonly aheadMs: number } | null;
}

/** The longest delay that a timer of the platform takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Milliseconds on the clock that never jumps. Node's own way to it where there is one: the other costs five calls, and is
 * asked several times for each task.
 */
const monotonic: () => number =
  typeof globalThis.process?.hrtime === "function"
    ? () => {
        const [seconds, nanoseconds] = process.hrtime();
        return seconds * 1e3 + nanoseconds / 1e6;
      }
    : () => performance.now();

/** The real time. Its timers keep the process alive until they fire or are undone, but for those in the background. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic,
  machine: () => machineTime(monotonic),
  setTimer(callback, delayMs, { background = false } = {}) {
    const due = monotonic() + delayMs;
    let handle: ReturnType<typeof setTimeout>;
    const wait = () => {
      handle = setTimeout(check, Math.min(Math.max(0, due - monotonic()), LONGEST_TIMER_MS));
      if (background) handle.unref();
    };
    // Waits on after a part of a long delay, and where the platform fires a fraction of a millisecond early.
    const check = () => (monotonic() < due ? wait() : callback());
    wait();
    return () => clearTimeout(handle);
  },
};

/** The `Date` of an instant in milliseconds since the epoch. */
export const toDate = (epochMs: number): Date => new Date(epochMs);

/** Whether `value` is a `Date`. */
export const isDate = (value: unknown): value is Date => value instanceof Date;

/** ISO-8601 text of an instant in milliseconds since the epoch, in UTC with an explicit offset. */
export const toIso = (epochMs: number): string => new Date(epochMs).toISOString().replace("Z", "+00:00");

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i;
const OFFSET = /(?:Z|[+-]\d\d:?\d\d)$/i;

/**
 * Milliseconds since the epoch of an ISO-8601 text, or `null` when it is none (or names no day of the calendar). Digits
 * below a millisecond are cut. A text without an offset is in UTC, so that it means the same on every machine.
 */
export function fromIso(text: string): number | null {
  const [, year, month, day] = ISO.exec(text) ?? [];
  if (year === undefined || Number(day) > daysOf(Number(year), Number(month))) return null;
  const instant = text.length <= 10 || OFFSET.test(text.slice(10)) ? text : `${text}Z`;
  const epochMs = Date.parse(instant.replace(" ", "T").replace(",", "."));
  return Number.isNaN(epochMs) ? null : epochMs;
}

/** Days of a month, 1 to 12; the day before the first of the next one. */
const daysOf = (year: number, month: number): number =>
  new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

/** Resolves after `delayMs` on `clock`; rejects at once with the signal's reason when it aborts. */
export function sleep(
  delayMs: number,
  { clock = systemClock, signal }: { clock?: Clock; signal?: AbortSignal } = {},
): Promise<void> {
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
