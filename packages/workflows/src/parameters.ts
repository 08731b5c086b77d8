import {
  didYouMean,
  InvalidParametersError,
  type JsonObject,
  type JsonValue,
  nearestNames,
} from "@orch/core";
import { pathProblems } from "./existing-path.ts";
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

/** Fills in defaults and checks values, also whether paths exist where that is declared; null is a value. Throws one INVALID_PARAMETERS with every problem. */
export function bindParameters(workflow: string, written: Written, given: JsonObject): BoundParameters {
  const declared = declaredParameters(written);
  const problems = declaredProblems(declared, given);
  const defaults = Object.entries(declared).flatMap(([name, { default: fallback }]): [string, JsonValue][] =>
    fallback === undefined || Object.hasOwn(given, name) ? [] : [[name, fallback as JsonValue]],
  );
  const parameters = { ...given, ...Object.fromEntries(defaults) };
  if (problems.length === 0) problems.push(...missingPaths(declared, parameters));
  // What only the whole can tell, such as keys that need each other.
  if (problems.length === 0 && isParametersSchema(written)) problems.push(...checkValue(parameters, written));
  if (problems.length === 0) return { parameters, undeclared: undeclaredNames(declared, given) };
  throw new InvalidParametersError(`Workflow '${workflow}': ${textOf(problems)}`, {
    details: { workflow, problems },
    suggestions: [`Its parameters: ${describe(declared)}.`],
  });
}

/** Files and directories that must be there when the run begins, also those of defaults. */
const missingPaths = (declared: ParameterDeclarations, parameters: JsonObject): ValueProblem[] =>
  Object.entries(declared).flatMap(([name, declaration]) =>
    pathProblems(parameters[name] ?? null, declaration).map(({ path, message }) => ({
      path: path === "" ? name : `${name}.${path}`,
      message,
    })),
  );

/** What is wrong with the values of declared parameters, and which of them are missing. */
function declaredProblems(declared: ParameterDeclarations, given: JsonObject): ValueProblem[] {
  return Object.entries(declared).flatMap(([name, declaration]): ValueProblem[] => {
    if (Object.hasOwn(given, name)) {
      const found = problemsOf(given[name] ?? null, declaration);
      return found.map(({ path, message }) => ({ path: path === "" ? name : `${name}.${path}`, message }));
    }
    const isMissing = declaration.default === undefined && declaration.required === true;
    return isMissing ? [{ path: name, message: "is required" }] : [];
  });
}

const textOf = (problems: readonly ValueProblem[]): string =>
  problems.map(({ path, message }) => `${path} ${message}`.trim()).join("; ");

/** The names that a workflow does not declare; none where it declares no parameters at all. */
export function undeclaredNames(written: Written, given: Readonly<Record<string, unknown>>): string[] {
  const declared = declaredParameters(written);
  if (Object.keys(declared).length === 0) return [];
  return Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
}

/**
 * The error for parameters that the workflow does not declare, for callers that refuse them. It also says what is wrong
 * with those of `given` that are declared.
 */
export function undeclaredParameters(
  workflow: string,
  names: readonly string[],
  declared: ParameterDeclarations,
  given: JsonObject = {},
): InvalidParametersError {
  const near = names.flatMap((name) => nearestNames(name, Object.keys(declared)));
  const problems = declaredProblems(declared, given);
  const further = problems.length === 0 ? "" : `; ${textOf(problems)}`;
  return new InvalidParametersError(
    `Workflow '${workflow}' has no parameter ${names.map((name) => `'${name}'`).join(", ")}${further}`,
    {
      details: {
        workflow,
        unknown: names,
        near,
        available: Object.keys(declared),
        ...(problems.length === 0 ? {} : { problems }),
      },
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
