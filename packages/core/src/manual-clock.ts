import type { Clock } from "./clock.ts";

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to move: timers fire in order while it advances. */
export class ManualClock implements Clock {
  #monotonic = 0;
  #wall: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** Starts at `startMs` since the epoch, 2026-01-01T00:00:00Z unless given. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#wall = startMs;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { due: this.#monotonic + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms` and fires what is due on the way, each at its own instant; also timers set meanwhile. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#move(next.due - this.#monotonic);
      this.#timers.delete(next);
      next.callback();
    }
    this.#move(end - this.#monotonic);
  }

  /** Moves on to the next timer and fires it; false when there is none. */
  advanceToNext(): boolean {
    const next = this.#next(Number.POSITIVE_INFINITY);
    if (next) this.advance(next.due - this.#monotonic);
    return next !== undefined;
  }

  /** Sets the wall clock alone, as an operator or NTP would. */
  jumpTo(epochMs: number): void {
    this.#wall = epochMs;
  }

  #move(ms: number): void {
    this.#monotonic += ms;
    this.#wall += ms;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  }
}
