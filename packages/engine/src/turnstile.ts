/** Lets a number of callers in at a time, first come, first served; who gives up leaves the line. O(1) each. */
export class Turnstile {
  readonly #limit: number;
  #inside = 0;
  readonly #line = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves when there is a place, which is to be given back. Rejects with the signal's reason; nothing is to be given back then. */
  enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#inside < this.#limit) {
      this.#inside++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#line.delete(enter);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#line.add(enter);
    });
  }

  /** Gives a place back: the first in the line has it. */
  leave(): void {
    for (const enter of this.#line) {
      this.#line.delete(enter);
      enter();
      return;
    }
    this.#inside--;
  }
}
