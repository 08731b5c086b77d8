import { unreadable } from "./argument.ts";

/** A value that JSON can hold without loss. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Whether `value` is a plain JSON-like object: not null, not an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The JSON text of a value without blanks and with the keys of every object in the order of their UTF-16 code units:
 * equal values give equal texts. O(n log n). Throws INVALID_PARAMETERS for what JSON cannot hold, or not in
 * this depth.
 */
export function canonicalJson(value: JsonValue): string {
  try {
    return canonical(value);
  } catch (error) {
    throw unreadable("value", error);
  }
}

function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const object = value as JsonObject;
  const members = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(object[key] ?? null)}`);
  return `{${members.join()}}`;
}
