import { canonicalJson, type JsonObject } from "@orch/core";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { UnresolvedReferenceError } from "./errors.ts";
import type { ExecutionRecord } from "./execution-record.ts";
import { unresolvedAtStart } from "./execution-start.ts";
import { declaredParameters } from "./parameter-declaration.ts";
import { bindParameters } from "./parameters.ts";
import { ownReferences } from "./step-references.ts";

/** The parameters of an execution that goes on with another definition. */
export interface ReboundParameters {
  readonly parameters: JsonObject;
  /** Names of those that have another value than before. */
  readonly changed: ReadonlySet<string>;
}

/**
 * What the caller gave stays, the rest is as the definition says now: a parameter that it declares anew, or with another
 * default, gets that. Throws INVALID_PARAMETERS, WORKFLOW_UNRESOLVED_REFERENCE.
 */
export function boundAgain(compiled: CompiledWorkflow, stored: ExecutionRecord): ReboundParameters {
  const { workflow } = compiled;
  const { parameters } = bindParameters(workflow.name, workflow.parameters, keptOf(compiled, stored));
  const unresolved = unresolvedAtStart(compiled, parameters);
  if (unresolved !== null) {
    const { message, details, suggestions } = unresolved;
    throw new UnresolvedReferenceError(message, { details, suggestions });
  }
  const before = stored.parameters as JsonObject;
  const changed = Object.keys(parameters).filter(
    (name) => canonicalJson(parameters[name] ?? null) !== canonicalJson(before[name] ?? null),
  );
  return { parameters, changed: new Set(changed) };
}

/** All but the defaults of before for which there is a default now. */
function keptOf({ workflow }: CompiledWorkflow, { parameters, options }: ExecutionRecord): JsonObject {
  const declared = declaredParameters(workflow.parameters);
  const given = new Set(options.given ?? Object.keys(parameters));
  const kept = Object.entries(parameters).filter(
    ([name]) => given.has(name) || declared[name]?.default === undefined,
  );
  return Object.fromEntries(kept) as JsonObject;
}

/** The first of the parameters `names` that a step refers to before it has ended; undefined for none. O(text of the step). */
export function usedBy(
  { steps, conditions, graph }: CompiledWorkflow,
  node: number,
  names: ReadonlySet<string>,
): string | undefined {
  const step = steps[node];
  if (step === undefined || names.size === 0) return undefined;
  const { parameters } = ownReferences(step, conditions[node] ?? null, (name) => graph.indexOf(name) >= 0);
  const used = new Set(parameters.map(({ name }) => name));
  // A condition can also ask for `params.name`.
  return [...names].find((name) => used.has(name) || step.runIf?.includes(name));
}
