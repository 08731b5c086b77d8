import {
  type Clock,
  type EventBus,
  errorMessage,
  type JsonValue,
  type Logger,
  type Store,
  type StoreReader,
  type StoreTransaction,
  toIso,
} from "@orch/core";
import { type AllocationRow, AllocationRows } from "./allocation-rows.ts";
import type { CompiledDemand } from "./compiled-demand.ts";
import type { ResourceEvent, ResourceFact } from "./events.ts";
import { ExpiryTimer } from "./expiry-timer.ts";
import { amountsOf, resourceOf } from "./grant.ts";
import { allocationOf, type Lease } from "./lease.ts";
import type { LeaseBook, LeaseEnd } from "./lease-book.ts";
import { agreeWith, enterRow } from "./lease-sync.ts";
import type { Ledger } from "./ledger.ts";
import type { Grant, Part } from "./ledger-state.ts";
import type { LedgerTurn } from "./ledger-turn.ts";
import type { Refusal } from "./refusal.ts";
import type { ResourceRegistry } from "./resource-registry.ts";
import type { SharedLedger } from "./shared-ledger.ts";

/** The terms of an allocation. */
export interface Terms {
  /** Lease; `null` for the default of each resource. */
  readonly leaseMs: number | null;
  readonly metadata: Readonly<Record<string, JsonValue>> | null;
  /** Resources to leave to others. */
  readonly avoid: ReadonlySet<string>;
  /** Place in the queues of locks; nobody who waits: +Infinity. */
  readonly ticket: number;
}

/** What the allocator works with. */
export interface AllocatorParts {
  readonly ledger: Ledger;
  readonly shared: SharedLedger;
  readonly book: LeaseBook;
  readonly registry: ResourceRegistry;
  readonly clock: Clock;
  readonly events: EventBus<ResourceEvent>;
  /** Where allocations are kept; `null` for memory only. */
  readonly store: Store | null;
  readonly logger: Logger;
  /** Called after something came back, with the resources and locks concerned. */
  readonly onFreed: (names: readonly string[]) => void;
}

const FOR_EVER = { deadline: null, expiresAt: null } as const;

/**
 * Takes and gives back: decides in the ledger, writes the rows in the same transaction, then enters the leases, arms the
 * timer and tells. With a store, what other managers took or gave back is read first, so that two of them never grant the
 * last unit twice.
 */
export class Allocator {
  readonly #parts: AllocatorParts;
  readonly #rows: AllocationRows | null;
  readonly #timer: ExpiryTimer;

  constructor(parts: AllocatorParts) {
    this.#parts = parts;
    this.#rows = parts.store === null ? null : new AllocationRows(parts.store);
    this.#timer = new ExpiryTimer(parts.clock, () => this.#expireOnTime());
    parts.shared.addSource((reader) => this.#agree(reader));
  }

  /** Whether other managers may take and give back too. */
  get isShared(): boolean {
    return this.#rows !== null;
  }

  /** Grants `demand` as a whole or refuses it. Throws STORAGE_ERROR or STORE_LOCKED, changing nothing. */
  grant(demand: CompiledDemand, user: string, terms: Terms): Grant | Refusal {
    const outcome =
      this.#rows === null
        ? this.#decide(demand, user, terms)
        : this.#grantStored(this.#rows, demand, user, terms);
    if (!outcome.ok) return outcome;
    if (this.#rows === null) this.#enter(outcome, terms);
    this.#arm();
    const { events } = this.#parts;
    if (events.hasListeners("resource_allocated")) {
      for (const part of outcome.parts)
        events.emit({ type: "resource_allocated", ...this.#fact(part.tag as Lease) });
    }
    return outcome;
  }

  /** Gives leases back; those that are not live any more are passed over. Returns how many were. */
  release(
    leases: readonly Lease[],
    how: "resource_released" | "resource_expired" = "resource_released",
  ): number {
    const gone = this.#rows === null ? leases : this.#deleteRows(this.#rows, leases);
    const { ledger, book, clock, events, onFreed } = this.#parts;
    const now = clock.monotonic();
    const isHeard = events.hasListeners(how);
    const names: string[] = [];
    for (const lease of gone) {
      if (!lease.part.live) continue;
      const fact = isHeard ? this.#fact(lease) : null;
      ledger.releasePart(lease.part, now);
      book.strike(lease);
      names.push(resourceOf(lease.part));
      if (fact !== null) events.emit({ type: how, ...fact });
    }
    this.#arm();
    if (names.length > 0) onFreed(names);
    return names.length;
  }

  /** Moves the end of a live lease to `leaseMs` from now, never beyond the end of its burst. False when it is not live. */
  renew(lease: Lease, leaseMs: number): boolean {
    this.refresh();
    if (!lease.part.live) return false;
    const end = this.#endOf(lease.part, leaseMs);
    const stored = this.#rows?.change((tx) => {
      this.#parts.shared.sync(tx);
      return lease.part.live && this.#write(tx, [{ ...lease, ...end }]);
    });
    if (stored === false) return false;
    this.#parts.book.extend(lease, end);
    this.#arm();
    return true;
  }

  /** Releases what has expired by now and returns how many. */
  expire(): number {
    const due = this.#parts.book.due(this.#parts.clock.monotonic());
    if (due.length === 0) return 0;
    try {
      return this.release(due, "resource_expired");
    } catch (error) {
      // Nothing was released: they are due again at the next try.
      for (const lease of due) this.#parts.book.extend(lease, lease);
      throw error;
    }
  }

  /** Reads what other managers changed, if they did; `all` reads everything again, for resources that were just added. */
  refresh(all = false, reader: StoreReader | null = this.#parts.store): void {
    if (reader === null || this.#rows === null) return;
    if (all) this.#rows.forget();
    this.#parts.shared.sync(reader, all);
    this.#arm();
    if (reader === this.#parts.store) this.#parts.shared.flush();
  }

  /** Tells other processes what is waited for here. When the store refuses, the next call does. */
  publish(): void {
    const { shared } = this.#parts;
    if (this.#rows === null || !shared.isTouched) return;
    try {
      this.#rows.change((tx) => shared.end(this.#turn(tx)));
    } catch (error) {
      shared.undone();
      this.#parts.logger.debug(`Others were not told who waits: ${errorMessage(error)}`);
    }
  }

  /** Enters an allocation that was recorded before. False when it has expired or its resource does not exist. */
  restore(row: AllocationRow): boolean {
    const isLive = enterRow(row, this.#parts, { expired: this.isShared });
    this.#arm();
    return isLive;
  }

  /** Stops the timer. Leases stay as they are. */
  close(): void {
    this.#timer.at(null);
  }

  #decide(demand: CompiledDemand, user: string, { avoid, ticket }: Terms): Grant | Refusal {
    const { ledger, clock } = this.#parts;
    const now = clock.monotonic();
    return avoid.size === 0
      ? ledger.grant(demand, user, now, ticket)
      : ledger.grantAround(demand, user, now, ticket, avoid);
  }

  #grantStored(rows: AllocationRows, demand: CompiledDemand, user: string, terms: Terms): Grant | Refusal {
    let made: Grant | null = null;
    const undo = () => {
      if (made === null) return;
      for (const lease of leasesOf(made)) this.#parts.book.strike(lease);
      this.#parts.ledger.cancel(made);
      this.#parts.shared.undone();
      made = null;
    };
    try {
      return rows.change((tx) => {
        undo();
        this.#parts.shared.sync(tx);
        const outcome = this.#decide(demand, user, terms);
        if (!outcome.ok) return outcome;
        made = outcome;
        this.#enter(outcome, terms);
        this.#write(tx, leasesOf(outcome));
        this.#parts.shared.touch(outcome);
        this.#parts.shared.endByHand(this.#turn(tx));
        return outcome;
      });
    } catch (error) {
      undo();
      throw error;
    } finally {
      this.#parts.shared.flush();
    }
  }

  #deleteRows(rows: AllocationRows, leases: readonly Lease[]): Lease[] {
    try {
      return rows.change((tx) => {
        this.#parts.shared.sync(tx);
        const live = leases.filter(({ part }) => part.live);
        for (const lease of live) rows.delete(tx, this.#parts.book.idOf(lease));
        return live;
      });
    } finally {
      this.#parts.shared.flush();
    }
  }

  #write(tx: StoreTransaction, leases: readonly Lease[]): true {
    for (const lease of leases) {
      const allocation = allocationOf(lease, this.#parts.book.idOf(lease));
      this.#rows?.put(tx, { allocation, mode: lease.part.lock === null ? null : lease.part.mode });
    }
    return true;
  }

  #enter(grant: Grant, { leaseMs, metadata }: Terms): void {
    const terms = { at: this.#parts.clock.now(), metadata, id: null };
    this.#parts.book.enter(grant, terms, (part) => this.#endOf(part, leaseMs));
  }

  #endOf(part: Part, asked: number | null): LeaseEnd {
    const leaseMs = asked ?? this.#parts.registry.leaseMs(resourceOf(part));
    if (leaseMs === null && part.expiresBy === null) return FOR_EVER;
    const { clock } = this.#parts;
    const now = clock.monotonic();
    const deadline = Math.min(
      now + (leaseMs ?? Number.POSITIVE_INFINITY),
      part.expiresBy ?? Number.POSITIVE_INFINITY,
    );
    return { deadline, expiresAt: clock.now() + deadline - now };
  }

  #fact(lease: Lease): ResourceFact {
    const { book, clock } = this.#parts;
    const { part, user } = lease;
    const allocation_id = book.idOf(lease);
    return {
      at: toIso(clock.now()),
      allocation_id,
      resource_id: resourceOf(part),
      user_id: user,
      allocated: amountsOf(part),
    };
  }

  #turn(tx: StoreTransaction): LedgerTurn {
    const { clock } = this.#parts;
    return {
      at: clock.now(),
      monotonic: clock.monotonic(),
      store: tx,
      put: (key, value) => tx.put(key, value),
      delete: (key) => tx.delete(key),
    };
  }

  #agree(reader: StoreReader): readonly string[] | null {
    const rows = this.#rows?.readIfChanged(reader) ?? null;
    return rows && agreeWith(rows, this.#parts);
  }

  #arm(): void {
    this.#timer.at(this.#parts.book.nextDeadline());
  }

  #expireOnTime(): void {
    try {
      this.expire();
    } catch (error) {
      this.#parts.logger.error(`Expired allocations could not be released: ${errorMessage(error)}`);
      throw error;
    }
    this.#arm();
  }
}

/** The leases of a grant that was entered. */
const leasesOf = ({ parts }: Grant): Lease[] => parts.map(({ tag }) => tag as Lease);
