import type { Clock, OrchestrationError } from "@orch/core";

interface Waiter {
  readonly ids: readonly string[];
  /** How many of them have not ended. */
  left: number;
  settle(done: boolean): void;
  fail(error: OrchestrationError): void;
}

/** Promises that wait for tasks to end. An end costs what waits for that task, not what waits at all. */
export class Waiters {
  /** Most often one waits for a task: a list of its own for each would cost more than all else. */
  readonly #byTask = new Map<string, Waiter | Waiter[]>();
  readonly #all = new Set<Waiter>();
  #failure: OrchestrationError | null = null;

  /** How many wait. */
  get size(): number {
    return this.#all.size;
  }

  /** Resolves true when all that are `given` have ended, false after `timeoutMs` or {@link giveUp}; rejects when the loop has ended. */
  wait(given: readonly string[], clock: Clock, timeoutMs?: number): Promise<boolean> {
    const ids = given.length > 1 ? [...new Set(given)] : given;
    if (ids.length === 0) return Promise.resolve(true);
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        stopTimer();
        this.#forget(waiter);
        settle();
      };
      const waiter: Waiter = {
        ids,
        left: ids.length,
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
    for (const waiter of listed(waiters)) if (--waiter.left === 0) waiter.settle(true);
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
    for (const id of waiter.ids) {
      const others = this.#byTask.get(id);
      if (Array.isArray(others)) others.push(waiter);
      else this.#byTask.set(id, others ? [others, waiter] : waiter);
    }
  }

  #forget(waiter: Waiter): void {
    this.#all.delete(waiter);
    // All have ended: nobody is there any more who waits for one of them.
    if (waiter.left === 0) return;
    for (const id of waiter.ids) {
      const others = listed(this.#byTask.get(id) ?? []).filter((each) => each !== waiter);
      if (others.length === 0) this.#byTask.delete(id);
      else this.#byTask.set(id, others);
    }
  }
}

const listed = (waiters: Waiter | Waiter[]): Waiter[] => (Array.isArray(waiters) ? waiters : [waiters]);
