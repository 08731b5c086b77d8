import type { Clock } from "@orch/core";

/** Calls back when what is under way has brought all it brings. */
export type Soon = (callback: () => void) => void;

/** So long at most the event loop does not turn because of ticks that follow each other in one turn of it. */
const YIELD_MS = 1;

/**
 * In this turn of the event loop, behind what is queued by now: right where a tick costs less than a turn. Once in
 * {@link YIELD_MS} in the next turn, so that timers and sockets get theirs.
 */
export function soonInThisTurn(clock: Clock): Soon {
  let turnedAtMs = clock.monotonic();
  return (callback) => {
    if (clock.monotonic() - turnedAtMs < YIELD_MS) {
      queueMicrotask(callback);
      return;
    }
    setImmediate(() => {
      turnedAtMs = clock.monotonic();
      callback();
    });
  };
}

/** In the next turn of the event loop: right where a tick is a commit, which as much as possible should share. */
export const soonInNextTurn: Soon = (callback) => {
  setImmediate(callback);
};

/** Calls once, however often it is asked to before. */
export class Alarm {
  readonly #call: () => void;
  readonly #soon: Soon;
  readonly #sooner: Soon;
  /** Stands for the call that is due; one that was overtaken comes to nothing. */
  #due: object | null = null;
  #isHurried = false;

  constructor(call: () => void, soon: Soon, sooner: Soon) {
    this.#call = call;
    this.#soon = soon;
    this.#sooner = sooner;
  }

  /** Calls soon. */
  ring(): void {
    if (this.#due === null) this.#arm(this.#soon);
  }

  /** Calls sooner. */
  hurry(): void {
    if (this.#isHurried) return;
    this.#isHurried = true;
    this.#arm(this.#sooner);
  }

  #arm(soon: Soon): void {
    const due = {};
    this.#due = due;
    soon(() => {
      if (this.#due !== due) return;
      this.#due = null;
      this.#isHurried = false;
      this.#call();
    });
  }
}
