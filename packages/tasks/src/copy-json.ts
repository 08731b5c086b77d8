import type { JsonObject, JsonValue } from "@orch/core/base";

/** A deep copy of a JSON value; the same as decoding its JSON text, many times faster. */
export function copyJson<Value extends JsonValue>(value: Value): Value;
export function copyJson(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each: JsonValue) => copyJson(each));
  // A spread takes over the shape of an object at once, and a key `__proto__` as data; only what is nested has to be looked at.
  const copy: Record<string, JsonValue> = { ...(value as JsonObject) };
  for (const key in copy) {
    const inner = copy[key];
    if (typeof inner === "object" && inner !== null && Object.hasOwn(copy, key)) copy[key] = copyJson(inner);
  }
  return copy;
}

/** What a number or a word takes in a JSON text, with a comma, at most. */
const SHORT = 25;

/** No JSON text of `value` is longer than this, in bytes: cheap, and often enough to know that it is short. O(size). */
export function mostBytes(value: JsonValue): number {
  // A character takes at most six bytes (\u0000), a number 24 characters, a word five; each with a comma.
  if (typeof value === "string") return 6 * value.length + 3;
  if (typeof value !== "object" || value === null) return SHORT;
  let bytes = 3;
  if (Array.isArray(value))
    for (const each of value) bytes += typeof each === "string" ? 6 * each.length + 3 : mostBytes(each);
  else
    for (const key in value) {
      const inner = (value as JsonObject)[key] as JsonValue;
      const isShort = typeof inner === "number" || typeof inner === "boolean";
      bytes += 6 * key.length + 3 + (isShort ? SHORT : mostBytes(inner));
    }
  return bytes;
}
