import type { Clock } from "@orch/core";

/** Who waits until no code runs any more. */
export class Drain {
  readonly #clock: Clock;
  readonly #isDrained: () => boolean;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock, isDrained: () => boolean) {
    this.#clock = clock;
    this.#isDrained = isDrained;
  }

  /** No code runs any more. */
  reached(): void {
    for (const resolve of this.#waiting) resolve();
  }

  /** Whether no code runs any more, after `ms` at the latest. */
  async wait(ms: number): Promise<boolean> {
    if (this.#isDrained()) return true;
    if (ms <= 0) return false;
    await new Promise<void>((resolve) => {
      const done = () => {
        stopTimer();
        this.#waiting.delete(done);
        resolve();
      };
      const stopTimer = this.#clock.setTimer(done, ms);
      this.#waiting.add(done);
    });
    return this.#isDrained();
  }
}
