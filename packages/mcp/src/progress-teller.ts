import type { Clock } from "@orch/core";
import type { Progress } from "./tool.ts";

/** At most four a second. */
const INTERVAL_MS = 250;

/**
 * Tells progress on: only what is further than before, the newest where much happens at once, nothing after it was
 * disposed of.
 */
export class ProgressTeller implements Disposable {
  readonly #tell: (progress: Progress) => void;
  readonly #clock: Clock;
  #told = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #waiting: Progress | null = null;
  #undoTimer: (() => void) | null = null;
  #closed = false;

  constructor(tell: (progress: Progress) => void, clock: Clock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  update(progress: Progress): void {
    if (this.#closed || progress.done <= Math.max(this.#told, this.#waiting?.done ?? 0)) return;
    this.#waiting = progress;
    const delayMs = this.#lastMs + INTERVAL_MS - this.#clock.monotonic();
    if (delayMs <= 0) this.#flush();
    else this.#undoTimer ??= this.#clock.setTimer(() => this.#flush(), delayMs, { background: true });
  }

  #flush(): void {
    const progress = this.#waiting;
    this.#stopTimer();
    this.#waiting = null;
    if (progress === null || this.#closed) return;
    this.#told = progress.done;
    this.#lastMs = this.#clock.monotonic();
    this.#tell(progress);
  }

  #stopTimer(): void {
    this.#undoTimer?.();
    this.#undoTimer = null;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#stopTimer();
  }
}
