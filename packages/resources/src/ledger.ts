import { readArgument } from "@orch/core/base";
import { askOf, type Binding } from "./binding.ts";
import { type CompiledDemand, DemandTable } from "./compiled-demand.ts";
import { capacityMap, checkHeld, createPool, type PoolSpec, resizePool } from "./define-pool.ts";
import type { Amounts, Demand } from "./demand.ts";
import { alreadyRegistered, ResourceNotFoundError } from "./errors.ts";
import { type GrantLine, type Holding, holdingOf } from "./grant.ts";
import { needAsker, needGrant, needHolder, needInstant, needLines, needTicket } from "./ledger-argument.ts";
import type { Ask, Grant, Part, Pool, PoolLimits } from "./ledger-state.ts";
import { LockTable } from "./lock-table.ts";
import { NeededPools } from "./needed-pools.ts";
import { obstaclesOf } from "./obstacles.ts";
import { Others } from "./others.ts";
import { Placer } from "./placer.ts";
import { availableAmount } from "./pool.ts";
import { type PoolSnapshot, snapshotPool } from "./pool-snapshot.ts";
import type { Refusal } from "./refusal.ts";
import { refuseLine } from "./refuse-line.ts";
import { drop } from "./reserve.ts";
import { Supposition } from "./supposition.ts";

/** The ticket of someone who does not wait: everybody who does goes before. */
const NO_TICKET = Number.POSITIVE_INFINITY;

/**
 * Who may use how much of what: the pure heart of this package. Deterministic, without clock or I/O: time comes in as an
 * argument (milliseconds on any clock that does not go back). At every moment, per dimension, what is held is at most the
 * usable capacity (or the burst limit during a burst, or more only after the capacity was lowered); sums are exact. A
 * demand is granted as a whole or not at all, and nothing is held while waiting, so demands cannot block each other.
 */
export class Ledger {
  readonly #pools = new Map<string, Pool>();
  readonly #locks = new LockTable();
  readonly #placer = new Placer(this.#pools, this.#locks);
  readonly #demands = new DemandTable();
  /**
   * What concerns others who share the resources: see `SharedLedger`.
   * @internal
   */
  readonly others = new Others(this.#pools, this.#locks);
  /** Resources that exist only as long as somebody needs them. @internal */
  readonly needed = new NeededPools(this.#pools, this);
  #defined = 0;
  #grants = 0;
  #version = 0;

  /** Adds a resource. Throws INVALID_PARAMETERS for a known id or a bad value, naming every problem. */
  define(spec: PoolSpec, now = 0): void {
    needInstant(now);
    const pool = createPool(spec, this.#defined, now);
    if (this.#pools.has(spec.id)) throw alreadyRegistered(spec.id);
    pool.exclusive = this.#locks.exclusiveOf(spec.id);
    pool.exclusiveQueue.push(...this.#locks.exclusiveTickets(spec.id));
    this.#defined++;
    this.#version++;
    this.#pools.set(spec.id, pool);
  }

  /**
   * Throws what {@link define} would say of `spec` under a new id; of a resource that is in use, what changing it to `spec`
   * would. Changes nothing. @internal
   */
  check(spec: PoolSpec): void {
    createPool(spec, 0, 0);
    const pool = this.#pools.get(spec.id);
    if (pool !== undefined) checkHeld(pool, capacityMap(spec.capacity, spec.unit));
  }

  /** Removes a resource; false when it is unknown or anything of it is held. */
  undefine(id: string): boolean {
    const pool = this.#pools.get(id);
    if (pool === undefined || pool.parts.length > 0 || this.#locks.holders(id).length > 0) return false;
    this.#version++;
    return this.#pools.delete(id);
  }

  /** Changes whenever a resource is added, removed or resized. @internal */
  get version(): number {
    return this.#version;
  }

  /** Whether a resource of this id is registered. */
  has(id: string): boolean {
    return this.#pools.has(id);
  }

  /** The ids of all registered resources, in the order of registration. */
  ids(): string[] {
    return [...this.#pools.values()].filter(({ needs }) => needs === null).map(({ id }) => id);
  }

  /**
   * Changes the capacity at run time. What is held stays held; nothing new is granted while more is held than there is.
   * Throws RESOURCE_NOT_FOUND, or INVALID_PARAMETERS when a dimension in use would disappear.
   */
  setCapacity(id: string, capacity: number | Amounts, now: number): void {
    needInstant(now);
    const pool = this.#pool(id);
    resizePool(pool, capacityMap(capacity, pool.primary.name), pool.limits, now);
    this.#version++;
  }

  /** Changes the limits at run time, as {@link setCapacity} does the capacity. */
  setLimits(id: string, limits: PoolLimits, now: number): void {
    needInstant(now);
    const pool = this.#pool(id);
    const capacity = Object.fromEntries(pool.dims.map((dimension) => [dimension.name, dimension.capacity]));
    resizePool(pool, capacity, limits, now);
    this.#version++;
  }

  /** Opens or closes a resource for new grants; what is held stays. Throws RESOURCE_NOT_FOUND. */
  setOpen(id: string, open: boolean): void {
    this.#pool(id).open = open;
  }

  /** Checks a demand once, so that it can be granted often. Throws one INVALID_PARAMETERS that names every problem. */
  compileDemand(demand: Demand): CompiledDemand {
    return this.#demands.compile(demand);
  }

  /** Whether `demand` could be granted with the present resources if nobody else held anything. */
  canEverFit(demand: CompiledDemand): boolean {
    return this.#bind(demand).never === null;
  }

  /** Why `demand` can never be granted, or `null` when it {@link canEverFit}. */
  whyNever(demand: CompiledDemand): Refusal | null {
    return this.#bind(demand).never;
  }

  /** The resources and locks that `demand` may use, in the order of its lines. */
  namesOf(demand: CompiledDemand): readonly string[] {
    return this.#bind(demand).names;
  }

  /** What `demand` asks of the resource or lock `name`; of a type, what it would ask of this resource. @internal */
  askOf(demand: CompiledDemand, name: string): Ask {
    return askOf(this.#bind(demand), name);
  }

  /** Whether {@link grant} would succeed now. Changes nothing. */
  fits(demand: CompiledDemand, holder: string, now: number, ticket: number = NO_TICKET): boolean {
    const outcome = this.grant(demand, holder, now, ticket);
    if (outcome.ok) this.cancel(outcome);
    return outcome.ok;
  }

  /**
   * Takes everything that `demand` names for `holder`, or nothing. For a type the least utilised resource that can grant
   * the line is taken, ties in the order of registration; lines that compete for the same resources are searched
   * through. `ticket` is the place of one who waits (see {@link enqueue}). O(lines × candidates).
   */
  grant(demand: CompiledDemand, holder: string, now: number, ticket: number = NO_TICKET): Grant | Refusal {
    const { lines, never, entangled } = this.#bind(demand);
    needAsker(holder, now, ticket);
    if (never !== null) return never;
    const grant: Grant = { ok: true, holder, at: now, order: this.#grants++, parts: [] };
    for (let index = 0; index < lines.length; index++) {
      const line = lines[index];
      if (line === undefined || this.#placer.placeBest(line, grant, now, ticket)) continue;
      const refused = refuseLine(line, index, grant, now, ticket);
      while (grant.parts.length > 0) this.#placer.undoLast(grant);
      return entangled && this.#placer.searchOut(lines, grant, now, ticket) ? grant : refused;
    }
    return grant;
  }

  /** As {@link grant}, leaving the resources in `avoid` alone: those that somebody else has waited for longer. */
  grantAround(
    demand: CompiledDemand,
    holder: string,
    now: number,
    ticket: number,
    avoid: ReadonlySet<string>,
  ): Grant | Refusal {
    const closed = [...avoid].map((id) => this.#pools.get(id)).filter((pool) => pool?.open);
    for (const pool of closed) if (pool !== undefined) pool.open = false;
    try {
      return this.grant(demand, holder, now, ticket);
    } finally {
      for (const pool of closed) if (pool !== undefined) pool.open = true;
    }
  }

  /** Why {@link grant} would refuse now: one refusal per line that fails beside those that fit; `[]` when it would not. */
  explain(demand: CompiledDemand, holder: string, now: number, ticket: number = NO_TICKET): Refusal[] {
    const { lines, never } = this.#bind(demand);
    if (never !== null) return [never];
    if (this.fits(demand, holder, now, ticket)) return [];
    const grant: Grant = { ok: true, holder, at: now, order: this.#grants, parts: [] };
    const refusals = lines.flatMap((line, index): Refusal[] => {
      if (this.#placer.placeBest(line, grant, now, ticket)) return [];
      const obstacles = obstaclesOf(line, grant, { now, ticket }, { locks: this.#locks, pools: this.#pools });
      return [{ ...refuseLine(line, index, grant, now, ticket), obstacles }];
    });
    this.cancel(grant);
    return refusals;
  }

  /** What would fit if `released` were given back, and `demand` had waited for its rates. @internal */
  suppose(demand: CompiledDemand | null, released: ReadonlySet<Part>, now: number): Supposition {
    const linesOf = (each: CompiledDemand) => this.#bind(each).lines;
    return new Supposition({ demand, released, now, locks: this.#locks, linesOf });
  }

  /** Gives back all that `grant` still holds; false when that is nothing. Tokens of rates stay spent. */
  release(grant: Grant, now: number): boolean {
    needInstant(now);
    needGrant(grant);
    let released = false;
    for (const part of grant.parts) if (part.live && this.#free(part, now)) released = true;
    return released;
  }

  /** Gives back one line of a grant; false, freeing nothing, when it is not live. */
  releasePart(part: Part, now: number): boolean {
    needInstant(now);
    return part.live && this.#free(part, now);
  }

  /**
   * Makes a grant undone as if it had never been (counters, peaks, tokens and bursts included), for a commit that failed.
   * Only for the newest grant: after others were made or released, use {@link release}.
   */
  cancel(grant: Grant): void {
    while (grant.parts.length > 0) this.#placer.undoLast(grant);
  }

  /**
   * Makes a grant that was recorded before, without asking whether it fits: it is a fact. Lines of resources that no
   * longer exist hold nothing and are named in `missing`.
   */
  restore(lines: readonly GrantLine[], holder: string, at: number): { grant: Grant; missing: string[] } {
    readArgument("lines", () => needLines(lines));
    needHolder(holder);
    needInstant(at);
    const grant: Grant = { ok: true, holder, at, order: this.#grants++, parts: [] };
    const missing = this.#placer.restore(lines, grant, at);
    return { grant, missing };
  }

  /**
   * Puts one who waits into the queues of the locks that `demand` needs (of those among `names`, where given): a later
   * ticket does not pass it there.
   */
  enqueue(demand: CompiledDemand, ticket: number, names?: readonly string[]): void {
    needTicket(ticket);
    for (const { lock, mode } of this.#bind(demand).lines) {
      if (lock === null || names?.includes(lock) === false) continue;
      this.#locks.wait(lock, mode, ticket, this.#pools.get(lock));
    }
  }

  /** Takes one who waited out of the queues, whether it was served or gave up. */
  dequeue(demand: CompiledDemand, ticket: number): void {
    for (const { lock } of this.#bind(demand).lines) {
      if (lock !== null) this.#locks.leave(lock, ticket, this.#pools.get(lock));
    }
  }

  /** Everyone who holds an amount of the resource `id` or the lock of that name, oldest first. O(n log n). */
  holdersOf(id: string): Holding[] {
    return this.partsOf(id).map(holdingOf);
  }

  /** The live parts that hold an amount of the resource `id` or the lock of that name, oldest first. O(n log n). */
  partsOf(id: string): Part[] {
    const parts = new Set([...(this.#pools.get(id)?.parts ?? []), ...this.#locks.holders(id)]);
    return [...parts].sort((a, b) => a.grant.at - b.grant.at || a.grant.order - b.grant.order);
  }

  /** The figures of a resource at `now`, or `null` when it is unknown. */
  snapshot(id: string, now: number): PoolSnapshot | null {
    needInstant(now);
    const pool = this.#pools.get(id);
    return pool === undefined ? null : snapshotPool(pool, now);
  }

  /** What can be granted of a dimension (default: the primary one) at `now`; 0 when unknown. */
  available(id: string, now: number, dimension?: string): number {
    needInstant(now);
    const pool = this.#pools.get(id);
    const found = dimension === undefined ? pool?.primary : pool?.dims.find(({ name }) => name === dimension);
    return pool === undefined || found === undefined ? 0 : availableAmount(pool, found, now);
  }

  #free(part: Part, now: number): true {
    part.live = false;
    if (part.lock !== null) this.#locks.free(part.lock, part, this.#pools.get(part.lock));
    if (part.fitting !== null) {
      drop(part, part.fitting, now);
      this.needed.released(part.fitting.pool);
    }
    return true;
  }

  #pool(id: string): Pool {
    const pool = this.#pools.get(id);
    if (pool === undefined) throw new ResourceNotFoundError(id, this.ids());
    return pool;
  }

  #bind(compiled: CompiledDemand): Binding {
    return this.#demands.bind(compiled, this.#pools, this.#version);
  }
}
