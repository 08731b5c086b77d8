import { errorMessage, type JsonObject, type JsonValue } from "@orch/core";
import { z } from "zod";

/** Something wrong with a value: where in it, its parts joined by dots, and what. */
export interface ValueProblem {
  readonly path: string;
  readonly message: string;
}

/** Made once for each schema: schemas are frozen parts of a definition. */
const made = new WeakMap<JsonObject, z.ZodType>();

/** A JSON Schema (draft 2020-12) as something that parses. Throws a SyntaxError for one that is none, or that zod cannot read. */
export function valueSchema(schema: JsonObject): z.ZodType {
  const known = made.get(schema);
  if (known) return known;
  try {
    // Where there is no type, zod lets everything pass, whatever `minLength` and others say.
    const type = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    made.set(schema, type);
    return type;
  } catch (cause) {
    throw new SyntaxError(`its schema cannot be used: ${errorMessage(cause)}`, { cause });
  }
}

/** Everything that a JSON Schema refuses in a value. Throws as {@link valueSchema}. */
export function checkValue(value: JsonValue, schema: JsonObject): ValueProblem[] {
  const parsed = valueSchema(schema).safeParse(value, { reportInput: true });
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issueText(issue) }));
}

/** What zod has to say, for somebody who does not know zod: as the messages of definitions are. */
function issueText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is required"
        : `must be of type ${issue.expected === "int" ? "integer" : issue.expected}, was ${shown(issue.input)}`;
    case "too_small":
      if (isEmptyText(issue)) return "must not be empty";
      return `must ${sized(issue.origin)} ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${was(issue)}`;
    case "too_big":
      return `must ${sized(issue.origin)} ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${was(issue)}`;
    case "invalid_format":
      return issue.pattern === undefined || issue.format !== "regex"
        ? `must be a valid ${issue.format}${was(issue)}`
        : `must match ${issue.pattern}${was(issue)}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}${was(issue)}`;
    case "unrecognized_keys":
      return `has unknown keys: ${issue.keys.join(", ")}`;
    case "invalid_value":
      return `must be one of ${issue.values.map((each) => JSON.stringify(each)).join(", ")}${was(issue)}`;
    case "invalid_union":
      return `fits none of the forms that it may have${was(issue)}`;
    default:
      return `${issue.message}${was(issue)}`;
  }
}

const isEmptyText = ({ origin, minimum, input }: z.core.$ZodIssueTooSmall): boolean =>
  origin === "string" && minimum === 1 && input === "";

/** Words before a bound: what is bounded is the value itself, or how much is in it. */
const sized = (origin: string): string =>
  origin === "string" ? "have a length of" : origin === "array" || origin === "object" ? "have" : "be";

const was = ({ input }: { readonly input?: unknown }): string =>
  input === undefined ? "" : `, was ${shown(input)}`;

const MOST_SHOWN = 80;

/** A value in a message, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3)}...` : text;
}
