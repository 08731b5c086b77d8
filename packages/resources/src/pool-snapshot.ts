import type { Pool } from "./ledger-state.ts";
import { accrue, availableAmount, utilization } from "./pool.ts";
import { fromUnits } from "./quantity.ts";
import type { ResourceType } from "./resource-type.ts";

/** One dimension of a resource at an instant. */
export interface DimensionSnapshot {
  readonly name: string;
  /** As declared. */
  readonly capacity: number;
  /** The capacity, or a lower cap. */
  readonly usable: number;
  /** Sum of what is held now. */
  readonly allocated: number;
  /** What could be granted now: usable less held, or the tokens left of a rate. */
  readonly available: number;
  /** Share in use, 1 = full: held, or tokens spent, of what is usable. */
  readonly utilization: number;
}

/** The figures of a resource at an instant. */
export interface PoolSnapshot {
  readonly id: string;
  readonly type: ResourceType;
  readonly open: boolean;
  /** The first one is the primary dimension. */
  readonly dimensions: readonly DimensionSnapshot[];
  /** Distinct holders. */
  readonly holders: ReadonlySet<string>;
  /** Live parts. */
  readonly live: number;
  /** Grants ever made. */
  readonly grants: number;
  /** Time for which released parts were held, in milliseconds. */
  readonly heldMs: number;
  /** Most ever held of the primary dimension. */
  readonly peak: number;
  /** Time-weighted average held of the primary dimension since registration. */
  readonly average: number;
}

/** The figures of `pool` at `now`. O(dimensions + live parts). */
export function snapshotPool(pool: Pool, now: number): PoolSnapshot {
  accrue(pool, now);
  const { primary } = pool;
  const elapsed = pool.changedAt - pool.since;
  return {
    id: pool.id,
    type: pool.type,
    open: pool.open,
    dimensions: pool.dims.map((dimension) => ({
      name: dimension.name,
      capacity: dimension.capacity,
      usable: fromUnits(dimension.usable, dimension.scale),
      allocated: fromUnits(dimension.used, dimension.scale),
      available: availableAmount(pool, dimension, now),
      utilization: utilization(dimension, now),
    })),
    holders: new Set(pool.parts.map((part) => part.grant.holder)),
    live: pool.parts.length,
    grants: pool.grants,
    heldMs: pool.heldMs,
    peak: fromUnits(Math.max(pool.peak, primary.used), primary.scale),
    average: fromUnits(elapsed > 0 ? pool.area / elapsed : primary.used, primary.scale),
  };
}
