import type { Clock, IdGenerator, JsonValue } from "@orch/core";
import { DeadlineQueue } from "./deadline-queue.ts";
import { allocationOf, type Lease } from "./lease.ts";
import type { Grant, Part } from "./ledger-state.ts";
import type { ResourceAllocation } from "./resource-allocation.ts";

/** The end of a lease. */
export interface LeaseEnd {
  /** On the monotonic clock. */
  readonly deadline: number | null;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number | null;
}

/** What a lease is given when it is entered, beside its end. */
export interface LeaseTerms {
  /** When it was made, in milliseconds since the epoch. */
  readonly at: number;
  readonly metadata: Readonly<Record<string, JsonValue>> | null;
  /** The id, where it is known already. */
  readonly id: string | null;
}

const MOST_IDLE = 1_000;

/** The live leases by user, by id and by deadline. Keeps no capacity: that is the ledger's. */
export class LeaseBook {
  readonly #clock: Clock;
  readonly #newId: IdGenerator;
  #entered = 0;
  #idle = 0;
  readonly #byUser = new Map<string, Lease[]>();
  readonly #byId = new Map<string, Lease>();
  readonly #deadlines = new DeadlineQueue<Lease>((lease) => lease.part.live);

  constructor(clock: Clock, newId: IdGenerator) {
    this.#clock = clock;
    this.#newId = newId;
  }

  /** Enters the leases of a grant that was just made, to its holder; `endOf` says when each ends. O(parts), O(log n) with an end. */
  enter({ holder, parts }: Grant, terms: LeaseTerms, endOf: (part: Part) => LeaseEnd): void {
    if (parts.length === 0) return;
    const mine = this.#listOf(holder);
    for (const part of parts) this.#enter(part, mine, terms, endOf(part));
  }

  #enter(
    part: Part,
    mine: Lease[],
    { at, metadata, id }: LeaseTerms,
    { deadline, expiresAt }: LeaseEnd,
  ): void {
    const user = part.grant.holder;
    const order = this.#entered++;
    const lease: Lease = {
      part,
      user,
      at,
      deadline,
      expiresAt,
      metadata,
      id,
      mine,
      slot: mine.length,
      order,
    };
    part.tag = lease;
    mine.push(lease);
    if (id !== null) this.#byId.set(id, lease);
    if (deadline !== null) this.#deadlines.add(lease);
  }

  /** Lists that became empty are kept for users who come back, while they are few or the minority. */
  #keepIdle(): void {
    if (++this.#idle < MOST_IDLE || this.#idle * 2 < this.#byUser.size) return;
    for (const [user, leases] of this.#byUser) if (leases.length === 0) this.#byUser.delete(user);
    this.#idle = 0;
  }

  #listOf(user: string): Lease[] {
    const known = this.#byUser.get(user);
    if (known?.length === 0) this.#idle--;
    if (known !== undefined) return known;
    const list: Lease[] = [];
    this.#byUser.set(user, list);
    return list;
  }

  /** Takes a lease out of every list; its part must be released already. */
  strike(lease: Lease): void {
    const { mine } = lease;
    const last = mine?.pop();
    if (mine !== null && last !== undefined && last !== lease) {
      mine[lease.slot] = last;
      last.slot = lease.slot;
    }
    if (mine?.length === 0) this.#keepIdle();
    if (lease.id !== null) this.#byId.delete(lease.id);
    if (lease.deadline !== null) this.#deadlines.forget();
  }

  /** Users with a list, those who hold nothing any more but may come back included: bounded by those who hold something. */
  get users(): number {
    return this.#byUser.size;
  }

  /** Ids that were made and whose lease is entered. */
  get named(): number {
    return this.#byId.size;
  }

  /** Moves the end of a lease. */
  extend(lease: Lease, { deadline, expiresAt }: LeaseEnd): void {
    if (lease.deadline !== null) this.#deadlines.forget();
    lease.deadline = deadline;
    lease.expiresAt = expiresAt;
    this.#deadlines.add(lease);
  }

  /** The lease of this id, or `undefined` when none is live. */
  find(id: string): Lease | undefined {
    const lease = this.#byId.get(id);
    return lease?.part.live ? lease : undefined;
  }

  /** The leases of a user, oldest first. */
  of(user: string): Lease[] {
    const mine = this.#byUser.get(user);
    if (mine === undefined) return [];
    const copy = mine.slice();
    return isSorted(copy) ? copy : copy.sort(byAge);
  }

  /** All leases, oldest first. O(n log n). */
  all(): Lease[] {
    return [...this.#byUser.values()].flat().sort(byAge);
  }

  /** The earliest deadline, or `null`. */
  nextDeadline(): number | null {
    return this.#deadlines.next();
  }

  /** Those whose deadline has come, earliest first; they are still entered. */
  due(now: number): Lease[] {
    return this.#deadlines.takeDue(now);
  }

  /** The id of a lease, made now if nobody asked before. */
  idOf(lease: Lease): string {
    lease.id ??= this.#newId();
    if (lease.mine !== null) this.#byId.set(lease.id, lease);
    return lease.id;
  }

  /** A snapshot of the allocation that `part` is; also of one that somebody else made in the ledger. */
  allocationOf(part: Part): ResourceAllocation {
    const lease = this.#leaseOf(part);
    return allocationOf(lease, this.idOf(lease));
  }

  /** Parts that others took from the ledger get an id when it is asked for, but are not released by it. */
  #leaseOf(part: Part): Lease {
    if (part.tag !== null) return part.tag as Lease;
    const at = this.#clock.now() - Math.max(0, this.#clock.monotonic() - part.grant.at);
    const user = part.grant.holder;
    const none = { deadline: null, expiresAt: null, metadata: null, id: null, mine: null };
    const lease: Lease = { part, user, at, ...none, slot: -1, order: this.#entered++ };
    part.tag = lease;
    return lease;
  }
}

const byAge = (a: Lease, b: Lease): number => a.order - b.order;

/** Whether a list is in the order of age already, as it is until something in its middle was released. */
function isSorted(leases: readonly Lease[]): boolean {
  let before = -1;
  for (const { order } of leases) {
    if (order < before) return false;
    before = order;
  }
  return true;
}
