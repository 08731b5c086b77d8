import { isObject, type JsonObject, type JsonValue } from "@orch/core";

/** `base` with what `over` says: objects are merged key by key, any other value takes the place of the one before. */
export function mergeConfig(base: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map<string, JsonValue>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const before = merged.get(key);
    const areObjects = isObject(before) && isObject(value);
    merged.set(key, areObjects ? mergeConfig(before as JsonObject, value as JsonObject) : value);
  }
  // Unlike an assignment this makes an own property of every key, `__proto__` too.
  return Object.fromEntries(merged);
}
