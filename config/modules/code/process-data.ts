import { InvalidParametersError, type JsonValue, nearestNames } from "@orch/core";
import { z } from "zod";
import type { Row } from "./load-data.ts";

const OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "contains", "missing", "present"] as const;
const AGGREGATES = ["count", "sum", "mean", "min", "max"] as const;
const column = z.string().min(1);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** What is done with the rows, in this order: choose, group, sort, cut. */
export const operationsSchema = z.object({
  where: z
    .array(z.object({ column, operator: z.enum(OPERATORS), value: scalar.default(null) }))
    .default([])
    .describe("Conditions that a row must meet, all of them"),
  group_by: column.nullish().describe("One row for each value of this column"),
  value: column.nullish().describe("The column whose numbers are put together; without it rows are counted"),
  aggregate: z.enum(AGGREGATES).optional().describe("How; sum where there is a value, else count"),
  sort_by: column.nullish().describe("Column to sort by; groups are sorted by their amount without it"),
  descending: z.boolean().optional().describe("Largest first; so for groups without sort_by"),
  limit: z.int().min(1).nullish().describe("At most so many rows"),
});
type Operations = z.output<typeof operationsSchema>;
type Condition = Operations["where"][number];

/** What a column holds. */
export interface ColumnSummary {
  readonly name: string;
  /** `mixed` where there are several. */
  readonly type: string;
  readonly present: number;
  readonly missing: number;
  /** Different values, 1,000 at most. */
  readonly distinct: number;
  /** Of numbers; null for other columns. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

/** Rows after the operations, and what their columns hold. */
export interface ProcessedData {
  readonly rows: readonly Row[];
  readonly row_count: number;
  /** Rows that did not meet the conditions. */
  readonly left_out: number;
  readonly columns: readonly ColumnSummary[];
  /** The amount of each group, for charts; empty without group_by. */
  readonly amounts: Readonly<Record<string, number>>;
}

/** Does the operations. INVALID_PARAMETERS for a column that no row has. O(rows × log rows). */
export function processData(rows: readonly Row[], operations: Operations): ProcessedData {
  refuseUnknownColumns(rows, operations);
  const chosen = rows.filter((row) => operations.where.every((condition) => meets(row, condition)));
  const { group_by: by } = operations;
  const grouped = by ? groups(chosen, by, operations) : chosen;
  const sorted = sortRows(grouped, operations);
  const result = operations.limit ? sorted.slice(0, operations.limit) : sorted;
  const amounts = by ? result.map((row) => [keyOf(row[by]), Number(row["amount"])] as const) : [];
  return {
    rows: result,
    row_count: result.length,
    left_out: rows.length - chosen.length,
    columns: summarize(result),
    amounts: Object.fromEntries(amounts),
  };
}

function refuseUnknownColumns(rows: readonly Row[], { where, group_by, value, sort_by }: Operations): void {
  const known = new Set(rows.flatMap((row) => Object.keys(row)));
  const wanted: [string, string | null | undefined][] = [
    ...where.map(({ column: name }, index): [string, string] => [`where.${index}.column`, name]),
    ["group_by", group_by],
    ["value", value],
    ["sort_by", group_by && sort_by === "amount" ? null : sort_by],
  ];
  const problems = wanted.flatMap(([path, name]) => {
    if (!name || known.has(name)) return [];
    const [near] = nearestNames(name, known);
    const hint = near === undefined ? "" : `; did you mean '${near}'?`;
    return [{ path, message: `no row has a column '${name}'${hint}` }];
  });
  if (problems.length === 0) return;
  throw new InvalidParametersError(problems.map(({ path, message }) => `${path}: ${message}`).join("; "), {
    details: { problems },
    suggestions: [`The columns: ${[...known].slice(0, 20).join(", ") || "none"}.`],
  });
}

function meets(row: Row, { column: name, operator, value }: Condition): boolean {
  const cell = row[name] ?? null;
  if (operator === "missing") return cell === null;
  if (operator === "present") return cell !== null;
  if (operator === "==") return cell === value;
  if (operator === "!=") return cell !== value;
  if (operator === "contains") return typeof cell === "string" && cell.includes(String(value ?? ""));
  if (cell === null || value === null || typeof cell !== typeof value) return false;
  const order = compare(cell, value);
  return { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[operator];
}

function groups(rows: readonly Row[], by: string, { value, aggregate }: Operations): Row[] {
  const collected = new Map<string, { key: JsonValue; count: number; numbers: number[] }>();
  for (const row of rows) {
    const key = row[by] ?? null;
    const group = collected.get(keyOf(key)) ?? { key, count: 0, numbers: [] };
    group.count++;
    const amount = value ? row[value] : null;
    if (typeof amount === "number") group.numbers.push(amount);
    collected.set(keyOf(key), group);
  }
  const how = aggregate ?? (value ? "sum" : "count");
  return [...collected.values()].map(({ key, count, numbers }) => ({
    [by]: key,
    amount: amountOf(how, count, numbers),
    rows: count,
  }));
}

function amountOf(how: (typeof AGGREGATES)[number], count: number, numbers: readonly number[]): number {
  const sum = numbers.reduce((total, each) => total + each, 0);
  if (how === "count") return count;
  if (how === "sum") return sum;
  if (numbers.length === 0) return 0;
  if (how === "mean") return sum / numbers.length;
  return numbers.reduce((best, each) => (how === "min" ? Math.min(best, each) : Math.max(best, each)));
}

function sortRows(rows: readonly Row[], { group_by, sort_by, descending }: Operations): Row[] {
  const by = sort_by ?? (group_by ? "amount" : null);
  if (by === null || by === undefined) return [...rows];
  const isDescending = descending ?? (group_by !== null && group_by !== undefined && !sort_by);
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((a, b) => sign * compare(a[by] ?? null, b[by] ?? null));
}

/** Numbers before text, missing values first; the order of text does not depend on the machine. */
function compare(a: JsonValue, b: JsonValue): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [first, second] = [rank(a), rank(b)];
  if (first !== second) return first - second;
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const rank = (value: JsonValue): number => (value === null ? 0 : typeof value === "number" ? 1 : 2);

const keyOf = (value: JsonValue | undefined): string =>
  typeof value === "string"
    ? value
    : value === null || value === undefined
      ? "(missing)"
      : JSON.stringify(value);

const MOST_DISTINCT = 1000;

function summarize(rows: readonly Row[]): ColumnSummary[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return [...names].map((name) => {
    const cells = rows.map((row) => row[name] ?? null).filter((cell) => cell !== null);
    const numbers = cells.filter((cell) => typeof cell === "number");
    const types = new Set(cells.map((cell) => (Array.isArray(cell) ? "array" : typeof cell)));
    const distinct = new Set<string>();
    for (const cell of cells) if (distinct.size < MOST_DISTINCT) distinct.add(keyOf(cell));
    const [type = "empty"] = types;
    return {
      name,
      type: types.size > 1 ? "mixed" : type,
      present: cells.length,
      missing: rows.length - cells.length,
      distinct: distinct.size,
      min: numbers.length === 0 ? null : numbers.reduce((a, b) => Math.min(a, b)),
      max: numbers.length === 0 ? null : numbers.reduce((a, b) => Math.max(a, b)),
      mean: numbers.length === 0 ? null : numbers.reduce((sum, each) => sum + each, 0) / numbers.length,
    };
  });
}
