/** A value that JSON can hold without loss. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Why a value is not JSON without loss, and where: `path` is a JSON pointer (RFC 6901), `""` for the whole value. */
export interface LossyValue {
  readonly path: string;
  readonly reason: string;
}

/** How deep arrays and objects may lie in each other. */
export const MAX_JSON_DEPTH = 64;
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/**
 * The first value below `value` that JSON would drop or change, or `null` when there is none. Refused: functions,
 * symbols, bigint, NaN, ±Infinity, −0, `undefined`, holes, class instances, cycles, `toJSON`, getters, more than 64
 * levels, and the keys `__proto__`, `constructor` and `prototype`. Never calls code of the value. O(size).
 */
export function findLossy(value: unknown): LossyValue | null {
  try {
    return look(value, "", []);
  } catch {
    return { path: "", reason: "a value that cannot be looked at (a proxy that throws)" };
  }
}

function look(value: unknown, path: string, ancestors: object[]): LossyValue | null {
  switch (typeof value) {
    case "string":
    case "boolean":
      return null;
    case "number":
      if (!Number.isFinite(value)) return { path, reason: `${value}` };
      return Object.is(value, -0) ? { path, reason: "-0" } : null;
    case "object":
      return value === null ? null : lookInside(value, path, ancestors);
    case "undefined":
      return { path, reason: "undefined" };
    default:
      return { path, reason: `a ${typeof value}` };
  }
}

function lookInside(value: object, path: string, ancestors: object[]): LossyValue | null {
  if (ancestors.includes(value)) return { path, reason: "a cycle" };
  if (ancestors.length >= MAX_JSON_DEPTH) return { path, reason: `more than ${MAX_JSON_DEPTH} levels` };
  ancestors.push(value);
  const found = Array.isArray(value) ? lookInArray(value, path, ancestors) : lookInObject(value, path, ancestors);
  ancestors.pop();
  return found;
}

function lookInArray(array: readonly unknown[], path: string, ancestors: object[]): LossyValue | null {
  if (Object.getPrototypeOf(array) !== Array.prototype) return { path, reason: "an instance of a subclass of Array" };
  const { length } = array;
  for (let index = 0; index < length; index++) {
    const at = `${path}/${index}`;
    const item = Object.getOwnPropertyDescriptor(array, index);
    if (item === undefined) return { path: at, reason: "a hole" };
    if (!("value" in item)) return { path: at, reason: "a getter" };
    const found = look(item.value, at, ancestors);
    if (found) return found;
  }
  return Object.keys(array).length === length ? null : { path, reason: "an array with further properties" };
}

function lookInObject(object: object, path: string, ancestors: object[]): LossyValue | null {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return { path, reason: `an instance of ${instanceName(prototype)}` };
  }
  for (const key of Reflect.ownKeys(object)) {
    if (typeof key === "symbol") return { path, reason: "a symbol as a key" };
    const at = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property === undefined || !("value" in property)) return { path: at, reason: "a getter" };
    if (!property.enumerable) return { path: at, reason: "a hidden property" };
    if (FORBIDDEN_KEYS.has(key)) return { path: at, reason: `the key ${key}` };
    const found = look(property.value, at, ancestors);
    if (found) return found;
  }
  return null;
}

function instanceName(prototype: unknown): string {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof constructor === "function" && constructor.name ? constructor.name : "a class";
}

/** Whether `value` is a plain JSON-like object: not null, not an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The JSON text of a value with object keys sorted at every level: equal values give equal texts. O(n log n). */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isObject(inner) ? sorted(inner) : inner));
}

const sorted = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
