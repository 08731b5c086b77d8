import type { AccessMode } from "./access-mode.ts";
import { mostEver } from "./binding.ts";
import type { Ask, Levels, Pool } from "./ledger-state.ts";
import type { LockTable } from "./lock-table.ts";
import { headroom } from "./pool.ts";
import { toUnits } from "./quantity.ts";
import { lacksSeat } from "./reserve.ts";

/** What is left to others of one resource or lock. */
export interface Kept {
  /** By dimension. */
  readonly amounts: Readonly<Record<string, number>>;
  /** Places among the most distinct holders. */
  readonly seats: number;
  /** The locks that others take first, in their order. */
  readonly modes: readonly AccessMode[];
}

/** Before every ticket of those who wait here, which are instants of a monotonic clock or later. */
const BEFORE_ALL = -1_000_000;

/** The side of a ledger that is turned to others who share its resources: what they left, want, and may be left. */
export class Others {
  readonly #pools: ReadonlyMap<string, Pool>;
  readonly #locks: LockTable;
  /** Tickets that stand in queues of locks for others. */
  readonly #standing = new Map<string, number[]>();

  constructor(pools: ReadonlyMap<string, Pool>, locks: LockTable) {
    this.#pools = pools;
    this.#locks = locks;
  }

  /** Whether `id` has rates or bursts. */
  hasLevels(id: string): boolean {
    const pool = this.#pools.get(id);
    return pool !== undefined && (pool.burst !== null || pool.hasRate);
  }

  /** Tokens and burst of the resource `id`; `null` when it is unknown or has neither. */
  levelsOf(id: string): Levels | null {
    const pool = this.#pools.get(id);
    if (pool === undefined || !this.hasLevels(id)) return null;
    const tokens: Record<string, { left: number; at: number }> = {};
    for (const { name, scale, bucket } of pool.dims)
      if (bucket !== null) tokens[name] = { left: bucket.tokens / scale, at: bucket.at };
    const { burst } = pool;
    return { tokens, burst: burst && { startedAt: burst.startedAt, endedAt: burst.endedAt } };
  }

  /** Takes over tokens and burst as somebody else has left them; a bucket never holds more than its size. */
  setLevels(id: string, { tokens, burst }: Levels, now: number): void {
    const pool = this.#pools.get(id);
    for (const { name, scale, usable, bucket } of pool?.dims ?? []) {
      const known = tokens[name];
      if (bucket === null || known === undefined) continue;
      bucket.tokens = Math.min(usable, toUnits(known.left, scale));
      bucket.at = known.at;
    }
    if (!pool?.burst || !burst) return;
    const isOver = burst.startedAt !== null && pool.primary.used <= pool.primary.usable;
    Object.assign(pool.burst, isOver ? { startedAt: null, endedAt: now } : burst);
  }

  /** Leaves `kept` of `name` to others; what was kept before is given up. `null` for nothing. */
  keep(name: string, kept: Kept | null): void {
    const pool = this.#pools.get(name);
    if (pool !== undefined) {
      pool.keptSeats = kept?.seats ?? 0;
      for (const dimension of pool.dims)
        dimension.kept = Math.min(
          dimension.usable,
          toUnits(kept?.amounts[dimension.name] ?? 0, dimension.scale),
        );
    }
    for (const ticket of this.#standing.get(name) ?? []) this.#locks.leave(name, ticket, pool);
    this.#standing.delete(name);
    const modes = kept?.modes ?? [];
    if (modes.length === 0) return;
    const tickets = modes.map((_, at) => BEFORE_ALL + at);
    for (const [at, mode] of modes.entries()) this.#locks.wait(name, mode, BEFORE_ALL + at, pool);
    this.#standing.set(name, tickets);
  }

  /** Whether `ask` would fit at `now`, whatever is kept. */
  hasRoom(name: string, { amounts, mode }: Ask, now: number): boolean {
    const pool = this.#pools.get(name);
    if (mode !== null) {
      const holders = this.#locks.holders(name);
      if (holders.some((part) => mode !== "read" || part.mode !== "read")) return false;
      if (mode === "exclusive" && (pool?.parts.length ?? 0) > 0) return false;
    }
    if (pool === undefined || Object.keys(amounts).length === 0) return true;
    if (!pool.open || pool.exclusive !== null || lacksSeat(pool, "", 0)) return false;
    return pool.dims.every((dimension) => {
      const need = toUnits(amounts[dimension.name] ?? 0, dimension.scale);
      return need === 0 || need <= headroom(pool, dimension, now) + dimension.kept;
    });
  }

  /** The usable capacity of a dimension; `null` for rates and what does not exist. */
  usableOf(name: string, dimension: string): number | null {
    const found = this.#pools.get(name)?.dims.find((each) => each.name === dimension);
    return found === undefined || found.bucket !== null ? null : found.usable / found.scale;
  }

  /** Whether more is held of `name` than may ever be, or two hold it that exclude each other. */
  isOverdrawn(name: string): boolean {
    const holders = this.#locks.holders(name);
    if (
      holders.length > 1 &&
      holders.some(({ mode, grant }) => mode !== "read" && holders.some((other) => other.grant !== grant))
    )
      return true;
    const pool = this.#pools.get(name);
    if (pool === undefined) return false;
    if (pool.exclusive !== null && pool.parts.some(({ grant }) => grant !== pool.exclusive?.grant))
      return true;
    const most = pool.limits.maxConcurrentUsers ?? Number.POSITIVE_INFINITY;
    if ((pool.holders?.size ?? 0) > most) return true;
    return pool.dims.some(
      (dimension) => dimension.bucket === null && dimension.used > mostEver(pool, dimension),
    );
  }
}
