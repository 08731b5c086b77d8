import { z } from "zod";
import { unreadable } from "./argument.ts";
import { type DataField, dataField, fromDictValue, toDictValue } from "./data-field.ts";
import { parserOfAll, parserOfGiven } from "./data-parser.ts";
import { InvalidParametersError } from "./errors.ts";
import { invalid, invalidBecause } from "./invalid.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** How a data class differs from the plain rules of {@link dataClass}. */
export interface DataClassOptions {
  /** Name in messages. */
  readonly name: string;
  /** Dict keys that are not the snake_case of their field: `{timeoutMs: "timeout_seconds"}`. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Further accepted names, each with its field: `{type: "resourceType"}`. */
  readonly aliases?: Readonly<Record<string, string>>;
  /**
   * No default depends on when it is made, and no check spans several fields: fields that are not given then cost nothing,
   * which makes instances several times as fast. @default false
   */
  readonly constantDefaults?: boolean;
  /** The exceptions to `constantDefaults`: by field, what makes the value of an instance that is not given one. */
  readonly madeDefaults?: Readonly<Record<string, () => unknown>>;
  /**
   * With `constantDefaults`: by field, what tells that its schema takes a value as it is (a list: copied). When that holds
   * for all given fields, and for simple kinds it is known, the schema is not asked. @default none
   */
  readonly plainValues?: Readonly<Record<string, (value: unknown) => boolean>>;
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
 * Makes the object of the fields itself the instance. An object that gets more than some twenty fields one by one becomes a
 * hash table, four times as large and slow ever after; one that is copied as a whole does not.
 */
class Instance {
  constructor(fields: object, prototype: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for
    return Object.setPrototypeOf(fields, prototype) as Instance;
  }
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
  const parse = options.constantDefaults
    ? parserOfGiven(schema, options.madeDefaults, options.plainValues)
    : parserOfAll(schema);

  class Data extends Instance implements DataObject {
    static readonly schema = schema;
    // Private, so that two objects with the same fields compare equal.
    readonly #extra: Readonly<Record<string, JsonValue>>;

    constructor(init: unknown) {
      let read: object;
      let rest: Readonly<Record<string, JsonValue>>;
      try {
        const { known, extra, conflicts } = sort(init, accepted, options.name);
        const parsed = parse(known);
        if (!parsed.success) throw invalid(options.name, parsed.error, givenNames(init, accepted), conflicts);
        if (conflicts.length > 0) throw invalidBecause(options.name, conflicts);
        read = parsed.data;
        rest = extra;
      } catch (error) {
        throw unreadable(options.name, error);
      }
      super(read, new.target.prototype);
      this.#extra = rest;
    }

    get extra(): Readonly<Record<string, JsonValue>> {
      // A class may make instances of its own that never went through the constructor, where each of them counts.
      return #extra in this ? this.#extra : NO_EXTRA;
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

const NO_EXTRA: Readonly<Record<string, JsonValue>> = Object.freeze({});

interface Conflict {
  readonly path: string;
  readonly message: string;
}

const NO_CONFLICTS: readonly Conflict[] = [];

interface Sorted {
  /** Values by the name of their field. */
  readonly known: Record<string, unknown>;
  readonly extra: Readonly<Record<string, JsonValue>>;
  /** Names of a field that say something else than another name of it, which counts. */
  readonly conflicts: readonly Conflict[];
}

// Instances are made by the hundred thousand: nothing is allocated here that most of them do not need.
function sort(init: unknown, accepted: ReadonlyMap<string, DataField>, name: string): Sorted {
  if (!isObject(init)) {
    const message = `must be an object, was ${Array.isArray(init) ? "an array" : init === null ? "null" : typeof init}`;
    throw new InvalidParametersError(`Invalid ${name}: ${message}`, {
      details: { problems: [{ path: "", message }] },
    });
  }
  const known: Record<string, unknown> = {};
  let extra: [string, JsonValue][] | null = null;
  let conflicts: Conflict[] | null = null;
  for (const key of Object.keys(init)) {
    const value = init[key];
    const field = accepted.get(key);
    if (field === undefined) {
      extra ??= [];
      extra.push([key, value as JsonValue]);
      continue;
    }
    const read = fromDictValue(value, key, field);
    if (read === undefined) continue;
    if (Object.hasOwn(known, field.name) && !Object.is(known[field.name], read)) {
      conflicts ??= [];
      conflicts.push(twice(key, givenNames(init, accepted, key).get(field.name) ?? field.name));
    } else known[field.name] = read;
  }
  return {
    known,
    extra: extra === null ? NO_EXTRA : Object.fromEntries(extra),
    conflicts: conflicts ?? NO_CONFLICTS,
  };
}

/** By the name of a field, the last key for it that the caller has used before `end`. */
function givenNames(
  init: unknown,
  accepted: ReadonlyMap<string, DataField>,
  end?: string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [key, value] of Object.entries(init as object)) {
    if (key === end) break;
    const field = accepted.get(key);
    if (field && fromDictValue(value, key, field) !== undefined) names.set(field.name, key);
  }
  return names;
}

const twice = (key: string, other: string): Conflict => ({
  path: key,
  message: `says something else than ${other}, another name for it`,
});
