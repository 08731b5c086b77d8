/** Who waits for a thread. */
interface Turnstile {
  readonly enter: () => void;
}

/**
 * Places for running attempts, given in the order of asking. The pool of threads has a queue of its own, but forgets it
 * when a thread is ended: it never gets more than it has threads for.
 */
export class ThreadSlots {
  #free: number;
  readonly #waiting = new Set<Turnstile>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves true with a place, which is to be given back, or false when `signal` aborts first. */
  take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const leave = (entered: boolean) => {
        this.#waiting.delete(turnstile);
        signal.removeEventListener("abort", onAbort);
        resolve(entered);
      };
      const onAbort = () => leave(false);
      const turnstile: Turnstile = { enter: () => leave(true) };
      this.#waiting.add(turnstile);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Gives a place back: to who waits longest, if anybody does. */
  give(): void {
    const [next] = this.#waiting;
    if (next) next.enter();
    else this.#free++;
  }
}
