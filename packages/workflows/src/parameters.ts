import {
  didYouMean,
  InvalidParametersError,
  type JsonObject,
  type JsonValue,
  nearestNames,
} from "@orch/core";
import {
  declaredParameters,
  isParametersSchema,
  type ParameterDeclarations,
  problemsOf,
} from "./parameter-declaration.ts";
import { checkValue, type ValueProblem } from "./value-schema.ts";
import type { Workflow } from "./workflow.ts";

type Written = Workflow["parameters"];

/** The parameters of a run: what was given, and the defaults for the rest. */
export interface BoundParameters {
  readonly parameters: JsonObject;
  /** Names that were given and that the workflow does not declare. */
  readonly undeclared: readonly string[];
}

/** Fills in defaults and checks values; null is a value. Throws one INVALID_PARAMETERS with every problem. */
export function bindParameters(workflow: string, written: Written, given: JsonObject): BoundParameters {
  const declared = declaredParameters(written);
  const problems: ValueProblem[] = [];
  const defaults: [string, JsonValue][] = [];
  for (const [name, declaration] of Object.entries(declared)) {
    if (Object.hasOwn(given, name)) {
      for (const { path, message } of problemsOf(given[name] ?? null, declaration))
        problems.push({ path: path === "" ? name : `${name}.${path}`, message });
    } else if (declaration.default !== undefined) defaults.push([name, declaration.default as JsonValue]);
    else if (declaration.required === true) problems.push({ path: name, message: "is required" });
  }
  const parameters = { ...given, ...Object.fromEntries(defaults) };
  // What only the whole can tell, such as keys that need each other.
  if (problems.length === 0 && isParametersSchema(written)) problems.push(...checkValue(parameters, written));
  if (problems.length === 0) return { parameters, undeclared: undeclaredNames(declared, given) };
  const text = problems.map(({ path, message }) => `${path} ${message}`.trim()).join("; ");
  throw new InvalidParametersError(`Workflow '${workflow}': ${text}`, {
    details: { workflow, problems },
    suggestions: [`Its parameters: ${describe(declared)}.`],
  });
}

/** The names that a workflow does not declare; none where it declares no parameters at all. */
export function undeclaredNames(written: Written, given: Readonly<Record<string, unknown>>): string[] {
  const declared = declaredParameters(written);
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
    .map(([name, { type, default: fallback }]) => {
      const types = type === undefined ? "" : ` (${[type].flat().join(" or ")})`;
      return `${name}${types}${fallback === undefined ? "" : ` = ${JSON.stringify(fallback)}`}`;
    })
    .join(", ") || "none";
