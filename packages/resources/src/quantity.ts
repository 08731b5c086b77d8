import { LONGEST_MS } from "@orch/core/base";

/**
 * Amounts are held as whole numbers of a small unit, so sums are exact: 0.1 ten times is 1, and taking it back gives 0.
 * The unit is a millionth; a dimension too large for that counts in thousandths or ones (bytes, for instance).
 */

const SCALES: readonly number[] = [1_000_000, 1_000, 1];

/** Units per 1 for a dimension that must hold `capacity`, or `null` when even whole numbers would not be exact. */
export function scaleFor(capacity: number): number | null {
  return SCALES.find((scale) => capacity * scale <= Number.MAX_SAFE_INTEGER) ?? null;
}

/** `amount` in whole units, rounded to the nearest: a difference below half a unit (0.0000005) does not count. */
export const toUnits = (amount: number, scale: number): number => Math.round(amount * scale);

/** The amount of `units`. */
export const fromUnits = (units: number, scale: number): number => units / scale;

/** Whether `value` is an amount: a finite number above zero. */
export const isAmount = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value > 0;

/** Whether `value` is a duration: milliseconds above 0, 100 years at most. */
export const isDuration = (value: unknown): value is number => isAmount(value) && value <= LONGEST_MS;
/** What a duration must be, for messages. */
export const DURATION_RULE = "a number of milliseconds above 0, 100 years at most";
