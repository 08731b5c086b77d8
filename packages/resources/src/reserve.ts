import type { AccessMode } from "./access-mode.ts";
import type { Fitting, Grant, Part, Pool } from "./ledger-state.ts";
import { accrue, headroom, refreshLoad } from "./pool.ts";

/** Whether `fitting` can be taken for `grant` now. `ticket` is its place in the queue of those who wait. */
export function admits(fitting: Fitting, grant: Grant, now: number, ticket: number): boolean {
  const { pool, dims, need } = fitting;
  if (!pool.open || isLockedOut(pool, grant, ticket) || lacksSeat(pool, grant.holder)) return false;
  for (let i = 0; i < dims.length; i++) {
    const dimension = dims[i];
    if (dimension !== undefined && (need[i] ?? 0) > headroom(pool, dimension, now)) return false;
  }
  return true;
}

/** Whether somebody else holds the resource exclusively, or has waited longer to do so. */
export function isLockedOut(pool: Pool, grant: Grant, ticket: number): boolean {
  if (pool.exclusive !== null && pool.exclusive.grant !== grant) return true;
  const [first] = pool.exclusiveQueue;
  return first !== undefined && first < ticket && pool.exclusive === null;
}

/** Whether `holder` would be one user too many, with `kept` places left to others. */
export function lacksSeat(pool: Pool, holder: string, kept: number = pool.keptSeats): boolean {
  const most = pool.limits.maxConcurrentUsers ?? null;
  if (most === null || pool.holders === null || pool.holders.has(holder)) return false;
  return pool.holders.size + kept >= most;
}

/** Takes `fitting` for `grant`, whether or not it fits: the caller has asked {@link admits}, or restores a fact. */
export function take(
  fitting: Fitting,
  grant: Grant,
  lock: string | null,
  mode: AccessMode,
  now: number,
): Part {
  const { pool, dims, need } = fitting;
  accrue(pool, now);
  for (let i = 0; i < dims.length; i++) {
    const dimension = dims[i];
    if (dimension === undefined) continue;
    const units = need[i] ?? 0;
    dimension.used += units;
    if (dimension.bucket !== null) dimension.bucket.tokens -= units;
  }
  refreshLoad(pool);
  pool.grants++;
  if (pool.holders !== null) pool.holders.set(grant.holder, (pool.holders.get(grant.holder) ?? 0) + 1);
  const expiresBy = pool.burst === null ? null : joinBurst(pool, now);
  const part: Part = {
    grant,
    fitting,
    lock,
    mode,
    expiresBy,
    live: true,
    slot: pool.parts.length,
    tag: null,
  };
  pool.parts.push(part);
  grant.parts.push(part);
  return part;
}

/** Gives back what `part` took. Tokens of a rate stay spent; the time held is counted. */
export function drop(part: Part, fitting: Fitting, now: number): void {
  const { pool } = fitting;
  if (pool.primary.used > pool.peak) pool.peak = pool.primary.used;
  accrue(pool, now);
  pool.heldMs += Math.max(0, now - part.grant.at);
  detach(part, fitting);
  const { burst, primary } = pool;
  if (burst !== null && burst.startedAt !== null && primary.used <= primary.usable) {
    burst.startedAt = null;
    burst.endedAt = now;
  }
}

/** Makes the newest {@link take} undone, as if it had never been: counters, peaks, tokens and bursts included. */
export function undo(part: Part, fitting: Fitting): void {
  const { pool, dims, need } = fitting;
  detach(part, fitting);
  pool.grants--;
  for (let i = 0; i < dims.length; i++) {
    const bucket = dims[i]?.bucket;
    if (bucket) bucket.tokens += need[i] ?? 0;
  }
  const { burst, primary } = pool;
  // It was this part that began the burst if the total is back in bounds without it.
  if (burst !== null && part.expiresBy !== null && primary.used <= primary.usable) {
    burst.startedAt = null;
  }
}

function detach(part: Part, { pool, dims, need }: Fitting): void {
  part.live = false;
  for (let i = 0; i < dims.length; i++) {
    const dimension = dims[i];
    if (dimension !== undefined) dimension.used -= need[i] ?? 0;
  }
  refreshLoad(pool);
  const last = pool.parts.pop();
  if (last !== undefined && last !== part) {
    pool.parts[part.slot] = last;
    last.slot = part.slot;
  }
  const { holder } = part.grant;
  const count = pool.holders?.get(holder) ?? 0;
  if (count > 1) pool.holders?.set(holder, count - 1);
  else pool.holders?.delete(holder);
}

/** The end of the burst that a part which was just taken belongs to, or `null` when the capacity is not passed. */
function joinBurst({ burst, primary }: Pool, now: number): number | null {
  if (burst === null || primary.used <= primary.usable) return null;
  burst.startedAt ??= now;
  return burst.startedAt + burst.windowMs;
}
