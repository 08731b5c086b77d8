import type { Clock, OrchestrationError } from "@orch/core";
import { ChurnMap } from "@orch/core/base";

/** Something that ends once, and can be waited for. */
export interface Waitable {
  /** Who waits for it. Most often that is one: a list of its own for each would cost more than all else. */
  waiters: Waiter | Waiter[] | null;
}

/** Who waits for several things. */
interface Waiter {
  readonly awaited: readonly Waitable[];
  /** How many of them have not ended. */
  left: number;
  readonly resolve: (done: boolean) => void;
  readonly reject: (error: OrchestrationError) => void;
  stopTimer: (() => void) | null;
}

/** Stands for what is waited for and is known by its id alone. */
interface Named extends Waitable {
  readonly id: string;
}

/** Promises that wait for tasks to end. An end costs what waits for that task, not what waits at all. */
export class Waiters {
  /** By themselves. */
  readonly #all = new ChurnMap<Waiter, Waiter>();
  readonly #named = new Map<string, Named>();
  #failure: OrchestrationError | null = null;

  /** How many wait. */
  get size(): number {
    return this.#all.size;
  }

  /** Whether something is waited for by its id. @internal */
  get hasNamed(): boolean {
    return this.#named.size > 0;
  }

  /**
   * Resolves true when all that these ids, each once, stand for have ended, false after `timeoutMs` or {@link giveUp};
   * rejects when the loop has ended.
   */
  wait(ids: readonly string[], clock: Clock, timeoutMs?: number): Promise<boolean> {
    return this.waitFor(ids, clock, timeoutMs);
  }

  /** The same for what is there, and for what is not, by its id. @internal */
  waitFor(given: readonly (Waitable | string)[], clock: Clock, timeoutMs?: number): Promise<boolean> {
    if (given.length === 0) return Promise.resolve(true);
    if (this.#failure) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const awaited: Waitable[] = [];
    const waiter: Waiter = { awaited, left: given.length, resolve, reject, stopTimer: null };
    for (const each of given) {
      const one = typeof each === "string" ? this.#stand(each) : each;
      awaited.push(one);
      join(one, waiter);
    }
    this.#all.set(waiter, waiter);
    if (timeoutMs !== undefined) this.#limit(waiter, clock, timeoutMs);
    return promise;
  }

  /** What has this id has ended. */
  ended(id: string): void {
    const named = this.#named.get(id);
    this.#named.delete(id);
    if (named) this.endedHere(named);
  }

  /** It has ended: who waits for it itself, not for its id, is told. @internal */
  endedHere(awaited: Waitable): void {
    const { waiters } = awaited;
    if (waiters === null) return;
    awaited.waiters = null;
    if (!Array.isArray(waiters)) this.#lacksOneLess(waiters);
    else for (const waiter of waiters) this.#lacksOneLess(waiter);
  }

  /** What they wait for will not end, as far as is known now: all that wait get false. */
  giveUp(): void {
    for (const waiter of [...this.#all.values()]) this.#settle(waiter, false);
  }

  /** Nothing will end any more: all that wait, and all that will, are rejected. */
  fail(error: OrchestrationError): void {
    this.#failure ??= error;
    for (const waiter of [...this.#all.values()]) {
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
      if (each.waiters === null && "id" in each) this.#letGo(each as Named);
    }
  }

  /** The id may have ended since, and be waited for again under the same name. */
  #letGo(named: Named): void {
    if (this.#named.get(named.id) === named) this.#named.delete(named.id);
  }
}

function join(awaited: Waitable, waiter: Waiter): void {
  const { waiters } = awaited;
  if (Array.isArray(waiters)) waiters.push(waiter);
  else awaited.waiters = waiters ? [waiters, waiter] : waiter;
}

function leave(awaited: Waitable, waiter: Waiter): void {
  const { waiters } = awaited;
  if (waiters === waiter) awaited.waiters = null;
  if (!Array.isArray(waiters)) return;
  const others = waiters.filter((each) => each !== waiter);
  awaited.waiters = others.length > 0 ? others : null;
}
