import type { Clock } from "@orch/core";
import { ChurnMap } from "@orch/core/base";

interface Timer {
  readonly due: number;
  readonly undo: () => void;
}

/** Timers by key, at most one for each, so that all of them can be undone: a forgotten one would keep the process alive. */
export class Timers<Key> {
  readonly #clock: Clock;
  readonly #timers = new ChurnMap<Key, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `call` after `delayMs`, in place of what was set for `key`. */
  set(key: Key, delayMs: number, call: () => void): void {
    this.clear(key);
    const fire = () => {
      this.#timers.delete(key);
      call();
    };
    this.#timers.set(key, {
      due: this.#clock.monotonic() + delayMs,
      undo: this.#clock.setTimer(fire, delayMs),
    });
  }

  /** The same, unless `key` is due sooner anyway. */
  setSooner(key: Key, delayMs: number, call: () => void): void {
    const known = this.#timers.get(key);
    if (known === undefined || known.due > this.#clock.monotonic() + delayMs) this.set(key, delayMs, call);
  }

  /** Undoes what was set for `key`. */
  clear(key: Key): void {
    this.#timers.get(key)?.undo();
    this.#timers.delete(key);
  }

  /** Undoes everything. */
  clearAll(): void {
    for (const key of this.#timers.keys()) this.clear(key);
  }
}
