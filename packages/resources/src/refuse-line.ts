import type { BoundLine } from "./binding.ts";
import { mostEver } from "./binding.ts";
import { nextBurstAt } from "./burst.ts";
import type { Fitting, Grant } from "./ledger-state.ts";
import { availableAmount, headroom } from "./pool.ts";
import { fromUnits } from "./quantity.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { isLockedOut, lacksSeat } from "./reserve.ts";
import { readyAt } from "./token-bucket.ts";

/** Why `line` was not granted now, after none of its resources admitted it. */
export function refuseLine(
  line: BoundLine,
  index: number,
  grant: Grant,
  now: number,
  ticket: number,
): Refusal {
  let best: { lack: number; refused: Refusal } | null = null;
  for (const fitting of line.fittings) {
    const found = refuseFitting(fitting, line, index, grant, now, ticket);
    if (found !== null && (best === null || found.lack < best.lack)) best = found;
  }
  // Every resource had room: it is the lock that is missing.
  return best?.refused ?? refusal("locked", index, line.lock ?? "", { watch: [line.lock ?? ""] });
}

/** The reason of one resource and how far it is from fitting: the lacking share, or 1 where waiting is for a person. */
function refuseFitting(
  fitting: Fitting,
  line: BoundLine,
  index: number,
  grant: Grant,
  now: number,
  ticket: number,
): { lack: number; refused: Refusal } | null {
  const { pool } = fitting;
  const { watch } = line;
  if (!pool.open) return { lack: 3, refused: refusal("unavailable", index, pool.id, { watch }) };
  if (isLockedOut(pool, grant, ticket))
    return { lack: 2, refused: refusal("locked", index, pool.id, { watch }) };
  if (lacksSeat(pool, grant.holder)) {
    const users = { wanted: pool.holders?.size ?? 0, capacity: pool.limits.maxConcurrentUsers ?? 0 };
    return { lack: 2, refused: refusal("users", index, pool.id, { ...users, watch }) };
  }
  const short = fitting.dims.findIndex(
    (dimension, i) => (fitting.need[i] ?? 0) > headroom(pool, dimension, now),
  );
  const dimension = fitting.dims[short];
  if (dimension === undefined) return null;
  const need = fitting.need[short] ?? 0;
  const { bucket, scale, usable } = dimension;
  const facts = {
    dimension: dimension.name,
    wanted: fromUnits(need, scale),
    available: availableAmount(pool, dimension, now),
    capacity: fromUnits(mostEver(pool, dimension), scale),
    watch,
  };
  const lack = (need - headroom(pool, dimension, now)) / usable;
  if (bucket === null) {
    const retryAt = pool.burst === null || dimension !== pool.primary ? null : nextBurstAt(pool.burst, now);
    return { lack, refused: refusal("capacity", index, pool.id, { ...facts, retryAt }) };
  }
  return {
    lack,
    refused: refusal("rate", index, pool.id, {
      ...facts,
      retryAt: readyAt(bucket, usable, Math.min(usable, need + dimension.kept)),
    }),
  };
}
