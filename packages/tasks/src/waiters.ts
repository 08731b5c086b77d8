import type { Clock, OrchestrationError } from "@orch/core";

interface Waiter {
  readonly missing: Set<string>;
  settle(done: boolean): void;
  fail(error: OrchestrationError): void;
}

/** Promises that wait for tasks to end. An end costs what waits for that task, not what waits at all. */
export class Waiters {
  readonly #byTask = new Map<string, Waiter[]>();
  readonly #all = new Set<Waiter>();

  /** Resolves true when all of `ids` have ended, false after `timeoutMs`; rejects when the loop ends. */
  wait(ids: Iterable<string>, clock: Clock, timeoutMs?: number): Promise<boolean> {
    const missing = new Set(ids);
    if (missing.size === 0) return Promise.resolve(true);
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        this.#all.delete(waiter);
        stopTimer();
        settle();
      };
      const waiter: Waiter = {
        missing,
        settle: (done) => finish(() => resolve(done)),
        fail: (error) => finish(() => reject(error)),
      };
      const stopTimer = timeoutMs === undefined ? () => {} : clock.setTimer(() => waiter.settle(false), timeoutMs);
      this.#all.add(waiter);
      for (const id of missing) {
        const known = this.#byTask.get(id);
        if (known) known.push(waiter);
        else this.#byTask.set(id, [waiter]);
      }
    });
  }

  /** A task has ended. */
  ended(id: string): void {
    const waiters = this.#byTask.get(id);
    if (!waiters) return;
    this.#byTask.delete(id);
    for (const waiter of waiters) {
      waiter.missing.delete(id);
      if (waiter.missing.size === 0) waiter.settle(true);
    }
  }

  /** Nothing will end any more. */
  fail(error: OrchestrationError): void {
    this.#byTask.clear();
    for (const waiter of [...this.#all]) waiter.fail(error);
  }
}
