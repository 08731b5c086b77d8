import type { JsonValue } from "@orch/core/base";

const AS_DATA = { enumerable: true, configurable: true, writable: true };

/** A deep copy of a JSON value; the same as decoding its JSON text, several times faster. */
export function copyJson<Value extends JsonValue>(value: Value): Value;
export function copyJson(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each: JsonValue) => copyJson(each));
  const copy: Record<string, JsonValue> = {};
  for (const [key, inner] of Object.entries(value)) {
    // To assign this key would change what the copy inherits; it has to be data, as in the text.
    if (key === "__proto__") Object.defineProperty(copy, key, { ...AS_DATA, value: copyJson(inner) });
    else copy[key] = copyJson(inner);
  }
  return copy;
}

/** No JSON text of `value` is longer than this, in bytes: cheap, and often enough to know that it is short. O(size). */
export function mostBytes(value: JsonValue): number {
  // A character takes at most six bytes (\u0000), a number 24 characters, a word five; each with a comma.
  if (typeof value === "string") return 6 * value.length + 3;
  if (typeof value !== "object" || value === null) return 25;
  let bytes = 3;
  if (Array.isArray(value)) for (const each of value) bytes += mostBytes(each);
  else for (const [key, inner] of Object.entries(value)) bytes += 6 * key.length + 3 + mostBytes(inner);
  return bytes;
}
