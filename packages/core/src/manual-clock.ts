import type { Clock } from "./clock.ts";

/** 2026-01-01T00:00:00Z */
const START_MS = 1_767_225_600_000;

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to move: timers fire in order of time, then of setting, while it advances. */
export class ManualClock implements Clock {
  #monotonic = 0;
  /** The wall clock at the monotonic clock's zero. */
  #epoch: number;
  /** In the order of setting, which a Set keeps. */
  readonly #timers = new Set<Timer>();

  readonly #machine: { readonly boot: string; readonly aheadMs: number } | null;

  /**
   * Starts at `startMs` since the epoch, 2026-01-01T00:00:00Z unless given. `machine`: the clock of the machine, none
   * unless given.
   */
  constructor(
    startMs = START_MS,
    {
      machine = null,
    }: { readonly machine?: { readonly boot: string; readonly aheadMs: number } | null } = {},
  ) {
    this.#epoch = startMs;
    this.#machine = machine;
  }

  machine(): { readonly boot: string; readonly aheadMs: number } | null {
    return this.#machine;
  }

  now(): number {
    return this.#epoch + this.#monotonic;
  }

  /** Milliseconds that it was moved on. */
  monotonic(): number {
    return this.#monotonic;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { due: this.#monotonic + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Moves on by `ms` (below 0 counts as 0) and fires what is due on the way, each at its own instant; also timers set
   * meanwhile. What a timer throws is thrown on, and the clock stays at that timer's instant. O(timers) for each that fires.
   */
  advance(ms: number): void {
    const end = this.#monotonic + Math.max(0, ms);
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#moveTo(next.due);
      this.#timers.delete(next);
      next.callback();
    }
    this.#moveTo(end);
  }

  /** Moves on to the next timer and fires it and those due with it; false when there is none. */
  advanceToNext(): boolean {
    const next = this.#next(Number.POSITIVE_INFINITY);
    if (next) this.advance(next.due - this.#monotonic);
    return next !== undefined;
  }

  /** Sets the wall clock alone, as an operator or NTP would. */
  jumpTo(epochMs: number): void {
    this.#epoch = epochMs - this.#monotonic;
  }

  /** Never back: a timer may have advanced the clock beyond the end of the advance that fired it. */
  #moveTo(monotonic: number): void {
    this.#monotonic = Math.max(this.#monotonic, monotonic);
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (!first || timer.due < first.due)) first = timer;
    }
    return first;
  }
}
