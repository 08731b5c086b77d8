import type { z } from "zod";
import { ownCopy } from "./data-field.ts";
import { type IsPlain, plainTest } from "./plain-value.ts";

type Values = Record<string, unknown>;

/** Reads the given fields of a data class; the values of all fields come back. */
export type DataParser = (known: Values) => z.ZodSafeParseResult<Values>;

const REPORT_INPUT = { reportInput: true } as const;

/** Parses all fields, given or not. */
export const parserOfAll =
  (schema: z.ZodObject): DataParser =>
  (known) => {
    const parsed = schema.safeParse(known, REPORT_INPUT);
    if (!parsed.success) return parsed;
    const values: Values = parsed.data;
    for (const name in values) {
      if (typeof values[name] === "object" && !Object.hasOwn(known, name))
        values[name] = ownCopy(values[name]);
    }
    return parsed;
  };

/** Different sets of given fields for which a parser is kept: objects of one kind have few. */
const MOST_PARSERS = 64;

/** What makes the default of a field for each instance anew. */
type Makers = Readonly<Record<string, () => unknown>>;

/** By field, what tells that a value is taken as it is. */
type PlainTests = Readonly<Record<string, IsPlain>>;

/**
 * Parses the given fields alone; what the others are was found out once, but for those that are `made` each time. Fields
 * whose values are all `plain` are taken without asking the schema.
 */
export function parserOfGiven(schema: z.ZodObject, made: Makers = {}, plain: PlainTests = {}): DataParser {
  const whole = parserOfAll(schema);
  const lore = { absent: absentValues(schema), made, tests: plainTests(schema, plain) };
  const parsers = new Map<string, DataParser>();
  // Most often the next one is given the same fields as the last: to compare them costs less than to look them up.
  let last: readonly string[] = [];
  let parser = whole;
  return (known) => {
    const names = Object.keys(known);
    if (parser === whole || !areSame(names, last)) {
      last = names;
      parser = parserOf(names);
    }
    return parser(known);
  };

  function parserOf(names: readonly string[]): DataParser {
    const key = names.join();
    const known = parsers.get(key);
    if (known || parsers.size === MOST_PARSERS) return known ?? whole;
    const parser = partialParser(schema, names, lore);
    parsers.set(key, parser);
    return parser;
  }
}

const areSame = (names: readonly string[], others: readonly string[]): boolean =>
  names.length === others.length && names.every((name, index) => name === others[index]);

/** What fields are that are not given; a field that must be is not among them. */
function absentValues(schema: z.ZodObject): ReadonlyMap<string, unknown> {
  const fields = Object.entries(schema.shape) as [string, z.ZodType][];
  return new Map(
    fields.flatMap(([name, type]) => {
      const parsed = type.safeParse(undefined);
      return parsed.success ? [[name, parsed.data] as const] : [];
    }),
  );
}

function plainTests(schema: z.ZodObject, plain: PlainTests): ReadonlyMap<string, IsPlain> {
  const fields = Object.entries(schema.shape) as [string, z.ZodType][];
  return new Map(
    fields.flatMap(([name, type]) => {
      const test = plain[name] ?? plainTest(type);
      return test === null ? [] : [[name, test] as const];
    }),
  );
}

/** What is known of the fields of a schema. */
interface FieldLore {
  readonly absent: ReadonlyMap<string, unknown>;
  readonly made: Makers;
  readonly tests: ReadonlyMap<string, IsPlain>;
}

function partialParser(
  schema: z.ZodObject,
  names: readonly string[],
  { absent, made, tests }: FieldLore,
): DataParser {
  const missing = Object.keys(schema.shape).filter((name) => !names.includes(name));
  if (missing.some((name) => !absent.has(name))) return parserOfAll(schema);
  const part = schema.pick(Object.fromEntries(names.map((name) => [name, true])) as never);
  // In the order of the schema, so that all instances have one shape; what is not given and has no default is left out.
  const present = Object.keys(schema.shape).filter(
    (name) => names.includes(name) || absent.get(name) !== undefined,
  );
  const template = Object.fromEntries(present.map((name) => [name, absent.get(name)]));
  const copied = missing.filter(
    (name) => !Object.hasOwn(made, name) && typeof template[name] === "object" && template[name] !== null,
  );
  const makers = Object.entries(made).filter(([name]) => missing.includes(name));
  const arePlain = (known: Values) => names.every((name) => tests.get(name)?.(known[name]) === true);
  return (known) => {
    const data: Values = { ...template };
    if (arePlain(known)) for (const name of names) data[name] = ownList(known[name]);
    else {
      const parsed = part.safeParse(known, REPORT_INPUT);
      if (!parsed.success) return parsed;
      Object.assign(data, parsed.data);
    }
    for (const [name, make] of makers) data[name] = make();
    for (const name of copied) data[name] = ownCopy(template[name]);
    return { success: true, data };
  };
}

/** A list of the instance's own, as the schema makes one. */
const ownList = (value: unknown): unknown => (Array.isArray(value) ? [...value] : value);
