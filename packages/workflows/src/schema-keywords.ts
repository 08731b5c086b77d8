import { isObject, nearestNames } from "@orch/core";
import { shown } from "./value-schema.ts";

/** The types that JSON Schema knows. */
export const TYPES = ["string", "number", "integer", "boolean", "array", "object", "null"] as const;

/** A keyword with a value that it cannot have, and where it is in its schema. */
export interface KeywordProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** What is wrong with the value of a `type`. */
export function typeProblem(type: unknown): string {
  const names: readonly string[] = TYPES;
  const wrong = [type].flat().find((each) => typeof each !== "string" || !names.includes(each));
  const [near] = typeof wrong === "string" ? nearestNames(wrong, names) : [];
  const meant = near === undefined ? "" : `; did you mean '${near}'?`;
  return `must be one of ${names.join(", ")}, or a list of them, was ${shown(wrong ?? type)}${meant}`;
}

/**
 * The keywords of a JSON Schema, at any depth, whose values make no sense: no value would ever be compared with them. What
 * is no keyword is passed over. `skipped` are keywords of the schema itself that are looked at elsewhere. O(size).
 */
export function keywordProblems(
  schema: Readonly<Record<string, unknown>>,
  skipped: ReadonlySet<string> = NOTHING,
): KeywordProblem[] {
  const found: KeywordProblem[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (skipped.has(key)) continue;
    const message = valueProblem(key, value);
    if (message !== null) found.push({ path: [key], message });
    else
      for (const [place, part] of partsOf(key, value))
        for (const { path, message: inner } of problemsOfPart(part))
          found.push({ path: [...place, ...path], message: inner });
  }
  return found.concat(boundProblems(schema, found));
}

const NOTHING: ReadonlySet<string> = new Set();

/** A schema within another: `true` and `false` are schemas, too. */
function problemsOfPart(part: unknown): KeywordProblem[] {
  if (typeof part === "boolean") return [];
  if (isObject(part)) return keywordProblems(part);
  return [{ path: [], message: `must be a schema: an object, true or false, was ${shown(part)}` }];
}

/** Says what is wrong with a value, or null. */
type Check = (value: unknown) => string | null;

const meaning = (meant: unknown): string =>
  meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;

/** The number that a text is, as somebody writes it who quotes too much. */
const numberIn = (value: unknown): number | undefined =>
  typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;

const check =
  (isGood: (value: unknown) => boolean, what: string, meant: (value: unknown) => unknown): Check =>
  (value) =>
    isGood(value) ? null : `must be ${what}, was ${shown(value)}${meaning(meant(value))}`;

const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const onlyIf =
  (isGood: (value: unknown) => boolean) =>
  (value: unknown): unknown => {
    const meant = numberIn(value);
    return isGood(meant) ? meant : undefined;
  };

const number = check(Number.isFinite, "a number", numberIn);
const count = check(isCount, "a whole number of at least 0", onlyIf(isCount));
const isAboveZero = (value: unknown): boolean => typeof value === "number" && value > 0;
const factor = check(isAboveZero, "a number above 0", onlyIf(isAboveZero));
const text = check(isText, "a text", () => undefined);
const flag = check(
  (value) => typeof value === "boolean",
  "true or false",
  (value) => ({ true: true, false: false })[String(value)],
);
const names = check(
  (value) => Array.isArray(value) && value.every(isText),
  "a list of names",
  (value) => (isText(value) ? [value] : undefined),
);
const values = check(
  (value) => Array.isArray(value) && value.length > 0,
  "a list with at least one value",
  () => undefined,
);
const type: Check = (value) => {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const all: readonly unknown[] = TYPES;
  return list.length > 0 && list.every((each) => all.includes(each)) ? null : typeProblem(value);
};

/** In older drafts these were flags of `minimum` and `maximum`. */
const bound: Check = (value) => (typeof value === "boolean" ? null : number(value));

const CHECKS: ReadonlyMap<string, Check> = new Map(
  Object.entries({
    type,
    enum: values,
    required: names,
    minimum: number,
    maximum: number,
    exclusiveMinimum: bound,
    exclusiveMaximum: bound,
    multipleOf: factor,
    minLength: count,
    maxLength: count,
    minItems: count,
    maxItems: count,
    minProperties: count,
    maxProperties: count,
    minContains: count,
    maxContains: count,
    pattern: text,
    format: text,
    $ref: text,
    uniqueItems: flag,
  }),
);

const valueProblem = (key: string, value: unknown): string | null =>
  CHECKS.get(key)?.(value) ?? shapeProblem(key, value);

const LISTS: ReadonlySet<string> = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);
const MAPS: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "dependentSchemas",
  "$defs",
  "definitions",
]);
const SCHEMAS: ReadonlySet<string> = new Set([
  "items",
  "additionalProperties",
  "unevaluatedProperties",
  "contains",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
]);

function shapeProblem(key: string, value: unknown): string | null {
  if (LISTS.has(key) && !(Array.isArray(value) && value.length > 0))
    return `must be a list with at least one schema, was ${shown(value)}`;
  if (MAPS.has(key) && !isObject(value)) return `must be an object of schemas, was ${shown(value)}`;
  return null;
}

/** The schemas that the value of a keyword holds, each with its place. */
function partsOf(key: string, value: unknown): (readonly [readonly string[], unknown])[] {
  const isList = Array.isArray(value) && (LISTS.has(key) || key === "items");
  if (isList || (MAPS.has(key) && isObject(value)))
    return Object.entries(value).map(([name, part]) => [[key, name], part] as const);
  return SCHEMAS.has(key) ? [[[key], value]] : [];
}

const BOUNDS = [
  ["minimum", "maximum"],
  ["minLength", "maxLength"],
  ["minItems", "maxItems"],
  ["minProperties", "maxProperties"],
] as const;

/** Bounds that leave nothing between them. */
function boundProblems(
  schema: Readonly<Record<string, unknown>>,
  found: readonly KeywordProblem[],
): KeywordProblem[] {
  const wrong = new Set(found.map(({ path }) => path[0]));
  return BOUNDS.flatMap(([least, most]): KeywordProblem[] => {
    const [from, to] = [schema[least], schema[most]];
    if (wrong.has(least) || wrong.has(most) || from === undefined || to === undefined) return [];
    if ((from as number) <= (to as number)) return [];
    return [{ path: [least], message: `must be at most ${most}, which is ${shown(to)}, was ${shown(from)}` }];
  });
}
