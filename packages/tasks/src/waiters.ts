import type { Clock, OrchestrationError } from "@orch/core";

interface Waiter {
  readonly missing: Set<string>;
  settle(done: boolean): void;
  fail(error: OrchestrationError): void;
}

/** Promises that wait for tasks to end. An end costs what waits for that task, not what waits at all. */
export class Waiters {
  readonly #byTask = new Map<string, Set<Waiter>>();
  readonly #all = new Set<Waiter>();
  #failure: OrchestrationError | null = null;

  /** How many wait. */
  get size(): number {
    return this.#all.size;
  }

  /** Resolves true when all of `ids` have ended, false after `timeoutMs` or {@link giveUp}; rejects when the loop has ended. */
  wait(ids: Iterable<string>, clock: Clock, timeoutMs?: number): Promise<boolean> {
    const missing = new Set(ids);
    if (missing.size === 0) return Promise.resolve(true);
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        stopTimer();
        this.#forget(waiter);
        settle();
      };
      const waiter: Waiter = {
        missing,
        settle: (done) => finish(() => resolve(done)),
        fail: (error) => finish(() => reject(error)),
      };
      const stopTimer =
        timeoutMs === undefined ? () => {} : clock.setTimer(() => waiter.settle(false), timeoutMs);
      this.#add(waiter);
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

  /** What they wait for will not end, as far as is known now: all that wait get false. */
  giveUp(): void {
    for (const waiter of [...this.#all]) waiter.settle(false);
  }

  /** Nothing will end any more: all that wait, and all that will, are rejected. */
  fail(error: OrchestrationError): void {
    this.#failure ??= error;
    for (const waiter of [...this.#all]) waiter.fail(error);
  }

  #add(waiter: Waiter): void {
    this.#all.add(waiter);
    for (const id of waiter.missing) {
      const known = this.#byTask.get(id);
      if (known) known.add(waiter);
      else this.#byTask.set(id, new Set([waiter]));
    }
  }

  #forget(waiter: Waiter): void {
    this.#all.delete(waiter);
    for (const id of waiter.missing) {
      const others = this.#byTask.get(id);
      others?.delete(waiter);
      if (others?.size === 0) this.#byTask.delete(id);
    }
  }
}
