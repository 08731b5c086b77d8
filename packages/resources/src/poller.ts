import type { Clock } from "@orch/core";

/** How often it is looked: at first and after each change, and when nothing has changed for a while. */
const POLL_MS = 2;
const LONGEST_POLL_MS = 25;

/** What a look has found. */
export interface Look {
  readonly changed: boolean;
  /** When to look again at the latest, in milliseconds. */
  readonly againMs: number;
}

/** Looks again and again, ever more rarely while nothing changes, until there is nothing to look for. */
export class Poller {
  readonly #clock: Clock;
  readonly #look: () => Look | null;
  #undo: (() => void) | null = null;

  /** `look` returns `null` when there is nothing to look for any more. */
  constructor(clock: Clock, look: () => Look | null) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Begins to look, unless it does already. */
  start(): void {
    if (this.#undo === null) this.#arm(POLL_MS);
  }

  /** Looks no more until {@link start}. */
  stop(): void {
    this.#undo?.();
    this.#undo = null;
  }

  #arm(delayMs: number): void {
    this.#undo = this.#clock.setTimer(() => {
      this.#undo = null;
      const found = this.#look();
      // Looking may have begun anew meanwhile.
      if (found === null || this.#undo !== null) return;
      const next = found.changed ? POLL_MS : Math.min(delayMs * 1.5, LONGEST_POLL_MS);
      this.#arm(Math.max(1, Math.min(next, found.againMs)));
    }, delayMs);
  }
}
