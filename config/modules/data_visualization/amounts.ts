import { InvalidParametersError } from "@orch/core";
import { z } from "zod";

/** Labels and their numbers. */
export const amountsSchema = z.record(z.string(), z.number());

/** A label and its number. */
export interface Amount {
  readonly label: string;
  readonly value: number;
}

/** The amounts of a record, in its order. Without any: INVALID_PARAMETERS, since an empty chart says nothing. */
export function amountsOf(data: Readonly<Record<string, number>>): Amount[] {
  const amounts = Object.entries(data).map(([label, value]) => ({ label, value }));
  if (amounts.length === 0) throw nothingToDraw("data", "data has no entries");
  return amounts;
}

/** The error for data without anything to draw. */
export function nothingToDraw(path: string, message: string): InvalidParametersError {
  return new InvalidParametersError(`Nothing to draw: ${message}`, {
    details: { problems: [{ path, message }] },
    suggestions: ['Give at least one label with a number, such as {"A": 10}'],
  });
}

/** The `most` largest amounts in falling order, and what is left as one: `other (n)`. All of them, in their order, where they are few. */
export function largestAmounts(amounts: readonly Amount[], most: number): Amount[] {
  if (amounts.length <= most) return [...amounts];
  const sorted = [...amounts].sort((a, b) => b.value - a.value);
  const rest = sorted.slice(most);
  return [
    ...sorted.slice(0, most),
    { label: `other (${rest.length})`, value: rest.reduce((sum, { value }) => sum + value, 0) },
  ];
}

/** A number as people read it: at most two decimals, thousands apart. */
export const readable = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 2 });
