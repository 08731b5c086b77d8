import type { BoundLine } from "./binding.ts";
import type { Fitting, Grant, Part, Pool } from "./ledger-state.ts";
import type { LockTable } from "./lock-table.ts";
import { headroom } from "./pool.ts";
import { admits, isLockedOut, lacksSeat } from "./reserve.ts";

/** What keeps one line of a demand from being granted: when all of it is gone, the line fits. */
export interface Obstacles {
  /** What others hold and a release of which helps, oldest first. Tokens of a rate are not among it: they come with time. */
  readonly held: readonly Part[];
  /** Those who wait for a lock, or for a resource exclusively, and go before. */
  readonly before: readonly { readonly name: string; readonly ticket: number }[];
  /** Resources that are left to other processes, whose turn it is. */
  readonly kept: readonly string[];
}

/** What keeps `line` from `grant`, which {@link admits} it nowhere. */
export function obstaclesOf(
  { lock, mode, fittings }: BoundLine,
  grant: Grant,
  { now, ticket }: { readonly now: number; readonly ticket: number },
  { locks, pools }: { readonly locks: LockTable; readonly pools: ReadonlyMap<string, Pool> },
): Obstacles {
  const held = new Set<Part>();
  const before: { name: string; ticket: number }[] = [];
  const kept = new Set<string>();
  if (lock !== null) {
    const inLock = locks.obstacles(lock, mode, grant, ticket);
    for (const part of inLock.held) held.add(part);
    for (const each of inLock.before) before.push({ name: lock, ticket: each });
    const parts = mode === "exclusive" ? (pools.get(lock)?.parts ?? []) : [];
    for (const part of parts) if (part.grant !== grant) held.add(part);
  }
  if (!fittings.some((fitting) => admits(fitting, grant, now, ticket)))
    for (const fitting of fittings) {
      const { id } = fitting.pool;
      const inPool = obstaclesIn(fitting, grant, now, ticket);
      for (const part of inPool.held) held.add(part);
      if (lock === null) for (const each of inPool.before) before.push({ name: id, ticket: each });
      if (inPool.isKept) kept.add(id);
    }
  const inOrder = [...held].sort((a, b) => a.grant.at - b.grant.at || a.grant.order - b.grant.order);
  return { held: inOrder, before, kept: [...kept] };
}

/** What keeps an amount of one resource from `grant`. */
function obstaclesIn({ pool, dims, need }: Fitting, grant: Grant, now: number, ticket: number) {
  const none = { held: [] as readonly Part[], before: [] as readonly number[], isKept: false };
  if (!pool.open) return none;
  if (isLockedOut(pool, grant, ticket)) {
    if (pool.exclusive !== null) return { ...none, held: [pool.exclusive] };
    return { ...none, before: pool.exclusiveQueue.filter((other) => other < ticket) };
  }
  const others = pool.parts.filter((part) => part.grant !== grant);
  if (lacksSeat(pool, grant.holder)) {
    const isKept = pool.keptSeats > 0 && !lacksSeat(pool, grant.holder, 0);
    return { ...none, held: isKept ? [] : others, isKept };
  }
  const short = dims.filter((dimension, i) => (need[i] ?? 0) > headroom(pool, dimension, now));
  const isKept = short.some((dimension) => {
    const wanted = need[dims.indexOf(dimension)] ?? 0;
    const { kept, usable } = dimension;
    return kept > 0 && (wanted <= headroom(pool, dimension, now) + kept || wanted > usable - kept);
  });
  const stock = short.filter(({ bucket }) => bucket === null);
  const held = others.filter((part) => part.fitting?.dims.some((dimension) => stock.includes(dimension)));
  return { ...none, held, isKept };
}
