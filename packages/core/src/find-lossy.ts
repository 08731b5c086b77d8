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
  if (typeof value !== "object" || value === null) return lookAtLeaf(value);
  try {
    return lookInside(value, null);
  } catch {
    return { path: "", reason: "a value that cannot be looked at" };
  }
}

/** An object, what it lies in, and how many levels that makes. */
interface Level {
  readonly object: object;
  readonly above: Level | null;
  readonly depth: number;
}

/** What is no object. */
function lookAtLeaf(value: unknown): LossyValue | null {
  switch (typeof value) {
    case "string":
    case "boolean":
      return null;
    case "number":
      if (!Number.isFinite(value)) return here(`${value}`);
      return Object.is(value, -0) ? here("-0") : null;
    case "undefined":
      return here("undefined");
    default:
      return value === null ? null : here(`a ${typeof value}`);
  }
}

const here = (reason: string): LossyValue => ({ path: "", reason });

/** The pointer is put together on the way back, so that a good value costs no text. */
const below = (key: string | number, { path, reason }: LossyValue): LossyValue => ({
  path: `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}${path}`,
  reason,
});

/** Runs for all that is submitted or returned: leaves are told in place, and nothing is made that a flat value has no need of. */
function lookInside(object: object, above: Level | null): LossyValue | null {
  if (isProxy(object)) return here("a proxy");
  if (above !== null) {
    for (let level: Level | null = above; level; level = level.above)
      if (level.object === object) return here("a cycle");
    if (above.depth === MAX_JSON_DEPTH) return here(`more than ${MAX_JSON_DEPTH} levels`);
  }
  const keys = Array.isArray(object) ? indexesOf(object) : namesOf(object);
  if (!Array.isArray(keys)) return keys;
  let level: Level | null = null;
  for (const key of keys) {
    if (key.length >= SHORTEST_FORBIDDEN && isForbidden(key)) return below(key, here(`the key ${key}`));
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property === undefined || !("value" in property)) return below(key, here("a getter"));
    if (!property.enumerable) return below(key, here("a hidden property"));
    const value: unknown = property.value;
    if (value === null || typeof value === "string" || typeof value === "boolean") continue;
    if (typeof value === "number" && Number.isFinite(value) && value !== 0) continue;
    if (typeof value === "object") level ??= { object, above, depth: (above?.depth ?? 0) + 1 };
    const found = typeof value === "object" ? lookInside(value, level) : lookAtLeaf(value);
    if (found) return below(key, found);
  }
  return null;
}

function indexesOf(array: readonly unknown[]): string[] | LossyValue {
  if (Object.getPrototypeOf(array) !== Array.prototype) return here("an instance of a subclass of Array");
  const keys = Object.keys(array);
  // Indexes come first and in order: with as many keys as items and an index as the last one, there is nothing else.
  const plain =
    keys.length === array.length && (keys.length === 0 || keys.at(-1) === String(array.length - 1));
  if (!plain) return lookForHole(array, keys);
  // Hidden ones too, since they can make JSON.stringify call code.
  const hasFurther = Object.getOwnPropertySymbols(array).length > 0 || Object.hasOwn(array, "toJSON");
  return hasFurther ? here(FURTHER) : keys;
}

const FURTHER = "an array with further properties";

function lookForHole(array: readonly unknown[], keys: readonly string[]): LossyValue {
  const hole = keys.findIndex((key, index) => key !== String(index));
  const index = hole < 0 ? keys.length : hole;
  return index < array.length ? below(index, here("a hole")) : here(FURTHER);
}

function namesOf(object: object): string[] | LossyValue {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null && !isForeignObjectPrototype(prototype)) {
    return here(`an instance of ${instanceName(prototype)}`);
  }
  // Both calls together cost less than Reflect.ownKeys.
  if (Object.getOwnPropertySymbols(object).length > 0) return here("a symbol as a key");
  return Object.getOwnPropertyNames(object);
}

const isForbidden = (key: string): boolean =>
  key === "__proto__" || key === "constructor" || key === "prototype";
/** Shorter keys need no look. */
const SHORTEST_FORBIDDEN = 9;

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
