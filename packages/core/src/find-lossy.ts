/** Why a value is not JSON without loss, and where: `path` is a JSON pointer (RFC 6901), `""` for the whole value. */
export interface LossyValue {
  readonly path: string;
  readonly reason: string;
}

/** How deep arrays and objects may lie in each other. */
export const MAX_JSON_DEPTH = 64;

/**
 * Looking at a proxy runs its traps, and only the platform can tell one without doing so. Taken from the running process
 * rather than imported, so that this file loads where there is no Node; there a proxy passes for what it shows.
 */
const isProxy: (value: object) => boolean =
  globalThis.process?.getBuiltinModule?.("node:util").types.isProxy ?? (() => false);

/**
 * The first value below `value` that JSON would drop or change, or `null` when there is none. Refused: functions,
 * symbols, bigint, NaN, ±Infinity, −0, `undefined`, holes, class instances, proxies, cycles, `toJSON`, getters, hidden
 * properties, more than 64 levels, and the keys `__proto__`, `constructor` and `prototype`. Never runs code of the
 * value and never throws. O(size).
 */
export function findLossy(value: unknown): LossyValue | null {
  try {
    return look(value, []);
  } catch {
    return { path: "", reason: "a value that cannot be looked at" };
  }
}

function look(value: unknown, ancestors: object[]): LossyValue | null {
  switch (typeof value) {
    case "string":
    case "boolean":
      return null;
    case "number":
      if (!Number.isFinite(value)) return here(`${value}`);
      return Object.is(value, -0) ? here("-0") : null;
    case "object":
      return value === null ? null : lookInside(value, ancestors);
    case "undefined":
      return here("undefined");
    default:
      return here(`a ${typeof value}`);
  }
}

const here = (reason: string): LossyValue => ({ path: "", reason });

/** The pointer is put together on the way back, so that a good value costs no text. */
const below = (key: string | number, { path, reason }: LossyValue): LossyValue => ({
  path: `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}${path}`,
  reason,
});

function lookInside(value: object, ancestors: object[]): LossyValue | null {
  if (isProxy(value)) return here("a proxy");
  if (ancestors.includes(value)) return here("a cycle");
  if (ancestors.length >= MAX_JSON_DEPTH) return here(`more than ${MAX_JSON_DEPTH} levels`);
  ancestors.push(value);
  const found = Array.isArray(value) ? lookInArray(value, ancestors) : lookInObject(value, ancestors);
  ancestors.pop();
  return found;
}

function lookInArray(array: readonly unknown[], ancestors: object[]): LossyValue | null {
  if (Object.getPrototypeOf(array) !== Array.prototype) return here("an instance of a subclass of Array");
  const keys = Object.keys(array);
  // Indexes come first and in order: with as many keys as items and an index as the last one, there is nothing else.
  const plain =
    keys.length === array.length && (keys.length === 0 || keys.at(-1) === String(array.length - 1));
  if (!plain) return lookForHole(array, keys);
  // Hidden ones too, since they can make JSON.stringify call code.
  if (Object.getOwnPropertySymbols(array).length > 0 || Object.hasOwn(array, "toJSON")) return here(FURTHER);
  for (const key of keys) {
    const found = lookAtProperty(array, key, ancestors);
    if (found) return below(key, found);
  }
  return null;
}

const FURTHER = "an array with further properties";

function lookForHole(array: readonly unknown[], keys: readonly string[]): LossyValue {
  const hole = keys.findIndex((key, index) => key !== String(index));
  const index = hole < 0 ? keys.length : hole;
  return index < array.length ? below(index, here("a hole")) : here(FURTHER);
}

function lookInObject(object: object, ancestors: object[]): LossyValue | null {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null && !isForeignObjectPrototype(prototype)) {
    return here(`an instance of ${instanceName(prototype)}`);
  }
  // Both calls together cost less than Reflect.ownKeys.
  if (Object.getOwnPropertySymbols(object).length > 0) return here("a symbol as a key");
  for (const key of Object.getOwnPropertyNames(object)) {
    const found = isForbidden(key) ? here(`the key ${key}`) : lookAtProperty(object, key, ancestors);
    if (found) return below(key, found);
  }
  return null;
}

const isForbidden = (key: string): boolean =>
  key === "__proto__" || key === "constructor" || key === "prototype";

function lookAtProperty(object: object, key: string, ancestors: object[]): LossyValue | null {
  const property = Object.getOwnPropertyDescriptor(object, key);
  if (property === undefined || !("value" in property)) return here("a getter");
  return property.enumerable ? look(property.value, ancestors) : here("a hidden property");
}

/** `Object.prototype` of another realm (`node:vm`), by its marks; an object that only looks like it must not bring a `toJSON`. */
function isForeignObjectPrototype(prototype: unknown): boolean {
  if (typeof prototype !== "object" || prototype === null || isProxy(prototype)) return false;
  const isRoot = Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
  return isRoot && !Object.hasOwn(prototype, "toJSON");
}

function instanceName(prototype: unknown): string {
  if (isProxy(prototype as object)) return "a class";
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  // A proxy or a static getter called `name` would run code.
  if (typeof made !== "function" || isProxy(made)) return "a class";
  const name: unknown = Object.getOwnPropertyDescriptor(made, "name")?.value;
  return typeof name === "string" && name !== "" ? name : "a class";
}
