import { type AccessMode, strongerMode } from "./access-mode.ts";
import type { Amounts, Demand, DemandPart } from "./demand.ts";
import type { Ask, Dimension, Fitting, Pool } from "./ledger-state.ts";
import { fromUnits, toUnits } from "./quantity.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { familyOf } from "./resource-type.ts";

/** One line of a demand against the resources that exist. */
export interface BoundLine {
  /** Resources that could grant it when empty, in the order of registration; empty for a plain lock. */
  readonly fittings: readonly Fitting[];
  readonly lock: string | null;
  readonly mode: AccessMode;
  /** What a refusal names when all of them are full. */
  readonly watch: readonly string[];
}

/** A demand against the resources that exist, valid until one is added, removed or resized. */
export interface Binding {
  readonly lines: readonly BoundLine[];
  /** All resources and locks that the lines may use. */
  readonly names: readonly string[];
  /** Why it can never be granted, or `null`. */
  readonly never: Refusal | null;
  /** Whether two lines can end at one resource, so that taking the best for each may fail where another choice fits. */
  readonly entangled: boolean;
}

/** Binds `demand` to `pools` (in the order of registration). O(lines × resources). */
export function bindDemand(demand: Demand, pools: ReadonlyMap<string, Pool>): Binding {
  const modes = lockModes(demand);
  const lines: BoundLine[] = [];
  let never: Refusal | null = null;
  for (const [index, part] of demand.entries()) {
    const lock = part.mode === undefined ? null : (part.resource ?? null);
    const bound = fitLine(part, index, pools);
    if (!Array.isArray(bound)) never ??= bound;
    const fittings = Array.isArray(bound) ? bound : [];
    const watch = fittings.length > 0 ? fittings.map(({ pool }) => pool.id) : lock === null ? [] : [lock];
    lines.push({ fittings, lock, mode: (lock === null ? undefined : modes.get(lock)) ?? "read", watch });
  }
  const names = [...new Set(lines.flatMap(({ watch }) => watch))];
  return { lines, names, never: never ?? null, entangled: isEntangled(lines) };
}

/** The strongest mode asked for each lock, so that a demand does not wait for itself. */
function lockModes(demand: Demand): Map<string, AccessMode> {
  const modes = new Map<string, AccessMode>();
  for (const { resource, mode } of demand) {
    if (resource === undefined || mode === undefined) continue;
    modes.set(resource, strongerMode(modes.get(resource) ?? mode, mode));
  }
  return modes;
}

function fitLine(part: DemandPart, line: number, pools: ReadonlyMap<string, Pool>): Fitting[] | Refusal {
  if (part.mode !== undefined && part.amounts === undefined) return [];
  const candidates = candidatesOf(part, pools);
  const [first] = candidates;
  const name = part.resource ?? part.type ?? "";
  if (first === undefined) return refusal("unknown_resource", line, name, { never: true });
  const fittings: Fitting[] = [];
  let refused: Refusal | null = null;
  for (const pool of candidates) {
    const fitted = fitPool(part, line, pool, first);
    if ("need" in fitted) fittings.push(fitted);
    else refused = nearer(refused, fitted);
  }
  return fittings.length > 0 || refused === null ? fittings : refused;
}

function candidatesOf(part: DemandPart, pools: ReadonlyMap<string, Pool>): Pool[] {
  if (part.resource !== undefined) {
    const pool = pools.get(part.resource);
    return pool === undefined ? [] : [pool];
  }
  const family = part.type === undefined ? null : familyOf(part.type);
  return [...pools.values()].filter((pool) => pool.needs === null && familyOf(pool.type) === family);
}

/** A plain number means the primary dimension of the first candidate, so that `memory: 4` is never GB here and MB there. */
function fitPool(part: DemandPart, line: number, pool: Pool, first: Pool): Fitting | Refusal {
  const { amounts = first.limits.defaultAllocation ?? 1 } = part;
  const wanted = typeof amounts === "number" ? { [first.primary.name]: amounts } : amounts;
  const dims: Dimension[] = [];
  const need: number[] = [];
  for (const [name, amount] of Object.entries(wanted)) {
    const dimension = pool.dims.find((candidate) => candidate.name === name);
    if (dimension === undefined) {
      return refusal("unknown_dimension", line, pool.id, { never: true, dimension: name, wanted: amount });
    }
    const refused = outOfBounds(pool, dimension, amount, line);
    if (refused !== null) return refused;
    dims.push(dimension);
    need.push(toUnits(amount, dimension.scale));
  }
  return { pool, dims, need };
}

/** The part of `amounts` that `pool` has, as it was recorded and whether or not it fits, or `null` when that is nothing. */
export function recordedFitting(pool: Pool, amounts: Amounts): Fitting | null {
  const dims = pool.dims.filter(({ name }) => amounts[name] !== undefined);
  const need = dims.map(({ name, scale }) => toUnits(amounts[name] ?? 0, scale));
  return dims.length === 0 ? null : { pool, dims, need };
}

/** The refusal of an amount that no release can make room for, or `null`. */
function outOfBounds(pool: Pool, dimension: Dimension, amount: number, line: number): Refusal | null {
  const facts = { never: true, dimension: dimension.name, wanted: amount };
  const units = toUnits(amount, dimension.scale);
  const smallest = 1 / dimension.scale;
  if (units === 0) return refusal("below_minimum", line, pool.id, { ...facts, capacity: smallest });
  const most = mostEver(pool, dimension);
  if (dimension === pool.primary) {
    const { minValue = 0, maxValue = null } = pool.limits;
    if (amount < minValue) return refusal("below_minimum", line, pool.id, { ...facts, capacity: minValue });
    if (maxValue !== null && amount > maxValue) {
      return refusal("above_maximum", line, pool.id, { ...facts, capacity: maxValue });
    }
  }
  if (units <= most) return null;
  const capacity = fromUnits(most, dimension.scale);
  return refusal("capacity", line, pool.id, { ...facts, capacity, available: capacity });
}

/** The most units of `dimension` that may ever be held. */
export const mostEver = (pool: Pool, dimension: Dimension): number =>
  dimension === pool.primary && pool.burst !== null
    ? Math.max(dimension.usable, pool.burst.limit)
    : dimension.usable;

/** Of two reasons why a line never fits, the one that came nearer to fitting. */
function nearer(a: Refusal | null, b: Refusal): Refusal {
  if (a === null || a.reason === "unknown_dimension") return b;
  return b.reason === "capacity" && b.capacity > a.capacity ? b : a;
}

function isEntangled(lines: readonly BoundLine[]): boolean {
  const seen = new Set<Pool>();
  for (const { fittings } of lines) {
    if (fittings.some(({ pool }) => seen.has(pool))) return true;
    for (const { pool } of fittings) seen.add(pool);
  }
  return false;
}

/** What the lines of a demand ask of the resource or lock `name` together. */
export function askOf({ lines }: Binding, name: string): Ask {
  const amounts: Record<string, number> = {};
  let mode: AccessMode | null = null;
  for (const { fittings, lock, mode: wanted } of lines) {
    if (lock === name) mode = mode === null ? wanted : strongerMode(mode, wanted);
    const fitting = fittings.find(({ pool }) => pool.id === name);
    fitting?.dims.forEach((dimension, i) => {
      amounts[dimension.name] =
        (amounts[dimension.name] ?? 0) + fromUnits(fitting.need[i] ?? 0, dimension.scale);
    });
  }
  return { amounts, mode };
}
