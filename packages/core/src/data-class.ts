import { z } from "zod";
import { type DataField, dataField, fromDictValue, ownCopy, toDictValue } from "./data-field.ts";
import { InvalidParametersError } from "./errors.ts";
import { invalid } from "./invalid.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** How a data class differs from the plain rules of {@link dataClass}. */
export interface DataClassOptions {
  /** Name in messages. */
  readonly name: string;
  /** Dict keys that are not the snake_case of their field: `{timeoutMs: "timeout_seconds"}`. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Further accepted names, each with its field: `{type: "resourceType"}`. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** What every data class has beside its fields. */
export interface DataObject {
  /** Keys that the class does not know; they are kept for the next save. */
  readonly extra: Readonly<Record<string, JsonValue>>;
  /** The object as JSON: snake_case keys, seconds, ISO dates; `null` for a field without a value. */
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

/**
 * Makes a data class from one schema in camelCase: constructor, `toDict`, `fromDict` and types. In a dict a field
 * `fooBarMs` is `foo_bar` in seconds, a date is ISO-8601 text, a nested data class ({@link nested}) its dict, and any
 * other field its snake_case name. Input is never changed and defaults are never shared between instances.
 */
export function dataClass<Schema extends z.ZodObject>(
  schema: Schema,
  options: DataClassOptions,
): DataClass<Schema> {
  const fields = Object.entries(schema.shape).map(([name, type]) =>
    dataField(name, type as z.ZodType, options.keys?.[name]),
  );
  const accepted = namesOf(fields, options);

  class Data implements DataObject {
    static readonly schema = schema;
    declare readonly extra: Readonly<Record<string, JsonValue>>;

    constructor(init: unknown) {
      const { known, extra, given } = sort(init, accepted, options.name);
      const parsed = schema.safeParse(known, { reportInput: true });
      if (!parsed.success) throw invalid(options.name, parsed.error, given);
      const values: Record<string, unknown> = parsed.data;
      for (const name of Object.keys(values)) {
        if (!Object.hasOwn(known, name)) values[name] = ownCopy(values[name]);
      }
      // All at once: setting one by one through reflection costs fifty times as much.
      Object.assign(this, values);
      // Not enumerable, so that two objects with the same fields compare equal.
      Object.defineProperty(this, "extra", { value: extra });
    }

    toDict(): JsonObject {
      const dict = fields.map(
        (field) => [field.key, toDictValue(Reflect.get(this, field.name), field)] as const,
      );
      return { ...Object.fromEntries(dict), ...this.extra };
    }

    toJSON(): JsonObject {
      return this.toDict();
    }
  }
  Object.assign(Data, { fromDict, from });
  return Data as unknown as DataClass<Schema>;
}

// Functions over `this`, so that a subclass makes instances of itself.
function fromDict(this: new (init: unknown) => unknown, dict: unknown): unknown {
  return new this(dict);
}

function from(this: new (init: unknown) => unknown, value: unknown): unknown {
  return value instanceof this ? value : new this(value);
}

/**
 * A field that holds a data class: takes an instance, an init object or a dict. Its problems are reported with their
 * path, together with all others.
 */
export function nested<Init, Self>(Class: (new (init: Init) => Self) & { from(value: unknown): unknown }) {
  return z.transform((value: Init | Self, context): Self => {
    try {
      return Class.from(value) as Self;
    } catch (error) {
      if (!(error instanceof InvalidParametersError)) throw error;
      for (const { path, message } of problemsOf(error)) {
        // Without the input: the message has the value already.
        context.issues.push({
          code: "custom",
          message,
          path: path === "" ? [] : path.split("."),
          input: undefined,
        });
      }
      return z.NEVER;
    }
  });
}

function problemsOf({
  message,
  details,
}: InvalidParametersError): readonly { readonly path: string; readonly message: string }[] {
  const problems = details["problems"];
  return Array.isArray(problems) ? problems : [{ path: "", message }];
}

function namesOf(
  fields: readonly DataField[],
  { name, aliases = {} }: DataClassOptions,
): ReadonlyMap<string, DataField> {
  const names = new Map(
    fields.flatMap((field) => [[field.key, field] as const, [field.name, field] as const]),
  );
  for (const [alias, target] of Object.entries(aliases)) {
    const field = fields.find((each) => each.name === target);
    if (!field) throw new InvalidParametersError(`${name} has no field '${target}' for the alias '${alias}'`);
    names.set(alias, field);
  }
  return names;
}

interface Sorted {
  /** Values by the name of their field. */
  readonly known: Record<string, unknown>;
  readonly extra: Record<string, JsonValue>;
  /** By the name of a field, the key that the caller has used for it. */
  readonly given: ReadonlyMap<string, string>;
}

function sort(init: unknown, accepted: ReadonlyMap<string, DataField>, name: string): Sorted {
  if (!isObject(init)) {
    const message = `must be an object, was ${Array.isArray(init) ? "an array" : init === null ? "null" : typeof init}`;
    throw new InvalidParametersError(`Invalid ${name}: ${message}`, {
      details: { problems: [{ path: "", message }] },
    });
  }
  const known: Record<string, unknown> = {};
  const extra: [string, JsonValue][] = [];
  const given = new Map<string, string>();
  for (const [key, value] of Object.entries(init)) {
    const field = accepted.get(key);
    if (field === undefined) extra.push([key, value as JsonValue]);
    const read = field && fromDictValue(value, key, field);
    if (field === undefined || read === undefined) continue;
    const other = given.get(field.name);
    if (other !== undefined && !Object.is(known[field.name], read)) throw twice(name, key, other);
    given.set(field.name, key);
    known[field.name] = read;
  }
  return { known, extra: Object.fromEntries(extra), given };
}

function twice(name: string, key: string, other: string): InvalidParametersError {
  const message = `says something else than ${other}, another name for it`;
  return new InvalidParametersError(`Invalid ${name}: ${key}: ${message}`, {
    details: { problems: [{ path: key, message }] },
  });
}
