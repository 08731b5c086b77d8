import type { Clock, OrchestrationError } from "@orch/core";

/** Something that ends once, and can be waited for. */
export interface Awaited {
  /** Who waits for it. Most often that is one: a list of its own for each would cost more than all else. */
  waiters: Waiter | Waiter[] | null;
}

/** Who waits for several things. */
interface Waiter {
  readonly awaited: readonly Awaited[];
  /** How many of them have not ended. */
  left: number;
  readonly resolve: (done: boolean) => void;
  readonly reject: (error: OrchestrationError) => void;
  stopTimer: (() => void) | null;
}

/** Stands for what is waited for and is known by its id alone. */
interface Named extends Awaited {
  readonly id: string;
}

/** Promises that wait for tasks to end. An end costs what waits for that task, not what waits at all. */
export class Waiters {
  readonly #all = new Set<Waiter>();
  readonly #named = new Map<string, Named>();
  #failure: OrchestrationError | null = null;

  /** How many wait. */
  get size(): number {
    return this.#all.size;
  }

  /** Whether something is waited for by its id. */
  get hasNamed(): boolean {
    return this.#named.size > 0;
  }

  /**
   * Resolves true when all that are `given`, each once, have ended, false after `timeoutMs` or {@link giveUp}; rejects
   * when the loop has ended.
   */
  wait(given: readonly (Awaited | string)[], clock: Clock, timeoutMs?: number): Promise<boolean> {
    if (given.length === 0) return Promise.resolve(true);
    if (this.#failure) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const awaited: Awaited[] = [];
    const waiter: Waiter = { awaited, left: given.length, resolve, reject, stopTimer: null };
    for (const each of given) {
      const one = typeof each === "string" ? this.#stand(each) : each;
      awaited.push(one);
      join(one, waiter);
    }
    this.#all.add(waiter);
    if (timeoutMs !== undefined) this.#limit(waiter, clock, timeoutMs);
    return promise;
  }

  /** It has ended. Who waits for its id is told by that, who waits for itself by itself. */
  ended(ended: Awaited | string): void {
    const awaited = typeof ended === "string" ? this.#named.get(ended) : ended;
    if (awaited === undefined || awaited.waiters === null) return;
    if (typeof ended === "string") this.#named.delete(ended);
    const { waiters } = awaited;
    awaited.waiters = null;
    if (!Array.isArray(waiters)) this.#lacksOneLess(waiters);
    else for (const waiter of waiters) this.#lacksOneLess(waiter);
  }

  /** What they wait for will not end, as far as is known now: all that wait get false. */
  giveUp(): void {
    for (const waiter of [...this.#all]) this.#settle(waiter, false);
  }

  /** Nothing will end any more: all that wait, and all that will, are rejected. */
  fail(error: OrchestrationError): void {
    this.#failure ??= error;
    for (const waiter of [...this.#all]) {
      this.#forget(waiter);
      waiter.reject(error);
    }
  }

  #limit(waiter: Waiter, clock: Clock, timeoutMs: number): void {
    waiter.stopTimer = clock.setTimer(() => this.#settle(waiter, false), timeoutMs);
  }

  #stand(id: string): Named {
    const known = this.#named.get(id);
    if (known) return known;
    const made: Named = { id, waiters: null };
    this.#named.set(id, made);
    return made;
  }

  #lacksOneLess(waiter: Waiter): void {
    if (--waiter.left === 0) this.#settle(waiter, true);
  }

  #settle(waiter: Waiter, done: boolean): void {
    this.#forget(waiter);
    waiter.resolve(done);
  }

  #forget(waiter: Waiter): void {
    waiter.stopTimer?.();
    this.#all.delete(waiter);
    // All have ended: none of them knows any more who has waited.
    if (waiter.left === 0) return;
    for (const each of waiter.awaited) {
      leave(each, waiter);
      if (each.waiters === null && "id" in each) this.#named.delete((each as Named).id);
    }
  }
}

function join(awaited: Awaited, waiter: Waiter): void {
  const { waiters } = awaited;
  if (Array.isArray(waiters)) waiters.push(waiter);
  else awaited.waiters = waiters ? [waiters, waiter] : waiter;
}

function leave(awaited: Awaited, waiter: Waiter): void {
  const { waiters } = awaited;
  if (waiters === waiter) awaited.waiters = null;
  if (!Array.isArray(waiters)) return;
  const others = waiters.filter((each) => each !== waiter);
  awaited.waiters = others.length > 0 ? others : null;
}
