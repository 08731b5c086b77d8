import { burstCeiling } from "./burst.ts";
import type { Dimension, Pool } from "./ledger-state.ts";
import { fromUnits } from "./quantity.ts";
import { refill } from "./token-bucket.ts";

/** Units of `dimension` that can be granted at `now`, below 0 when more is held than there is. */
export function headroom(pool: Pool, dimension: Dimension, now: number): number {
  const { bucket, usable } = dimension;
  if (bucket !== null) {
    refill(bucket, usable, now);
    return bucket.tokens - dimension.kept;
  }
  const { used } = dimension;
  if (pool.burst !== null && dimension === pool.primary)
    return burstCeiling(pool.burst, used, usable, now) - used - dimension.kept;
  return usable - used - dimension.kept;
}

/** The amount of `dimension` that can be granted at `now`, never below 0. */
export const availableAmount = (pool: Pool, dimension: Dimension, now: number): number =>
  fromUnits(Math.max(0, headroom(pool, dimension, now)), dimension.scale);

/** The share of `dimension` that is in use at `now`, 1 = full; above 1 in a burst or after a cut of capacity. */
export function utilization(dimension: Dimension, now: number): number {
  const { bucket, usable } = dimension;
  if (bucket === null) return dimension.used / usable;
  refill(bucket, usable, now);
  return (usable - bucket.tokens) / usable;
}

/** What best fit compares: the sum of the utilisation over all dimensions at `now`. */
export function loadOf(pool: Pool, now: number): number {
  if (!pool.hasRate) return pool.load;
  let load = pool.load;
  for (const dimension of pool.dims) if (dimension.bucket !== null) load += utilization(dimension, now);
  return load;
}

/** Computes `load` anew from the sums, so that it cannot drift. */
export function refreshLoad(pool: Pool): void {
  let load = 0;
  for (const dimension of pool.dims) {
    if (dimension.bucket === null) load += dimension.used / dimension.usable;
  }
  pool.load = load;
}

/** Adds the time since the last change to the time-weighted use; call before the sums change. */
export function accrue(pool: Pool, now: number): void {
  if (now <= pool.changedAt) return;
  pool.area += pool.primary.used * (now - pool.changedAt);
  pool.changedAt = now;
}
