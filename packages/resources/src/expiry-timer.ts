import type { Clock } from "@orch/core";

/** When something that failed at its time is tried again. */
const RETRY_MS = 1_000;

/** One timer for whatever is due next. */
export class ExpiryTimer {
  readonly #clock: Clock;
  readonly #fire: () => void;
  #set: { readonly at: number; readonly undo: () => void } | null = null;

  /** `fire` does what is due and calls {@link at} with what is next; when it throws, it is called again a second later. */
  constructor(clock: Clock, fire: () => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** Fires at `next` on the monotonic clock, in place of what was set before; never for `null`. */
  at(next: number | null): void {
    if (next === (this.#set?.at ?? null)) return;
    this.#set?.undo();
    this.#set = null;
    if (next !== null) this.#arm(next, Math.max(1, next - this.#clock.monotonic()));
  }

  #arm(at: number, delayMs: number): void {
    const fire = () => {
      this.#set = null;
      try {
        this.#fire();
      } catch {
        this.#arm(at, RETRY_MS);
      }
    };
    this.#set = { at, undo: this.#clock.setTimer(fire, delayMs) };
  }
}
