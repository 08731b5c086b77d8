import type { Clock, IdGenerator, JsonValue } from "@orch/core";
import { DeadlineQueue } from "./deadline-queue.ts";
import { allocationOf, type Lease } from "./lease.ts";
import type { Part } from "./ledger-state.ts";
import type { ResourceAllocation } from "./resource-allocation.ts";

/** What a lease is given when it is entered. */
export interface LeaseTerms {
  readonly at: number;
  readonly deadline: number | null;
  readonly expiresAt: number | null;
  readonly metadata: Readonly<Record<string, JsonValue>> | null;
  /** The id, where it is known already. */
  readonly id?: string;
}

/** The live leases by user, by id and by deadline. Keeps no capacity: that is the ledger's. */
export class LeaseBook {
  readonly #clock: Clock;
  readonly #newId: IdGenerator;
  readonly #byUser = new Map<string, Lease[]>();
  readonly #byId = new Map<string, Lease>();
  readonly #deadlines = new DeadlineQueue<Lease>((lease) => lease.part.live);

  constructor(clock: Clock, newId: IdGenerator) {
    this.#clock = clock;
    this.#newId = newId;
  }

  /** Enters the lease of a part that was just granted to its grant's holder. O(1), O(log n) with a deadline. */
  enter(part: Part, terms: LeaseTerms): Lease {
    const user = part.grant.holder;
    const mine = this.#byUser.get(user);
    const { at, deadline, expiresAt, metadata, id = null } = terms;
    const lease: Lease = { part, user, at, deadline, expiresAt, metadata, id, slot: mine?.length ?? 0 };
    part.tag = lease;
    if (mine === undefined) this.#byUser.set(user, [lease]);
    else mine.push(lease);
    if (id !== null) this.#byId.set(id, lease);
    if (deadline !== null) this.#deadlines.add(lease);
    return lease;
  }

  /** Takes a lease out of every list; its part must be released already. */
  strike(lease: Lease): void {
    const mine = this.#byUser.get(lease.user);
    const last = mine?.pop();
    if (mine !== undefined && last !== undefined && last !== lease) {
      mine[lease.slot] = last;
      last.slot = lease.slot;
    }
    if (mine?.length === 0) this.#byUser.delete(lease.user);
    if (lease.id !== null) this.#byId.delete(lease.id);
    if (lease.deadline !== null) this.#deadlines.forget();
  }

  /** Moves the end of a lease. */
  extend(lease: Lease, deadline: number | null, expiresAt: number | null): void {
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
    return [...(this.#byUser.get(user) ?? [])].sort(byAge);
  }

  /** The last lease of a user without making a list, for giving back all of them one by one. */
  lastOf(user: string): Lease | undefined {
    const mine = this.#byUser.get(user);
    return mine?.[mine.length - 1];
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
    if (lease.slot >= 0) this.#byId.set(lease.id, lease);
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
    const lease = { part, user, at, deadline: null, expiresAt: null, metadata: null, id: null, slot: -1 };
    part.tag = lease;
    return lease;
  }
}

const byAge = (a: Lease, b: Lease): number =>
  a.part.grant.order - b.part.grant.order || lineOf(a) - lineOf(b);
const lineOf = ({ part }: Lease): number => part.grant.parts.indexOf(part);
