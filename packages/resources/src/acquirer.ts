import { type Clock, type OrchestrationError, StorageError } from "@orch/core";
import { needSignal, unreadable, wrongArgument } from "@orch/core/base";
import type { Allocator } from "./allocator.ts";
import type { Ledger } from "./ledger.ts";
import type { Grant } from "./ledger-state.ts";
import { isAmount } from "./quantity.ts";
import type { Refusal } from "./refusal.ts";
import type { Request } from "./request.ts";
import type { SharedLedger } from "./shared-ledger.ts";
import { type Waiter, WaitingList } from "./waiting-list.ts";

/** How long to wait, and how to be called off. */
export interface WaitOptions {
  /** Longest wait; 0 does not wait. @default no limit */
  readonly waitTimeoutMs?: number | null;
  /** Ends the wait: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** 0 is served first; each level counts like an arrival one minute later. @default 2 */
  readonly priority?: number;
}

const DEFAULT_PRIORITY = 2;
/** How often a shared store is looked at while somebody waits. */
const POLL_MS = 10;
const NO_TICKET = Number.POSITIVE_INFINITY;
const NOBODY: ReadonlySet<string> = new Set();

/** Serves requests at once or lets them wait, in the order of {@link WaitingList}. */
export class Acquirer {
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #allocator: Allocator;
  readonly #waiting: WaitingList;
  readonly #requests = new Map<Waiter, Request>();
  readonly #calledOff = new Set<() => void>();

  #undoPoll: (() => void) | null = null;

  constructor(clock: Clock, shared: SharedLedger, allocator: Allocator) {
    const { ledger } = shared;
    this.#clock = clock;
    this.#ledger = ledger;
    this.#allocator = allocator;
    this.#waiting = new WaitingList({
      clock,
      attempt: (waiter, avoid) => this.#attempt(waiter, avoid),
      stands: ({ demand, ticket }, names) => shared.enqueue(demand, ticket, names),
      left: ({ demand, ticket }) => shared.dequeue(demand, ticket),
      namesOf: (demand) => ledger.namesOf(demand),
    });
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Grants now or refuses, leaving to those who have waited for more than a minute what they wait for. */
  now(request: Request): Grant | Refusal {
    const { demand, user, leaseMs, metadata } = request;
    const avoid = this.#waiting.size === 0 ? NOBODY : this.#waiting.reserved(demand);
    return this.#allocator.grant(demand, user, { leaseMs, metadata, avoid, ticket: NO_TICKET });
  }

  /** Grants as soon as it fits; a refusal means that it never will, or that the time ran out. */
  wait(request: Request, options: WaitOptions): Promise<Grant | Refusal> {
    const { signal, waitTimeoutMs = null, priority = DEFAULT_PRIORITY } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { since, ticket } = this.#waiting.arrive(priority);
    const avoid = this.#waiting.size === 0 ? NOBODY : this.#waiting.takenBefore(request.demand, ticket);
    const { demand, user, leaseMs, metadata } = request;
    const first = this.#allocator.grant(demand, user, { leaseMs, metadata, avoid, ticket });
    if (first.ok || first.never || waitTimeoutMs === 0) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        undoTimer?.();
        signal?.removeEventListener("abort", onAbort);
        this.#requests.delete(waiter);
        this.#calledOff.delete(stop);
        settle();
        this.#publishSoon();
      };
      const waiter: Waiter = {
        demand,
        user,
        ticket,
        since,
        settle: (outcome) => end(() => resolve(outcome)),
      };
      const giveUp = (settle: () => void) => {
        if (this.#waiting.leave(waiter)) end(settle);
      };
      const onAbort = () => giveUp(() => reject(signal?.reason));
      const stop = () => giveUp(() => resolve(this.#explain(waiter) ?? first));
      const undoTimer = waitTimeoutMs === null ? null : this.#clock.setTimer(stop, waitTimeoutMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#calledOff.add(stop);
      this.#requests.set(waiter, request);
      this.#waiting.park(waiter, first);
      this.#allocator.publish();
      this.#poll();
    });
  }

  /** Something of `names` came back or grew; all names when none are given. */
  freed(names: Iterable<string> = this.#waiting.names): void {
    if (this.#waiting.size > 0) this.#waiting.freed(names);
  }

  /** Ends every wait as if its time had run out. */
  close(): void {
    for (const stop of [...this.#calledOff]) stop();
    this.#waiting.close();
    this.#allocator.publish();
    this.#undoPoll?.();
    this.#undoPoll = null;
  }

  /** Not at once: one who was served may be one of many, and is so within the turn of another. */
  #publishSoon(): void {
    if (this.#allocator.isShared) queueMicrotask(() => this.#allocator.publish());
  }

  /** While somebody waits, what other processes gave back is looked for; nobody tells us. */
  #poll(): void {
    if (this.#undoPoll !== null || !this.#allocator.isShared) return;
    this.#undoPoll = this.#clock.setTimer(() => {
      this.#undoPoll = null;
      this.#allocator.refresh();
      if (this.#waiting.size > 0) this.#poll();
    }, POLL_MS);
  }

  #attempt(waiter: Waiter, avoid: ReadonlySet<string>): Grant | Refusal | null {
    const { leaseMs = null, metadata = null } = this.#requests.get(waiter) ?? {};
    try {
      return this.#allocator.grant(waiter.demand, waiter.user, {
        leaseMs,
        metadata,
        avoid,
        ticket: waiter.ticket,
      });
    } catch (error) {
      // The store refused: nothing was changed, and the wait goes on.
      if (error instanceof StorageError) return null;
      throw error;
    }
  }

  /** Why `waiter` would be refused now, for the report of a wait that timed out. */
  #explain({ demand, user, ticket }: Waiter): Refusal | undefined {
    return this.#ledger.explain(demand, user, this.#clock.monotonic(), ticket)[0];
  }
}

const COUNT = "a finite number of 0 or more";

/** A copy of what `given` says of waiting, or the error for what is wrong with it. */
export function readWaitOptions(given: WaitOptions): WaitOptions | OrchestrationError {
  try {
    const { waitTimeoutMs, priority, signal } = given;
    needSignal("signal", signal);
    if (waitTimeoutMs != null && !isCount(waitTimeoutMs))
      return wrongArgument("waitTimeoutMs", COUNT, waitTimeoutMs);
    if (priority !== undefined && !isCount(priority)) return wrongArgument("priority", COUNT, priority);
    return {
      ...(waitTimeoutMs !== undefined && { waitTimeoutMs }),
      ...(priority !== undefined && { priority }),
      ...(signal !== undefined && { signal }),
    };
  } catch (error) {
    return unreadable("options", error);
  }
}

const isCount = (value: unknown): boolean => value === 0 || isAmount(value);
