import type { BoundLine } from "./binding.ts";
import { mostEver } from "./binding.ts";
import type { Dimension, Fitting } from "./ledger-state.ts";
import { loadOf } from "./pool.ts";
import { fromUnits } from "./quantity.ts";
import { type Refusal, refusal } from "./refusal.ts";

// Two lines that want the same resources are a packing problem. Demands are small, so the search is complete in
// practice; this bound keeps a contrived one from taking the process hostage.
const MOST_STEPS = 20_000;

/** How {@link search} tries a choice and takes it back. */
export interface Placement {
  /** Takes `fitting` for line `index` (`null`: only its lock) and says whether that was possible. */
  place(index: number, fitting: Fitting | null): boolean;
  /** Takes back the last choice. */
  undo(): void;
}

/** A choice for every line, best fit first; on success the choices stay placed. False when there is none. */
export function search(
  lines: readonly BoundLine[],
  placement: Placement,
  order: (line: BoundLine) => Fitting[],
): boolean {
  let steps = 0;
  const from = (index: number): boolean => {
    const line = lines[index];
    if (line === undefined) return true;
    const choices: (Fitting | null)[] = line.fittings.length > 0 ? order(line) : [null];
    for (const choice of choices) {
      if (++steps > MOST_STEPS) return false;
      if (!placement.place(index, choice)) continue;
      if (from(index + 1)) return true;
      placement.undo();
    }
    return false;
  };
  return from(0);
}

/** The fittings of `line`, least loaded first, ties in the order of registration. */
export const byLoad =
  (now: number) =>
  (line: BoundLine): Fitting[] =>
    [...line.fittings].sort((a, b) => loadOf(a.pool, now) - loadOf(b.pool, now));

/** Whether all lines would fit together if nobody else held anything. */
export function fitsEmpty(lines: readonly BoundLine[]): boolean {
  const taken = new Map<Dimension, number>();
  const placed: (Fitting | null)[] = [];
  const add = (fitting: Fitting | null, sign: 1 | -1) => {
    fitting?.dims.forEach((dimension, i) => {
      taken.set(dimension, (taken.get(dimension) ?? 0) + sign * (fitting.need[i] ?? 0));
    });
  };
  const place = (_index: number, fitting: Fitting | null): boolean => {
    const fits = (fitting?.dims ?? []).every((dimension, i) => {
      const most = fitting === null ? 0 : mostEver(fitting.pool, dimension);
      return (taken.get(dimension) ?? 0) + (fitting?.need[i] ?? 0) <= most;
    });
    if (!fits) return false;
    placed.push(fitting);
    add(fitting, 1);
    return true;
  };
  return search(lines, { place, undo: () => add(placed.pop() ?? null, -1) }, (line) => [...line.fittings]);
}

/** The refusal of lines that each fit alone but never together: the dimension that is asked for most. */
export function tooMuchTogether(lines: readonly BoundLine[]): Refusal {
  const asked = new Map<Dimension, { units: number; line: number; id: string; most: number }>();
  for (const [line, { fittings }] of lines.entries()) {
    for (const { pool, dims, need } of fittings) {
      dims.forEach((dimension, i) => {
        const units = (asked.get(dimension)?.units ?? 0) + (need[i] ?? 0);
        asked.set(dimension, { units, line, id: pool.id, most: mostEver(pool, dimension) });
      });
    }
  }
  const [worst] = [...asked].sort(([, a], [, b]) => b.units / b.most - a.units / a.most);
  if (worst === undefined) return refusal("capacity", 0, "", { never: true });
  const [{ name, scale }, { units, line, id, most }] = worst;
  const capacity = fromUnits(most, scale);
  const facts = {
    never: true,
    dimension: name,
    wanted: fromUnits(units, scale),
    capacity,
    available: capacity,
  };
  return refusal("capacity", line, id, facts);
}
