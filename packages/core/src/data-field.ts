import { z } from "zod";
import { fromIso, isDate, toDate, toIso } from "./clock.ts";
import { isObject, type JsonValue } from "./json.ts";

/** A field of a data class, and how it is written in a dict. */
export interface DataField {
  /** In the class. */
  readonly name: string;
  /** In a dict. */
  readonly key: string;
  /** Milliseconds in the class, seconds in a dict. */
  readonly isDuration: boolean;
  /** A `Date` in the class, ISO-8601 text in a dict. */
  readonly isDate: boolean;
  /** A dict says null where the class has no value, or its default. */
  readonly isNullAbsent: boolean;
}

/** Reads the field `name` off its schema; `key` is its name in a dict where that is not the snake_case one. */
export function dataField(name: string, type: z.ZodType, key?: string): DataField {
  const isDuration = name.endsWith("Ms");
  return {
    name,
    key: key ?? snakeCase(isDuration ? name.slice(0, -2) : name),
    isDuration,
    isDate: takesDate(type),
    isNullAbsent: type.safeParse(undefined).success && !type.safeParse(null).success,
  };
}

/** `maxParallelTasks` → `max_parallel_tasks`. */
export const snakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const WRAPPERS = [
  z.ZodOptional,
  z.ZodNullable,
  z.ZodDefault,
  z.ZodPrefault,
  z.ZodReadonly,
  z.ZodNonOptional,
  z.ZodCatch,
];

function takesDate(type: unknown): boolean {
  if (type instanceof z.ZodDate) return true;
  return WRAPPERS.some((wrapper) => type instanceof wrapper && takesDate(type.unwrap()));
}

/** The value of a field in the class, given under `key`: its own name, the one of the dict, or an alias. */
export function fromDictValue(value: unknown, key: string, field: DataField): unknown {
  if (value === null && field.isNullAbsent) return undefined;
  if (field.isDate && typeof value === "string") {
    const epochMs = fromIso(value);
    return epochMs === null ? value : toDate(epochMs);
  }
  const inSeconds = field.isDuration && !/(?:Ms|_ms)$/.test(key);
  return inSeconds && typeof value === "number" ? toMilliseconds(value) : value;
}

/** Cut to the 15 digits that a number surely has, so that 1.1 s is 1,100 ms and not 1,100.0000000000002. */
function toMilliseconds(seconds: number): number {
  const milliseconds = seconds * 1000;
  return Number.isInteger(seconds) ? milliseconds : Number(milliseconds.toPrecision(15));
}

/** The value of a field in a dict. */
export function toDictValue(value: unknown, field: DataField): JsonValue {
  return field.isDuration && typeof value === "number" ? value / 1000 : toPlain(value);
}

/** Nested data classes as dicts, sets as arrays, dates as text; what is absent is null. */
function toPlain(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object") return value as JsonValue;
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Set) return [...value].map(toPlain);
  if (isDate(value)) return toIso(value.getTime());
  if ("toDict" in value && typeof value.toDict === "function") return value.toDict() as JsonValue;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toPlain(inner)]));
}

/** A copy of the arrays and plain objects in `value`: a default is one value for all instances, which may change theirs. */
export function ownCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ownCopy);
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ownCopy(inner)]));
}
