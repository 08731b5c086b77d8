import type { Clock } from "@orch/core";
import type { CompiledDemand } from "./compiled-demand.ts";
import type { Grant } from "./ledger-state.ts";
import type { Refusal } from "./refusal.ts";

/** One who waits until a demand fits. */
export interface Waiter {
  readonly demand: CompiledDemand;
  readonly user: string;
  /** Place in the order: the time of arrival, later by `agingMs` per level of priority. Also the ticket for locks. */
  readonly ticket: number;
  /** Monotonic time of arrival. */
  readonly since: number;
  /** Called once, with the grant or with the refusal that no waiting can change. */
  readonly settle: (outcome: Grant | Refusal) => void;
}

/** What the list needs from the one who keeps the capacity. */
export interface WaitingHost {
  readonly clock: Clock;
  /** Tries to grant, leaving `avoid` alone; `null` when that could not even be tried now (the store is locked). */
  readonly attempt: (waiter: Waiter, avoid: ReadonlySet<string>) => Grant | Refusal | null;
  /** `waiter` stands in the queues of `names` from now on. */
  readonly stands: (waiter: Waiter, names: readonly string[]) => void;
  /** `waiter` stands in no queue any more; called before those behind are served. */
  readonly left: (waiter: Waiter) => void;
  /** The resources and locks that `demand` may use. */
  readonly namesOf: (demand: CompiledDemand) => readonly string[];
}

/** After this long a waiter is served before later ones of any of its resources; also the lead of a level of priority. */
const AGING_MS = 60_000;
/** When a try that failed for the store is repeated. */
const RETRY_MS = 5;

/**
 * Those who wait, in a queue per resource or lock that they lack; first in, first out in each, so a small request does not
 * pass a large one, while nobody holds up a resource that he does not lack. One who lacks several in turn could be passed
 * for ever: after a minute he stands in the queues of everything he needs. A higher priority counts like an earlier
 * arrival, a minute per level, so lower ones do not starve. Nobody holds anything while waiting.
 */
export class WaitingList {
  readonly #host: WaitingHost;
  readonly #queues = new Map<string, Waiter[]>();
  readonly #places = new Map<Waiter, readonly string[]>();
  readonly #timers = new Map<string, () => void>();
  readonly #freed = new Set<string>();
  #serving = false;
  #lastArrival = 0;

  constructor(host: WaitingHost) {
    this.#host = host;
  }

  /** How many wait. */
  get size(): number {
    return this.#places.size;
  }

  /** The resources and locks that somebody waits for. */
  get names(): string[] {
    return [...this.#queues.keys()];
  }

  /** A place in the order for one who arrives now; strictly after those who arrived before with the same priority. */
  arrive(priority: number): { since: number; ticket: number } {
    const now = this.#host.clock.monotonic();
    this.#lastArrival = Math.max(now, this.#lastArrival + 0.001);
    return { since: now, ticket: this.#lastArrival + priority * AGING_MS };
  }

  /** The resources of `demand` that one with `ticket` must leave to those who wait before him. */
  takenBefore(demand: CompiledDemand, ticket: number): ReadonlySet<string> {
    return this.#heads(demand, (head) => head.ticket < ticket);
  }

  /** The resources of `demand` that one who does not wait must leave to those who have waited for more than a minute. */
  reserved(demand: CompiledDemand): ReadonlySet<string> {
    return this.#heads(demand, (head) => this.#isAged(head));
  }

  /** Lets `waiter` wait, after a try that was refused with `refused`. */
  park(waiter: Waiter, refused: Refusal): void {
    this.#places.set(waiter, []);
    this.#stand(waiter, refused);
  }

  /** Takes `waiter` out, and serves those who stood behind him; false when he was served already. */
  leave(waiter: Waiter): boolean {
    const names = this.#places.get(waiter);
    if (names === undefined) return false;
    this.#step(waiter);
    this.#places.delete(waiter);
    this.freed(names);
    return true;
  }

  /** Something of `names` came back, or grew: serves those who wait for it as far as it goes. */
  freed(names: Iterable<string>): void {
    for (const name of names) if (this.#queues.has(name)) this.#freed.add(name);
    if (this.#serving) return;
    this.#serving = true;
    try {
      for (const name of this.#freed) {
        this.#freed.delete(name);
        this.#serve(name);
      }
    } finally {
      this.#serving = false;
    }
  }

  /** Stops all timers; those who wait are told by their owners. */
  close(): void {
    for (const undo of this.#timers.values()) undo();
    this.#timers.clear();
  }

  #serve(name: string): void {
    for (;;) {
      const waiter = this.#queues.get(name)?.[0];
      if (waiter === undefined) return;
      const outcome = this.#host.attempt(waiter, this.takenBefore(waiter.demand, waiter.ticket));
      if (outcome === null) {
        this.#arm(name, RETRY_MS);
        return;
      }
      if (outcome.ok || outcome.never) {
        this.leave(waiter);
        waiter.settle(outcome);
        continue;
      }
      // He lacks something else now: he waits there, and the next one here has his turn.
      this.#step(waiter);
      this.#stand(waiter, outcome);
      if (this.#places.get(waiter)?.includes(name)) return;
    }
  }

  #stand(waiter: Waiter, refused: Refusal): void {
    const names = this.#isAged(waiter) ? [...this.#host.namesOf(waiter.demand)] : refused.watch;
    this.#places.set(waiter, names);
    this.#host.stands(waiter, names);
    for (const name of names) {
      const queue = this.#queues.get(name);
      if (queue === undefined) this.#queues.set(name, [waiter]);
      else queue.splice(queue.findLastIndex((other) => other.ticket < waiter.ticket) + 1, 0, waiter);
    }
    // Whoever is not first is tried again when the one before him leaves.
    const first = names.find((name) => this.#queues.get(name)?.[0] === waiter);
    if (refused.retryAt === null || first === undefined) return;
    this.#arm(first, Math.max(1, refused.retryAt - this.#host.clock.monotonic()));
  }

  #step(waiter: Waiter): void {
    this.#host.left(waiter);
    for (const name of this.#places.get(waiter) ?? []) {
      const queue = this.#queues.get(name);
      const at = queue?.indexOf(waiter) ?? -1;
      if (at >= 0) queue?.splice(at, 1);
      if (queue?.length !== 0) continue;
      this.#queues.delete(name);
      this.#timers.get(name)?.();
      this.#timers.delete(name);
    }
    this.#places.set(waiter, []);
  }

  #arm(name: string, delayMs: number): void {
    this.#timers.get(name)?.();
    const fire = () => {
      this.#timers.delete(name);
      this.freed([name]);
    };
    this.#timers.set(name, this.#host.clock.setTimer(fire, delayMs));
  }

  #isAged({ since }: Waiter): boolean {
    return this.#host.clock.monotonic() - since >= AGING_MS;
  }

  #heads(demand: CompiledDemand, counts: (head: Waiter) => boolean): ReadonlySet<string> {
    const names = this.#host.namesOf(demand).filter((name) => {
      const head = this.#queues.get(name)?.[0];
      return head !== undefined && counts(head);
    });
    return new Set(names);
  }
}
