import { didYouMean, InvalidParametersError, type JsonObject, type JsonValue, nearestNames } from "@orch/core";
import { z } from "zod";

const TYPES = ["string", "number", "integer", "boolean", "array", "object"] as const;

/** What a workflow says of one of its inputs. */
export const parameterSchema = z.object({
  type: z.enum(TYPES).optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  /** A value must be given when there is no default. */
  required: z.boolean().optional(),
  enum: z.array(z.unknown()).optional(),
});

/** A declared parameter. */
export type ParameterDeclaration = z.infer<typeof parameterSchema>;

/** The parameters of a run: what was given, the defaults for the rest, and what is worth a warning. */
export interface BoundParameters {
  readonly parameters: JsonObject;
  /** Names that were given and that the workflow does not declare. */
  readonly undeclared: readonly string[];
}

/** Fills in defaults and checks types. Throws one INVALID_PARAMETERS with every problem. */
export function bindParameters(workflow: string, declared: Readonly<Record<string, ParameterDeclaration>>, given: JsonObject): BoundParameters {
  const problems: { path: string; message: string }[] = [];
  const parameters: Record<string, JsonValue> = { ...given };
  for (const [name, declaration] of Object.entries(declared)) {
    const value = given[name];
    if (value !== undefined) {
      const message = problemOf(value, declaration);
      if (message) problems.push({ path: name, message });
    } else if (declaration.default !== undefined) parameters[name] = declaration.default as JsonValue;
    else if (declaration.required === true) problems.push({ path: name, message: "is required" });
  }
  if (problems.length > 0) {
    const text = problems.map(({ path, message }) => `${path} ${message}`).join("; ");
    throw new InvalidParametersError(`Workflow '${workflow}': ${text}`, {
      details: { workflow, problems },
      suggestions: [`Its parameters: ${describe(declared)}.`],
    });
  }
  const undeclared = Object.keys(declared).length === 0 ? [] : Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  return { parameters, undeclared };
}

/** The error for parameters that the workflow does not declare, for callers that refuse them. */
export function undeclaredParameters(workflow: string, names: readonly string[], declared: Readonly<Record<string, ParameterDeclaration>>): InvalidParametersError {
  const near = names.flatMap((name) => nearestNames(name, Object.keys(declared)));
  return new InvalidParametersError(`Workflow '${workflow}' has no parameter ${names.map((name) => `'${name}'`).join(", ")}`, {
    details: { workflow, unknown: names, near, available: Object.keys(declared) },
    suggestions: [...didYouMean(near), `Its parameters: ${describe(declared)}.`],
  });
}

const describe = (declared: Readonly<Record<string, ParameterDeclaration>>): string =>
  Object.entries(declared)
    .map(([name, { type, default: fallback }]) => `${name}${type ? ` (${type})` : ""}${fallback === undefined ? "" : ` = ${JSON.stringify(fallback)}`}`)
    .join(", ") || "none";

function problemOf(value: JsonValue, { type, enum: allowed }: ParameterDeclaration): string | null {
  if (type !== undefined && !IS[type](value)) return `must be ${type === "integer" ? "a whole number" : `of type ${type}`}, was ${shown(value)}`;
  const text = JSON.stringify(value);
  if (allowed && !allowed.some((each) => JSON.stringify(each) === text)) return `must be one of ${JSON.stringify(allowed)}, was ${shown(value)}`;
  return null;
}

const shown = (value: JsonValue): string => {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const IS: Readonly<Record<(typeof TYPES)[number], (value: JsonValue) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};
