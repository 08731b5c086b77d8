import { InvalidParametersError, isObject } from "@orch/core";
import { needObject, needText, readArgument, shownName, shownValue } from "@orch/core/base";
import type { Burst } from "./burst.ts";
import { type Amounts, amountProblems, copyAmounts } from "./demand.ts";
import type { Dimension, Pool, PoolLimits } from "./ledger-state.ts";
import { accrue, refreshLoad } from "./pool.ts";
import { isAmount, scaleFor, toUnits } from "./quantity.ts";
import { familyOf, findResourceType, type ResourceType } from "./resource-type.ts";
import { isRate, refill } from "./token-bucket.ts";

/** What the ledger needs to know of a resource. */
export interface PoolSpec {
  readonly id: string;
  readonly type: ResourceType;
  /** Amounts by dimension, or a number: that many of `unit`. The first dimension is the primary one. */
  readonly capacity: number | Amounts;
  /** Name of the dimension of a plain number. Default `units`. */
  readonly unit?: string;
  /** Default: no bounds. */
  readonly limits?: PoolLimits;
}

/** The one key that a plain object does not simply hold. */
const RESERVED_NAME = "__proto__";

/** `capacity` as a map: 100 with unit "cores" is `{ cores: 100 }`. */
export const capacityMap = (capacity: number | Amounts, unit = "units"): Amounts =>
  typeof capacity === "number" ? { [unit]: capacity } : capacity;

/** A pool from its description, with nothing held. Throws one INVALID_PARAMETERS that names every problem. */
export function createPool(given: PoolSpec, index: number, now: number): Pool {
  const spec = readArgument("resource", () => copySpec(given));
  const limits = spec.limits ?? {};
  const problems = [...specProblems(spec), ...limitProblems(limits)];
  if (problems.length === 0) problems.push(...burstProblems(capacityMap(spec.capacity, spec.unit), limits));
  if (problems.length > 0) throw invalidResource(spec.id, problems);
  const dims = dimensionsOf(capacityMap(spec.capacity, spec.unit), limits, [], now);
  const [primary] = dims;
  if (primary === undefined) throw invalidResource(spec.id, [{ path: "capacity", message: "no dimension" }]);
  const pool: Pool = {
    id: spec.id,
    type: spec.type,
    index,
    dims,
    primary,
    open: true,
    needs: null,
    limits,
    burst: burstOf(limits, primary, null),
    parts: [],
    holders: null,
    exclusive: null,
    exclusiveQueue: [],
    keptSeats: 0,
    load: 0,
    hasRate: dims.some(({ bucket }) => bucket !== null),
    grants: 0,
    heldMs: 0,
    peak: 0,
    area: 0,
    since: now,
    changedAt: now,
  };
  countHolders(pool);
  return pool;
}

function copySpec(given: PoolSpec): PoolSpec {
  const { unit, limits, capacity, ...spec } = needObject("resource", given) as unknown as PoolSpec;
  if (unit !== undefined) needText("unit", unit);
  return {
    ...spec,
    ...(unit !== undefined && { unit }),
    capacity: copyCapacity(capacity),
    limits: copyLimits(limits ?? {}),
  };
}

const copyCapacity = (capacity: number | Amounts): number | Amounts =>
  isObject(capacity) ? copyAmounts(capacity) : capacity;

function copyLimits(given: PoolLimits): PoolLimits {
  const limits = { ...(needObject("limits", given) as PoolLimits) };
  return limits.caps === undefined ? limits : { ...limits, caps: { ...limits.caps } };
}

/**
 * Changes the capacity and limits of `pool`. What is held stays held, even when it is more than there is now; then
 * nothing new is granted until enough came back. Throws INVALID_PARAMETERS, changing nothing, when a dimension that is
 * held would disappear or need a coarser unit.
 */
export function resizePool(pool: Pool, given: Amounts, bounds: PoolLimits, now: number): void {
  const capacity = readArgument("capacity", () => copyCapacity(given)) as Amounts;
  const limits = bounds === pool.limits ? bounds : readArgument("limits", () => copyLimits(bounds));
  const problems = [...capacityProblems(capacity), ...limitProblems(limits), ...heldProblems(pool, capacity)];
  // A capacity may grow beyond the limit of its bursts: then there are none.
  if (problems.length === 0 && limits !== pool.limits) problems.push(...burstProblems(capacity, limits));
  if (problems.length > 0) throw invalidResource(pool.id, problems);
  accrue(pool, now);
  const dims = dimensionsOf(capacity, limits, pool.dims, now);
  const [primary] = dims;
  if (primary === undefined) return;
  if (primary !== pool.primary) Object.assign(pool, { peak: primary.used, area: 0, since: now });
  Object.assign(pool, { dims, primary, limits, burst: burstOf(limits, primary, pool.burst) });
  pool.hasRate = dims.some(({ bucket }) => bucket !== null);
  countHolders(pool);
  refreshLoad(pool);
}

/** The dimensions for `capacity`; those of `old` that keep their unit stay the same objects, since live parts use them. */
function dimensionsOf(
  capacity: Amounts,
  limits: PoolLimits,
  old: readonly Dimension[],
  now: number,
): Dimension[] {
  return Object.entries(capacity).map(([name, amount]) => {
    const known = old.find((dimension) => dimension.name === name);
    const scale = known !== undefined && fits(amount, known.scale) ? known.scale : (scaleFor(amount) ?? 1);
    const usable = toUnits(Math.min(amount, limits.caps?.[name] ?? amount), scale);
    if (known === undefined || known.scale !== scale) {
      const bucket = isRate(name) ? { tokens: usable, at: now } : null;
      return { name, scale, capacity: amount, usable, used: 0, kept: 0, bucket };
    }
    if (known.bucket !== null) {
      refill(known.bucket, known.usable, now);
      known.bucket.tokens = Math.min(known.bucket.tokens, usable);
    }
    return Object.assign(known, { capacity: amount, usable });
  });
}

const fits = (amount: number, scale: number): boolean => amount * scale <= Number.MAX_SAFE_INTEGER;

function burstOf(limits: PoolLimits, primary: Dimension, old: Burst | null): Burst | null {
  // A rate has its burst in its bucket.
  if (limits.burstLimit == null || primary.bucket !== null) return null;
  const limit = toUnits(limits.burstLimit, primary.scale);
  if (limit < primary.usable) return null;
  return {
    limit,
    windowMs: limits.burstWindowMs ?? 60_000,
    startedAt: old?.startedAt ?? null,
    endedAt: old?.endedAt ?? null,
  };
}

function countHolders(pool: Pool): void {
  pool.holders = (pool.limits.maxConcurrentUsers ?? null) === null ? null : new Map();
  for (const { grant } of pool.parts)
    pool.holders?.set(grant.holder, (pool.holders.get(grant.holder) ?? 0) + 1);
}

interface Problem {
  readonly path: string;
  readonly message: string;
}

function specProblems(spec: PoolSpec): Problem[] {
  const problems = capacityProblems(spec.capacity);
  if (typeof spec.id !== "string" || spec.id === "" || spec.id === RESERVED_NAME) {
    problems.push({ path: "id", message: `a resource needs an id, was ${shownValue(spec.id)}` });
  }
  if (findResourceType(spec.type) === null) {
    problems.push({ path: "type", message: `unknown resource type ${shownName(spec.type)}` });
  } else if (spec.type !== spec.type.toLowerCase() || familyOf(spec.type) === undefined) {
    problems.push({ path: "type", message: `a resource type is lower-case, was ${shownValue(spec.type)}` });
  }
  return problems;
}

function capacityProblems(capacity: unknown): Problem[] {
  if (capacity === undefined) return [{ path: "capacity", message: "a resource needs a capacity" }];
  const problems = amountProblems(capacity).map(({ path, message }) => ({
    path: `capacity${path}`,
    message,
  }));
  if (problems.length > 0) return problems;
  const entries: [string, unknown][] =
    typeof capacity === "number" ? [["units", capacity]] : Object.entries(capacity as Amounts);
  return entries.flatMap(([name, amount]): Problem[] => {
    const path = `capacity.${name}`;
    if (name === RESERVED_NAME) return [{ path, message: `${name} is no name for a dimension` }];
    if (scaleFor(amount as number) === null)
      return [{ path, message: `${name} is too large to count exactly: ${amount}` }];
    const tooSmall = (amount as number) < 0.000_001;
    return tooSmall ? [{ path, message: `${name} must be at least 0.000001, was ${amount}` }] : [];
  });
}

/** Throws INVALID_PARAMETERS where `pool` cannot become one of `capacity`, for what is held of it. */
export function checkHeld(pool: Pool, capacity: Amounts): void {
  const problems = heldProblems(pool, capacity);
  if (problems.length > 0) throw invalidResource(pool.id, problems);
}

function heldProblems(pool: Pool, capacity: Amounts): Problem[] {
  return pool.dims
    .filter((dimension) => dimension.used > 0)
    .flatMap((dimension): Problem[] => {
      const amount = capacity[dimension.name];
      const path = `capacity.${dimension.name}`;
      if (amount === undefined)
        return [{ path, message: `${dimension.name} is in use and cannot be taken away` }];
      return fits(amount, dimension.scale)
        ? []
        : [{ path, message: `${dimension.name} is in use and cannot grow to ${amount}` }];
    });
}

function limitProblems(limits: PoolLimits): Problem[] {
  const problems: Problem[] = [];
  const check = (name: string, value: unknown, valid: boolean, rule: string) => {
    if (value != null && !valid)
      problems.push({ path: `limits.${name}`, message: `${name} must be ${rule}, was ${shownValue(value)}` });
  };
  const { minValue, maxValue, maxConcurrentUsers: users } = limits;
  const isCount = typeof users === "number" && Number.isInteger(users) && users >= 1;
  check("minValue", minValue, minValue === 0 || isAmount(minValue), "a finite number of 0 or more");
  check("maxConcurrentUsers", users, isCount, "a whole number above 0");
  for (const name of ["maxValue", "defaultAllocation", "burstLimit", "burstWindowMs"] as const) {
    check(name, limits[name], isAmount(limits[name]), "a finite number above 0");
  }
  for (const [name, cap] of Object.entries(limits.caps ?? {})) {
    check(`caps.${name}`, cap, isAmount(cap), "a finite number above 0");
  }
  if (problems.length === 0)
    check(
      "minValue",
      minValue,
      (minValue ?? 0) <= (maxValue ?? Number.POSITIVE_INFINITY),
      `at most maxValue, ${maxValue}`,
    );
  return problems;
}

/** A burst goes above the capacity: a lower limit would mean nothing. */
function burstProblems(capacity: Amounts, { burstLimit }: PoolLimits): Problem[] {
  const [[name, amount] = ["", 0]] = Object.entries(capacity);
  if (burstLimit == null || isRate(name) || burstLimit >= amount) return [];
  const message = `burstLimit must be at least the capacity, ${amount}, was ${burstLimit}`;
  return [{ path: "limits.burstLimit", message }];
}

function invalidResource(id: unknown, problems: readonly Problem[]): InvalidParametersError {
  const message = `resource ${shownName(id)}: ${problems[0]?.message}`;
  return new InvalidParametersError(message, {
    details: { resource_id: typeof id === "string" ? id : shownValue(id), problems },
  });
}
