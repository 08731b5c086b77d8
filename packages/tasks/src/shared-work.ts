/** Work that is done once for all who wait for it at the same time; it is told to stop when the last of them has left. */
export class SharedWork<Result> {
  readonly #stop = new AbortController();
  readonly #result: Promise<Result>;
  #waiting = 0;
  #isOver = false;

  constructor(work: (signal: AbortSignal) => Promise<Result>) {
    this.#result = work(this.#stop.signal).finally(() => {
      this.#isOver = true;
    });
    // Whoever waits hears of it; when all have left, nobody does.
    this.#result.catch(() => {});
  }

  /** Whether it has ended, or was told to: who comes now begins anew. */
  get isOver(): boolean {
    return this.#isOver || this.#stop.signal.aborted;
  }

  /** Its result. Rejects with the reason of `signal` when that comes first. */
  join(signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#waiting++;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#leave();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const settled = this.#result.then(resolve, reject);
      void settled.finally(() => signal?.removeEventListener("abort", onAbort));
    });
  }

  #leave(): void {
    this.#waiting--;
    if (this.#waiting === 0) this.#stop.abort(new Error("nobody waits for it any more"));
  }
}
