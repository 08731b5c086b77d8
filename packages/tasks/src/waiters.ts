import type { Clock, OrchestrationError } from "@orch/core";
import { ChurnMap } from "@orch/core/base";
import type { Prospect } from "./prospects.ts";

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
  /** Which of them keeps the wait from being in vain, where that is looked at. */
  at: number;
  /** Whether that is known of it. */
  isSure: boolean;
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
  /** Of whom it is not known whether they wait in vain; null where nobody asks. */
  readonly #doubted: Waiter[] | null;
  #failure: OrchestrationError | null = null;

  /** `isReviewed`: `review` is called from time to time. */
  constructor({ isReviewed = false }: { readonly isReviewed?: boolean } = {}) {
    this.#doubted = isReviewed ? [] : null;
  }

  /** How many wait. */
  get size(): number {
    return this.#all.size;
  }

  /** Of how many it is not known whether they wait in vain. @internal */
  get doubted(): number {
    return this.#doubted?.length ?? 0;
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

  /** The same for what is there, and for what is not, by its id. `isSure`: the last of them can end. @internal */
  waitFor(
    given: readonly (Waitable | string)[],
    clock: Clock,
    timeoutMs?: number,
    isSure = false,
  ): Promise<boolean> {
    if (given.length === 0) return Promise.resolve(true);
    if (this.#failure) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const awaited: Waitable[] = [];
    const waiter: Waiter = {
      awaited,
      left: given.length,
      resolve,
      reject,
      stopTimer: null,
      at: given.length - 1,
      isSure,
    };
    for (const each of given) {
      const one = typeof each === "string" ? this.#stand(each) : each;
      awaited.push(one);
      join(one, waiter);
    }
    this.#all.set(waiter, waiter);
    if (!isSure) this.#doubted?.push(waiter);
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
    if (!Array.isArray(waiters)) this.#lacksOneLess(waiters, awaited);
    else for (const waiter of waiters) this.#lacksOneLess(waiter, awaited);
  }

  /**
   * Looks at the first `many` of whom it is not known whether they wait in vain: who does gets false. Somebody who waits for
   * something that can end is looked at again when that has ended. `prospectOf` is asked for a task, or for an id.
   * O(what they wait for), once for all looks at somebody as long as nothing gets better. @internal
   */
  review(many: number, prospectOf: (awaited: Waitable | string) => Prospect): void {
    for (const waiter of this.#doubted?.splice(0, many) ?? []) {
      if (!this.#all.has(waiter)) continue;
      const prospect = lookAround(waiter, prospectOf);
      if (prospect === "vain") this.#settle(waiter, false);
      else if (prospect === "open") waiter.isSure = true;
      else this.#doubted?.push(waiter);
    }
  }

  /** What was known of what they wait for counts no more: all are to be looked at. @internal */
  doubtAll(): void {
    for (const waiter of this.#all.values()) this.#doubt(waiter);
  }

  /** What they wait for will not end, as far as is known now: all that wait get false. */
  giveUp(): void {
    if (this.#doubted) this.#doubted.length = 0;
    for (const waiter of [...this.#all.values()]) this.#settle(waiter, false);
  }

  /** Nothing will end any more: all that wait, and all that will, are rejected. */
  fail(error: OrchestrationError): void {
    this.#failure ??= error;
    if (this.#doubted) this.#doubted.length = 0;
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

  #lacksOneLess(waiter: Waiter, ended: Waitable): void {
    if (--waiter.left === 0) this.#settle(waiter, true);
    else if (waiter.awaited[waiter.at] === ended) this.#doubt(waiter);
  }

  #doubt(waiter: Waiter): void {
    if (!this.#doubted || !waiter.isSure) return;
    waiter.isSure = false;
    this.#doubted.push(waiter);
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

/**
 * Finds something that keeps a wait from being in vain, from the place of the last such thing down: what was added first
 * most often ends first, so that the last is seldom looked for.
 */
function lookAround(waiter: Waiter, prospectOf: (awaited: Waitable | string) => Prospect): Prospect {
  const { awaited, at } = waiter;
  for (let seen = 0; seen < awaited.length; seen++) {
    waiter.at = (at + awaited.length - seen) % awaited.length;
    const each = awaited[waiter.at];
    // Nobody waits any more for what has ended.
    if (!each || each.waiters === null) continue;
    const prospect = prospectOf("id" in each ? (each as Named).id : each);
    if (prospect !== "vain") return prospect;
  }
  return "vain";
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
