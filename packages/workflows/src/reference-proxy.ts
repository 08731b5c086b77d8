/** The type of the value that a reference stands for; it is never there at run time. */
declare const STANDS_FOR: unique symbol;

/** Stands for a value that only a run knows: a parameter, or what a step gives. In a text it is its placeholder. */
export interface Reference<Value> {
  readonly [STANDS_FOR]: Value;
  /** The placeholder, as in `{{step.output}}`. */
  toString(): string;
}

/** A reference, and references to what is in its value: `steps.load.output.rows.at(0).name`. */
export type DeepReference<Value> = Reference<Value> & Fields<NonNullable<Value>>;

/** @internal */
type Fields<Value> = Value extends readonly (infer Item)[]
  ? { at(index: number): DeepReference<Item> }
  : Value extends object
    ? { readonly [Key in keyof Value]-?: DeepReference<Value[Key]> }
    : unknown;

/** A value of which every part may be a reference. */
export type Given<Value> =
  | Reference<Value>
  | (Value extends readonly (infer Item)[]
      ? readonly Given<Item>[]
      : Value extends object
        ? { readonly [Key in keyof Value]: Given<Value[Key]> }
        : Value);

/** Keys of a path; others cannot be written in a placeholder. */
const KEY = /^[\w-]+$/;

const texts = new WeakMap<object, string>();

/** The reference with this path, as in `step.output`. Throws a RangeError for a key that cannot be referred to. */
export function makeReference<Value>(path: string, parent?: string): DeepReference<Value> {
  const text = `{{${path}}}`;
  const proxy = new Proxy(() => {}, {
    get(_, key) {
      if (key === Symbol.toPrimitive || key === "toString" || key === "toJSON") return () => text;
      if (typeof key === "symbol") return undefined;
      if (!KEY.test(key)) throw new RangeError(`${JSON.stringify(key)} cannot stand in a reference: ${text}`);
      return makeReference(`${path}.${key}`, path);
    },
    // `rows.at(0)`: what was called is the key `at` of the list.
    apply(_, __, [index]: unknown[]) {
      if (Number.isSafeInteger(index) && Number(index) >= 0)
        return makeReference(`${parent}.${String(index)}`);
      throw new RangeError(`${String(index)} is no place in a list: ${text}`);
    },
  });
  texts.set(proxy, text);
  return proxy as unknown as DeepReference<Value>;
}

/** A value with its references as they are written in a file. */
export function withPlaceholders(value: unknown): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return value;
  const text = texts.get(value);
  if (text !== undefined || typeof value === "function") return text;
  if (Array.isArray(value)) return value.map(withPlaceholders);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withPlaceholders(inner)]));
}
