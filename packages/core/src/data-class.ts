import { z } from "zod";
import { fromIso, toDate, toIso } from "./clock.ts";
import { InvalidParametersError } from "./errors.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** How a data class differs from the plain rules of {@link dataClass}. */
export interface DataClassOptions {
  /** Name in messages. */
  readonly name: string;
  /** Dict keys that are not the snake_case of their field: `{timeoutMs: "timeout_seconds"}`. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Further accepted names of a field: `{resourceType: "type"}`. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** What every data class has beside its fields. */
export interface DataObject {
  /** Keys that the class does not know; they are kept for the next save. */
  readonly extra: Readonly<Record<string, JsonValue>>;
  /** The object as JSON: snake_case keys, seconds, ISO dates. */
  toDict(): JsonObject;
  /** The same as {@link DataObject.toDict}. */
  toJSON(): JsonObject;
}

/** The static side of a data class. */
export interface DataClass<Schema extends z.ZodObject> {
  new (init: z.input<Schema>): z.output<Schema> & DataObject;
  /** The schema that the class is made of. */
  readonly schema: Schema;
  /** Reads what `toDict` writes (an init object works too); unknown keys go to `extra`. Throws INVALID_PARAMETERS. */
  fromDict<Self>(this: new (init: z.input<Schema>) => Self, dict: unknown): Self;
  /** `value` itself when it is an instance, else as `fromDict`. */
  from<Self>(this: new (init: z.input<Schema>) => Self, value: unknown): Self;
}

interface Field {
  readonly name: string;
  readonly key: string;
  readonly seconds: boolean;
  readonly date: boolean;
}

/**
 * Makes a data class from one schema in camelCase: constructor, `toDict`, `fromDict` and types. In a dict a field
 * `fooBarMs` is `foo_bar` in seconds, a date is ISO-8601 text, and any other field its snake_case name.
 */
export function dataClass<Schema extends z.ZodObject>(schema: Schema, options: DataClassOptions): DataClass<Schema> {
  const fields = Object.entries(schema.shape).map(([name, type]) => describe(name, type as z.ZodType, options));
  const accepted = new Map<string, Field>();
  for (const field of fields) accepted.set(field.name, field).set(field.key, field);
  for (const [alias, name] of Object.entries(options.aliases ?? {})) {
    const field = fields.find((each) => each.name === name);
    if (field) accepted.set(alias, field);
  }

  class Data implements DataObject {
    static readonly schema = schema;
    declare readonly extra: Readonly<Record<string, JsonValue>>;

    constructor(init: unknown) {
      const { known, extra } = sort(init, accepted, options.name);
      const parsed = schema.safeParse(known);
      if (!parsed.success) throw invalid(options.name, parsed.error);
      Object.assign(this, parsed.data);
      // Not enumerable, so that two objects with the same fields compare equal.
      Object.defineProperty(this, "extra", { value: extra });
    }

    static fromDict(dict: unknown): unknown {
      return new Data(dict);
    }

    static from(value: unknown): unknown {
      return value instanceof Data ? value : new Data(value);
    }

    toDict(): JsonObject {
      const own = this as unknown as Record<string, unknown>;
      const dict: Record<string, JsonValue> = {};
      for (const field of fields) dict[field.key] = toJson(own[field.name], field);
      return { ...dict, ...this.extra };
    }

    toJSON(): JsonObject {
      return this.toDict();
    }
  }
  Object.defineProperty(Data, "fromDict", { value: make });
  Object.defineProperty(Data, "from", { value: reuse });
  return Data as unknown as DataClass<Schema>;
}

// Free functions over `this`, so that a subclass makes instances of itself.
function make(this: new (init: unknown) => unknown, dict: unknown): unknown {
  return new this(dict);
}

function reuse(this: new (init: unknown) => unknown, value: unknown): unknown {
  return value instanceof this ? value : new this(value);
}

function describe(name: string, type: z.ZodType, { keys }: DataClassOptions): Field {
  const seconds = name.endsWith("Ms");
  const bare = seconds ? name.slice(0, -2) : name;
  return { name, key: keys?.[name] ?? snakeCase(bare), seconds, date: isDate(type) };
}

/** `maxParallelTasks` → `max_parallel_tasks`. */
export const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function isDate(type: z.ZodType): boolean {
  if (type instanceof z.ZodDate) return true;
  const wrapped = type instanceof z.ZodDefault || type instanceof z.ZodNullable || type instanceof z.ZodOptional;
  return wrapped && isDate(type.unwrap() as z.ZodType);
}

function sort(init: unknown, accepted: ReadonlyMap<string, Field>, name: string) {
  if (!isObject(init)) throw new InvalidParametersError(`${name} takes an object, not ${init === null ? "null" : typeof init}`);
  const known: Record<string, unknown> = {};
  const extra: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(init)) {
    const field = accepted.get(key);
    if (field === undefined) extra[key] = value as JsonValue;
    else if (value !== undefined) known[field.name] = fromJson(value, key, field);
  }
  return { known, extra };
}

function fromJson(value: unknown, key: string, field: Field): unknown {
  if (field.date && typeof value === "string") {
    const at = fromIso(value);
    return at === null ? value : toDate(at);
  }
  return field.seconds && key !== field.name && typeof value === "number" ? value * 1000 : value;
}

function toJson(value: unknown, field: Field): JsonValue {
  if (field.date && value instanceof Object) return toIso((value as { getTime(): number }).getTime());
  if (field.seconds && typeof value === "number") return value / 1000;
  return plain(value);
}

function plain(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object") return value as JsonValue;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Set) return [...value].map(plain);
  if ("toDict" in value && typeof value.toDict === "function") return value.toDict() as JsonValue;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** The error for what a schema refused: every problem with its path. */
export function invalid(what: string, error: z.ZodError): InvalidParametersError {
  const problems = error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  return new InvalidParametersError(`Invalid ${what}: ${text}`, { details: { problems } });
}
