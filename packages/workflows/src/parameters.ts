import {
  canonicalJson,
  didYouMean,
  InvalidParametersError,
  type JsonObject,
  type JsonValue,
  nearestNames,
} from "@orch/core";
import { z } from "zod";

const TYPES = ["string", "number", "integer", "boolean", "array", "object"] as const;

/** What a workflow says of one of its inputs; further keys are kept. */
export const parameterSchema = z.looseObject({
  type: z.enum(TYPES).optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  /** A value must be given when there is no default. */
  required: z.boolean().optional(),
  enum: z.array(z.unknown()).optional(),
});

/** A declared parameter. */
export type ParameterDeclaration = z.infer<typeof parameterSchema>;

/** The declared parameters of a workflow, by name. */
export type ParameterDeclarations = Readonly<Record<string, ParameterDeclaration>>;

/** The parameters of a run: what was given, and the defaults for the rest. */
export interface BoundParameters {
  readonly parameters: JsonObject;
  /** Names that were given and that the workflow does not declare. */
  readonly undeclared: readonly string[];
}

/** Fills in defaults and checks types; null is a value. Throws one INVALID_PARAMETERS with every problem. */
export function bindParameters(
  workflow: string,
  declared: ParameterDeclarations,
  given: JsonObject,
): BoundParameters {
  const problems: { path: string; message: string }[] = [];
  const defaults: [string, JsonValue][] = [];
  for (const [name, declaration] of Object.entries(declared)) {
    const message = Object.hasOwn(given, name) ? problemOf(given[name] ?? null, declaration) : null;
    if (message !== null) problems.push({ path: name, message });
    if (Object.hasOwn(given, name)) continue;
    if (declaration.default !== undefined) defaults.push([name, declaration.default as JsonValue]);
    else if (declaration.required === true) problems.push({ path: name, message: "is required" });
  }
  if (problems.length === 0)
    return {
      parameters: { ...given, ...Object.fromEntries(defaults) },
      undeclared: undeclaredNames(declared, given),
    };
  const text = problems.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new InvalidParametersError(`Workflow '${workflow}': ${text}`, {
    details: { workflow, problems },
    suggestions: [`Its parameters: ${describe(declared)}.`],
  });
}

/** What is wrong with a value for a declared parameter, or null. */
export function problemOf(value: JsonValue, { type, enum: allowed }: ParameterDeclaration): string | null {
  if (type !== undefined && !IS[type](value)) return `must be of type ${type}, was ${shown(value)}`;
  if (allowed === undefined) return null;
  const text = canonicalJson(value);
  if (allowed.some((each) => canonicalJson(each as JsonValue) === text)) return null;
  return `must be one of ${allowed.map((each) => JSON.stringify(each)).join(", ")}, was ${shown(value)}`;
}

/** The names that a workflow does not declare; none where it declares no parameters at all. */
export function undeclaredNames(
  declared: ParameterDeclarations,
  given: Readonly<Record<string, unknown>>,
): string[] {
  if (Object.keys(declared).length === 0) return [];
  return Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
}

/** The error for parameters that the workflow does not declare, for callers that refuse them. */
export function undeclaredParameters(
  workflow: string,
  names: readonly string[],
  declared: ParameterDeclarations,
): InvalidParametersError {
  const near = names.flatMap((name) => nearestNames(name, Object.keys(declared)));
  return new InvalidParametersError(
    `Workflow '${workflow}' has no parameter ${names.map((name) => `'${name}'`).join(", ")}`,
    {
      details: { workflow, unknown: names, near, available: Object.keys(declared) },
      suggestions: [...didYouMean(near), `Its parameters: ${describe(declared)}.`],
    },
  );
}

const describe = (declared: ParameterDeclarations): string =>
  Object.entries(declared)
    .map(
      ([name, { type, default: fallback }]) =>
        `${name}${type ? ` (${type})` : ""}${fallback === undefined ? "" : ` = ${JSON.stringify(fallback)}`}`,
    )
    .join(", ") || "none";

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
