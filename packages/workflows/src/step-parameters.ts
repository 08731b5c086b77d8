import {
  InvalidParametersError,
  interpolate,
  type JsonObject,
  type JsonValue,
  type Placeholder,
  valueAt,
} from "@orch/core";
import { needSmallParameters } from "@orch/tasks";
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

/** One item of a `foreach`. */
export interface StepItem {
  readonly item: JsonValue;
  /** From 0. */
  readonly index: number;
}

/**
 * The parameters of a step, or of one item of it, with every placeholder replaced; keys that the step lacks come from
 * those of the run. Throws WORKFLOW_UNRESOLVED_REFERENCE for a path that leads nowhere, LIMIT_EXCEEDED for more than 1 MiB;
 * for an item only what is its own counts, since the list that it is of may be among those of the run.
 */
export function resolveParameters(scope: ReferenceScope, node: number, item?: StepItem): JsonObject {
  const { parameters = {} } = scope.compiled.steps[node] ?? {};
  const own = resolveOwn(scope, parameters, node, item);
  if (item === undefined) return small(scope, node, { ...scope.parameters, ...own });
  return { ...scope.parameters, ...small(scope, node, own) };
}

/** The parameters of a control step, or of one item of it: its own alone, with every placeholder replaced. */
export function resolveControl(scope: ReferenceScope, node: number, item?: StepItem): JsonObject {
  const { parameters = {} } = scope.compiled.steps[node] ?? {};
  const { compiled, parameters: given } = scope;
  const viewOf = (each: number) => scope.viewOf(each);
  const own = resolveOwn(
    { compiled, parameters: given, overrides: new Set(), viewOf },
    parameters,
    node,
    item,
  );
  return small(scope, node, own);
}

/**
 * The parameters of the undo of a step, or of one item of it; its `output` is there to be used. Throws as
 * {@link resolveParameters} does.
 */
export function resolveUndo(
  scope: ReferenceScope,
  node: number,
  output: JsonValue,
  item?: StepItem,
): JsonObject {
  const { compiled, parameters: given, overrides } = scope;
  const { parameters = {} } = compiled.steps[node]?.undo ?? {};
  const viewOf = (each: number): StepView => {
    const view = scope.viewOf(each);
    // Also of a step that has failed half-way.
    return each === node ? { ...view, output, success: true } : view;
  };
  const own = resolveOwn({ compiled, parameters: given, overrides, viewOf }, parameters, node, item);
  if (item === undefined) return small(scope, node, { ...given, ...own });
  return { ...given, ...small(scope, node, own) };
}

/** The parameters of a step, unless there are too many of them. */
function small({ compiled }: ReferenceScope, node: number, parameters: JsonObject): JsonObject {
  const step = compiled.graph.names[node] ?? "";
  needSmallParameters(parameters, {
    of: `step '${step}'`,
    details: { step },
    suggestion: "Have the data written to a file and give its path, or refer to less of it.",
  });
  return parameters;
}

/**
 * The items of a `foreach` step. Throws INVALID_PARAMETERS where its reference stands for no list,
 * WORKFLOW_UNRESOLVED_REFERENCE where it stands for nothing.
 */
export function resolveItems(scope: ReferenceScope, node: number): readonly JsonValue[] {
  const { foreach = null, name = "" } = scope.compiled.steps[node] ?? {};
  const items = interpolate(foreach, (placeholder) => resolveReference(scope, placeholder, node));
  if (Array.isArray(items)) return items as JsonValue[];
  const was = items === null ? "null" : typeof items === "object" ? "an object" : `a ${typeof items}`;
  const message = `must be a list, ${String(foreach)} was ${was}`;
  throw new InvalidParametersError(`Step '${name}': foreach ${message}`, {
    retryable: false,
    details: { step: name, problems: [{ path: "foreach", message }] },
  });
}

/** The outputs of the workflow. Throws WORKFLOW_UNRESOLVED_REFERENCE for a path that leads nowhere. */
export const resolveOutputs = (scope: ReferenceScope): JsonObject =>
  interpolate(scope.compiled.workflow.outputs, (placeholder) =>
    resolveReference(scope, placeholder, null),
  ) as JsonObject;

function resolveOwn(scope: ReferenceScope, own: JsonObject, node: number, item?: StepItem): JsonObject {
  const { overrides } = scope;
  const used = Object.fromEntries(Object.entries(own).filter(([key]) => !overrides.has(key)));
  return interpolate(used, (placeholder) => resolveReference(scope, placeholder, node, item)) as JsonObject;
}

/** The value that a placeholder in step `node` (null: in the outputs) stands for. Throws WORKFLOW_UNRESOLVED_REFERENCE when there is none. */
export function resolveReference(
  scope: ReferenceScope,
  placeholder: Placeholder,
  node: number | null,
  item?: StepItem,
): JsonValue {
  const { graph } = scope.compiled;
  const isStep = (name: string) => graph.indexOf(name) >= 0;
  const reference = readReference(placeholder, { isStep, hasItem: item !== undefined });
  const step = node === null ? null : (graph.names[node] ?? "");
  if (reference.kind === "item")
    return found(valueAt(item?.[reference.part] ?? null, reference.path), placeholder.text, step);
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

function found(value: JsonValue | undefined, reference: string, step: string | null): JsonValue {
  if (value !== undefined) return value;
  const [where, path] = step === null ? ["the outputs", "outputs"] : [`step '${step}'`, "parameters"];
  throw new UnresolvedReferenceError(`${reference} in ${where} names nothing`, {
    details: { reference, step: step ?? "", path },
    suggestions: ["Give the parameter, or correct the path into the step's output."],
  });
}
