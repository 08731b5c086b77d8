import { type Binding, type BoundLine, bindDemand } from "./binding.ts";
import { capacityMap, createPool, type PoolSpec, resizePool } from "./define-pool.ts";
import { type Amounts, checkDemand, type Demand, demandKey } from "./demand.ts";
import { alreadyRegistered, ResourceNotFoundError } from "./errors.ts";
import { amountsOf, type GrantLine } from "./grant.ts";
import type { Fitting, Grant, Part, Pool, PoolLimits } from "./ledger-state.ts";
import { LockTable } from "./lock-table.ts";
import { availableAmount, loadOf, refreshLoad } from "./pool.ts";
import { type PoolSnapshot, snapshotPool } from "./pool-snapshot.ts";
import { toUnits } from "./quantity.ts";
import type { Refusal } from "./refusal.ts";
import { refuseLine } from "./refuse-line.ts";
import { admits, drop, take, undo } from "./reserve.ts";
import { byLoad, fitsEmpty, search, tooMuchTogether } from "./search.ts";

/** A demand that was checked once. Equal demands give the same object while the ledger remembers them (10,000). */
export interface CompiledDemand {
  readonly demand: Demand;
  /** A whole number per distinct demand, from 0 in the order of compilation. */
  readonly class: number;
}

/** Who holds something of a resource or lock, and since when. */
export interface Holding {
  readonly holder: string;
  readonly amounts: Amounts;
  /** Milliseconds on the caller's clock. */
  readonly since: number;
  /** The lock held, if any. */
  readonly mode: Part["mode"] | null;
}

interface Interned extends CompiledDemand {
  binding: Binding | null;
  version: number;
}

const MOST_REMEMBERED = 10_000;
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
  #interned = new Map<string, Interned>();
  #classes = 0;
  #defined = 0;
  #version = 0;

  /** Adds a resource. Throws INVALID_PARAMETERS for a known id or a bad value, naming every problem. */
  define(spec: PoolSpec, now = 0): void {
    const pool = createPool(spec, this.#defined, now);
    if (this.#pools.has(spec.id)) throw alreadyRegistered(spec.id);
    pool.exclusive = this.#locks.exclusiveOf(spec.id);
    pool.exclusiveQueue.push(...this.#locks.exclusiveTickets(spec.id));
    this.#defined++;
    this.#version++;
    this.#pools.set(spec.id, pool);
  }

  /** Removes a resource; false when it is unknown or anything of it is held. */
  undefine(id: string): boolean {
    const pool = this.#pools.get(id);
    if (pool === undefined || pool.parts.length > 0 || this.#locks.holders(id).length > 0) return false;
    this.#version++;
    return this.#pools.delete(id);
  }

  /** Whether a resource of this id is registered. */
  has(id: string): boolean {
    return this.#pools.has(id);
  }

  /** The ids of all resources, in the order of registration. */
  ids(): string[] {
    return [...this.#pools.keys()];
  }

  /**
   * Changes the capacity at run time. What is held stays held; nothing new is granted while more is held than there is.
   * Throws RESOURCE_NOT_FOUND, or INVALID_PARAMETERS when a dimension in use would disappear.
   */
  setCapacity(id: string, capacity: number | Amounts, now: number): void {
    const pool = this.#pool(id);
    this.#version++;
    resizePool(pool, capacityMap(capacity, pool.primary.name), pool.limits, now);
  }

  /** Changes the limits at run time, as {@link setCapacity} does the capacity. */
  setLimits(id: string, limits: PoolLimits, now: number): void {
    const pool = this.#pool(id);
    const capacity = Object.fromEntries(pool.dims.map((dimension) => [dimension.name, dimension.capacity]));
    this.#version++;
    resizePool(pool, capacity, limits, now);
  }

  /** Opens or closes a resource for new grants; what is held stays. Throws RESOURCE_NOT_FOUND. */
  setOpen(id: string, open: boolean): void {
    this.#pool(id).open = open;
  }

  /** What others outside this ledger hold of a resource, by dimension; it counts as used. Throws RESOURCE_NOT_FOUND. */
  setForeign(id: string, amounts: Amounts): void {
    const pool = this.#pool(id);
    for (const dimension of pool.dims)
      dimension.foreign = toUnits(amounts[dimension.name] ?? 0, dimension.scale);
    refreshLoad(pool);
  }

  /** Checks a demand once, so that it can be granted often. Throws one INVALID_PARAMETERS that names every problem. */
  compileDemand(demand: Demand): CompiledDemand {
    const key = demandKey(demand);
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    checkDemand(demand);
    // A flood of distinct demands must not grow the memory for ever; forgotten ones stay valid.
    if (this.#interned.size >= MOST_REMEMBERED) this.#interned = new Map();
    const compiled: Interned = {
      demand: structuredClone(demand),
      class: this.#classes++,
      binding: null,
      version: -1,
    };
    this.#interned.set(key, compiled);
    return compiled;
  }

  /** Whether `demand` could be granted with the present resources if nobody else held anything. */
  canEverFit(demand: CompiledDemand): boolean {
    return this.#bind(demand).never === null;
  }

  /** Why `demand` can never be granted, or `null` when it {@link canEverFit}. */
  whyNever(demand: CompiledDemand): Refusal | null {
    return this.#bind(demand).never;
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
    if (never !== null) return never;
    const grant: Grant = { ok: true, holder, at: now, parts: [] };
    for (let index = 0; index < lines.length; index++) {
      const line = lines[index];
      if (line === undefined || this.#placeBest(line, grant, now, ticket)) continue;
      const refused = refuseLine(line, index, grant, now, ticket);
      while (grant.parts.length > 0) this.#undoLast(grant);
      return entangled && this.#searchOut(lines, grant, now, ticket) ? grant : refused;
    }
    return grant;
  }

  /** Gives back all that `grant` still holds; false when that is nothing. Tokens of rates stay spent. */
  release(grant: Grant, now: number): boolean {
    let released = false;
    for (const part of grant.parts) if (this.releasePart(part, now)) released = true;
    return released;
  }

  /** Gives back one line of a grant; false, freeing nothing, when it is not live. */
  releasePart(part: Part, now: number): boolean {
    if (!part.live) return false;
    part.live = false;
    if (part.lock !== null) this.#locks.free(part.lock, part, this.#pools.get(part.lock));
    if (part.fitting !== null) drop(part, part.fitting, now);
    return true;
  }

  /**
   * Makes a grant undone as if it had never been (counters, peaks, tokens and bursts included), for a commit that failed.
   * Only for the newest grant: after others were made or released, use {@link release}.
   */
  cancel(grant: Grant): void {
    while (grant.parts.length > 0) this.#undoLast(grant);
  }

  /**
   * Makes a grant that was recorded before, without asking whether it fits: it is a fact. Lines of resources that no
   * longer exist hold nothing and are named in `missing`.
   */
  restore(lines: readonly GrantLine[], holder: string, at: number): { grant: Grant; missing: string[] } {
    const grant: Grant = { ok: true, holder, at, parts: [] };
    const missing: string[] = [];
    for (const { resource, amounts, mode } of lines) {
      const pool = this.#pools.get(resource);
      const entries = Object.entries(amounts);
      const dims = pool?.dims.filter(({ name }) => amounts[name] !== undefined) ?? [];
      if (dims.length < entries.length) missing.push(resource);
      const need = dims.map(({ name, scale }) => toUnits(amounts[name] ?? 0, scale));
      const fitting = pool === undefined || dims.length === 0 ? null : { pool, dims, need };
      if (fitting === null && mode === undefined) continue;
      const line = { lock: mode === undefined ? null : resource, mode: mode ?? "read" } as const;
      this.#take(line, fitting, grant, at);
      // Its tokens were spent when it was made.
      for (const [i, { bucket }] of dims.entries()) if (bucket !== null) bucket.tokens += need[i] ?? 0;
    }
    return { grant, missing };
  }

  /** Puts one who waits into the queues of the locks that `demand` needs: a later ticket does not pass it there. */
  enqueue(demand: CompiledDemand, ticket: number): void {
    for (const { lock, mode } of this.#bind(demand).lines) {
      if (lock !== null) this.#locks.wait(lock, mode, ticket, this.#pools.get(lock));
    }
  }

  /** Takes one who waited out of the queues, whether it was served or gave up. */
  dequeue(demand: CompiledDemand, ticket: number): void {
    for (const { lock } of this.#bind(demand).lines) {
      if (lock !== null) this.#locks.leave(lock, ticket, this.#pools.get(lock));
    }
  }

  /** Everyone who holds an amount of the resource `id` or the lock of that name, oldest first. O(holders). */
  holdersOf(id: string): Holding[] {
    const parts = new Set([...(this.#pools.get(id)?.parts ?? []), ...this.#locks.holders(id)]);
    return [...parts]
      .map((part) => ({
        holder: part.grant.holder,
        amounts: amountsOf(part),
        since: part.grant.at,
        mode: part.lock === null ? null : part.mode,
      }))
      .sort((a, b) => a.since - b.since);
  }

  /** The figures of a resource at `now`, or `null` when it is unknown. */
  snapshot(id: string, now: number): PoolSnapshot | null {
    const pool = this.#pools.get(id);
    return pool === undefined ? null : snapshotPool(pool, now);
  }

  /** What can be granted of a dimension (default: the primary one) at `now`; 0 when unknown. */
  available(id: string, now: number, dimension?: string): number {
    const pool = this.#pools.get(id);
    const found = dimension === undefined ? pool?.primary : pool?.dims.find(({ name }) => name === dimension);
    return pool === undefined || found === undefined ? 0 : availableAmount(pool, found, now);
  }

  #pool(id: string): Pool {
    const pool = this.#pools.get(id);
    if (pool === undefined) throw new ResourceNotFoundError(id, this.ids());
    return pool;
  }

  #bind(compiled: CompiledDemand): Binding {
    const interned = compiled as Interned;
    if (interned.binding !== null && interned.version === this.#version) return interned.binding;
    const bound = bindDemand(interned.demand, this.#pools);
    const never =
      bound.never ?? (bound.entangled && !fitsEmpty(bound.lines) ? tooMuchTogether(bound.lines) : null);
    interned.binding = { ...bound, never };
    interned.version = this.#version;
    return interned.binding;
  }

  #placeBest(line: BoundLine, grant: Grant, now: number, ticket: number): boolean {
    const { lock, mode, fittings } = line;
    if (lock !== null && !this.#locks.admits(lock, mode, grant, ticket, this.#pools.get(lock))) return false;
    let best: Fitting | null = null;
    let least = 0;
    for (let i = 0; i < fittings.length; i++) {
      const fitting = fittings[i];
      if (fitting === undefined || !admits(fitting, grant, now, ticket)) continue;
      const load = loadOf(fitting.pool, now);
      if (best !== null && load >= least) continue;
      best = fitting;
      least = load;
    }
    if (best === null && fittings.length > 0) return false;
    this.#take(line, best, grant, now);
    return true;
  }

  #take(
    { lock, mode }: Pick<BoundLine, "lock" | "mode">,
    fitting: Fitting | null,
    grant: Grant,
    now: number,
  ): void {
    let part: Part;
    if (fitting === null) {
      part = { grant, fitting, lock, mode, expiresBy: null, live: true, slot: -1 };
      grant.parts.push(part);
    } else part = take(fitting, grant, lock, mode, now);
    if (lock !== null) this.#locks.take(lock, part, this.#pools.get(lock));
  }

  #undoLast(grant: Grant): void {
    const part = grant.parts.pop();
    if (part === undefined) return;
    part.live = false;
    if (part.lock !== null) this.#locks.free(part.lock, part, this.#pools.get(part.lock));
    if (part.fitting !== null) undo(part, part.fitting);
  }

  #searchOut(lines: readonly BoundLine[], grant: Grant, now: number, ticket: number): boolean {
    const place = (index: number, fitting: Fitting | null): boolean => {
      const line = lines[index];
      if (line === undefined) return false;
      return this.#placeBest({ ...line, fittings: fitting === null ? [] : [fitting] }, grant, now, ticket);
    };
    return search(lines, { place, undo: () => this.#undoLast(grant) }, byLoad(now));
  }
}
