import { interpolate, type JsonObject, type JsonValue, type Placeholder, valueAt } from "@orch/core";
import type { CompiledWorkflow, StepView } from "./compiled-workflow.ts";
import { UnresolvedReferenceError } from "./errors.ts";
import { readReference } from "./reference.ts";

/** What references can see of a run. */
export interface ReferenceScope {
  readonly compiled: CompiledWorkflow;
  /** The parameters of the run. */
  readonly parameters: JsonObject;
  /** Names of parameters that win over a step's own. */
  readonly overrides: ReadonlySet<string>;
  viewOf(node: number): StepView;
}

/**
 * The parameters of a step with every placeholder replaced; keys that the step lacks come from those of the run. Throws
 * WORKFLOW_UNRESOLVED_REFERENCE for a path that leads nowhere.
 */
export function resolveParameters(scope: ReferenceScope, node: number): JsonObject {
  const own = Object.entries(scope.compiled.steps[node]?.parameters ?? {});
  const used = Object.fromEntries(own.filter(([key]) => !scope.overrides.has(key)));
  const resolved = interpolate(used, (placeholder) =>
    resolveReference(scope, placeholder, node),
  ) as JsonObject;
  return { ...scope.parameters, ...resolved };
}

/** The value that a placeholder in step `node` stands for. Throws WORKFLOW_UNRESOLVED_REFERENCE when there is none. */
export function resolveReference(scope: ReferenceScope, placeholder: Placeholder, node: number): JsonValue {
  const { graph } = scope.compiled;
  const reference = readReference(placeholder, (name) => graph.indexOf(name) >= 0);
  const step = graph.names[node] ?? "";
  if (reference.kind !== "step") {
    const path = [reference.name, ...(reference.kind === "parameter" ? reference.path : [])];
    return found(valueAt(scope.parameters, path), placeholder.text, step);
  }
  const view = scope.viewOf(graph.indexOf(reference.step));
  const part = reference.part === "result" ? "output" : reference.part;
  // Of a step without an output every path is null.
  if (part === "output" && !view.success) return null;
  return found(valueAt(view[part], reference.path), placeholder.text, step);
}

function found(value: JsonValue | undefined, reference: string, step: string): JsonValue {
  if (value !== undefined) return value;
  throw new UnresolvedReferenceError(`${reference} in step '${step}' names nothing`, {
    details: { reference, step, path: "parameters" },
    suggestions: ["Give the parameter, or correct the path into the step's output."],
  });
}
