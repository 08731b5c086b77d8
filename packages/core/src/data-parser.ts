import type { z } from "zod";
import { ownCopy } from "./data-field.ts";

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

/** Parses the given fields alone; what the others are was found out once, but for those that are `made` each time. */
export function parserOfGiven(schema: z.ZodObject, made: Makers = {}): DataParser {
  const whole = parserOfAll(schema);
  const absent = absentValues(schema);
  const parsers = new Map<string, DataParser>();
  return (known) => {
    const names = Object.keys(known);
    const key = names.join();
    let parser = parsers.get(key);
    if (parser === undefined) {
      parser = parsers.size < MOST_PARSERS ? partialParser(schema, names, absent, made) : whole;
      parsers.set(key, parser);
      if (parsers.size > MOST_PARSERS) parsers.delete(key);
    }
    return parser(known);
  };
}

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

function partialParser(
  schema: z.ZodObject,
  names: readonly string[],
  absent: ReadonlyMap<string, unknown>,
  made: Makers,
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
  return (known) => {
    const parsed = part.safeParse(known, REPORT_INPUT);
    if (!parsed.success) return parsed;
    const data: Values = { ...template, ...parsed.data };
    for (const [name, make] of makers) data[name] = make();
    for (const name of copied) data[name] = ownCopy(template[name]);
    return { success: true, data };
  };
}
