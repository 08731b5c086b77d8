import { type JsonObject, type JsonValue, placeholdersIn } from "@orch/core";
import type { Graph } from "@orch/dag";
import { type Condition, parseCondition } from "./condition.ts";
import { checkSteps, type StepReferences } from "./definition-rules.ts";
import { readReference } from "./reference.ts";
import type { DefinitionProblem, Workflow } from "./workflow.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** A workflow that was checked, ready to run. Immutable: many executions share one. */
export interface CompiledWorkflow {
  readonly workflow: Workflow;
  readonly steps: readonly WorkflowStep[];
  /** The steps by number, with the dependencies that follow from references. */
  readonly graph: Graph;
  readonly conditions: readonly (Condition | null)[];
  /** Parameters that references name, each with the first reference and its step. */
  readonly parameterNames: ReadonlyMap<string, { readonly text: string; readonly step: string }>;
}

type Compilation =
  | { readonly ok: true; readonly compiled: CompiledWorkflow }
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

/** Checks names, dependencies, references and conditions of a workflow, all at once. O(steps + edges + text). */
export function compileWorkflow(workflow: Workflow): Compilation {
  const { steps } = workflow;
  const names = new Set(steps.map(({ name }) => name));
  const problems: DefinitionProblem[] = [];
  const conditions = steps.map((step, index) => readCondition(step, index, problems));
  const references = steps.map((step, index) => referencesOf(step, conditions[index] ?? null, names));
  const { graph, problems: broken } = checkSteps(steps, references);
  if (graph === null || problems.length > 0) return { ok: false, problems: [...problems, ...broken] };
  const parameterNames = new Map<string, { text: string; step: string }>();
  for (const [index, { parameters }] of references.entries()) {
    const step = steps[index]?.name ?? "";
    for (const { name, text } of parameters)
      if (!parameterNames.has(name)) parameterNames.set(name, { text, step });
  }
  return { ok: true, compiled: { workflow, steps, graph, conditions, parameterNames } };
}

/** What a step refers to, in its parameters and its condition. */
function referencesOf(
  step: WorkflowStep,
  condition: Condition | null,
  names: ReadonlySet<string>,
): StepReferences {
  const found: { steps: StepReferences["steps"][number][]; parameters: { name: string; text: string }[] } = {
    steps: [],
    parameters: [],
  };
  const read = (
    placeholders: Iterable<ReturnType<typeof placeholdersIn>[number]>,
    field: "parameters" | "run_if",
  ) => {
    for (const placeholder of placeholders) {
      const reference = readReference(placeholder, (name) => names.has(name));
      const { text } = reference;
      if (reference.kind === "parameter") found.parameters.push({ name: reference.name, text });
      else
        found.steps.push({ name: reference.kind === "step" ? reference.step : reference.name, text, field });
    }
  };
  read(placeholdersIn(step.parameters), "parameters");
  read(condition?.placeholders ?? [], "run_if");
  for (const name of condition?.steps ?? [])
    found.steps.push({ name, text: `steps.${name}`, field: "run_if" });
  return found;
}

function readCondition(
  { runIf }: WorkflowStep,
  index: number,
  problems: DefinitionProblem[],
): Condition | null {
  if (runIf === null) return null;
  try {
    return parseCondition(runIf);
  } catch (error) {
    problems.push({
      path: `steps[${index}].run_if`,
      message: error instanceof Error ? error.message : String(error),
    });
    return null;
  }
}

/** Names of the steps that `node` waits for, in the order of their listing; those that follow from references come last. */
export function dependenciesOf({ graph }: CompiledWorkflow, node: number): string[] {
  const { offsets, targets } = graph.dependencies;
  return [...targets.subarray(offsets[node], offsets[node + 1])].map((target) => graph.names[target] ?? "");
}

/** The steps that wait for `node` directly. */
export function dependentsOf({ graph }: CompiledWorkflow, node: number): Int32Array {
  const { offsets, targets } = graph.dependents;
  return targets.subarray(offsets[node], offsets[node + 1]);
}

/** What references and conditions see of a step. */
export interface StepView {
  readonly output: JsonValue;
  readonly status: string;
  readonly success: boolean;
  readonly error: string | null;
}

/** The views of several steps as JSON, for conditions. */
export const asJson = (views: Readonly<Record<string, StepView>>): JsonObject =>
  views as unknown as JsonObject;
