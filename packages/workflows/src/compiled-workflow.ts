import type { JsonObject, JsonValue } from "@orch/core";
import type { Graph } from "@orch/dag";
import type { TaskResource } from "@orch/tasks";
import { type Condition, parseCondition } from "./condition.ts";
import { controlOf } from "./control-step.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import { checkSteps, placesOf } from "./definition-rules.ts";
import { outputReferences, type References, referencesOf } from "./step-references.ts";
import type { Workflow } from "./workflow.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** What can be understood of a definition, which may have problems. */
export interface DraftWorkflow {
  readonly workflow: Workflow;
  readonly steps: readonly WorkflowStep[];
  /** The steps by number, with the dependencies that follow from references; null where these have problems. */
  readonly graph: Graph | null;
  readonly conditions: readonly (Condition | null)[];
}

/** A workflow that was checked, ready to run. Immutable: many executions share one. */
export interface CompiledWorkflow extends DraftWorkflow {
  readonly graph: Graph;
  /** Parameters that references name, each with the first reference and its step; "outputs" for those of the workflow. */
  readonly parameterNames: ReadonlyMap<string, ParameterUse>;
}

/** Where a parameter is referred to first. */
export interface ParameterUse {
  /** As it is written. */
  readonly text: string;
  readonly step: string;
  /** As in `steps[1].parameters`. */
  readonly path: string;
}

type Compilation =
  | { readonly ok: true; readonly compiled: CompiledWorkflow }
  | {
      readonly ok: false;
      readonly problems: readonly DefinitionProblem[];
      readonly draft: DraftWorkflow;
    };

/** Checks names, dependencies, references and conditions of a workflow, all at once. O(steps + edges + text). */
export function compileWorkflow(workflow: Workflow): Compilation {
  const { steps } = workflow;
  const places = placesOf(steps);
  const isStep = (name: string) => places.has(name);
  const conditionProblems: DefinitionProblem[] = [];
  const conditions = steps.map((step, index) => readCondition(step, index, conditionProblems));
  const parameterNames = new Map<string, ParameterUse>();
  const use = (step: string, { parameters }: References, place: string) => {
    for (const { name, text, field } of parameters)
      if (!parameterNames.has(name)) parameterNames.set(name, { text, step, path: `${place}.${field}` });
  };
  const outputs = outputReferences(workflow.outputs, isStep);
  const { graph, problems: broken } = checkSteps({
    steps,
    places,
    outputs,
    referencesOf(index) {
      const step = steps[index] as WorkflowStep;
      const references = referencesOf(step, conditions[index] ?? null, isStep);
      if (references.parameters.length > 0) use(step.name, references, `steps[${index}]`);
      return references;
    },
  });
  use("outputs", outputs, "outputs");
  const problems = conditionProblems.concat(broken);
  if (graph === null || problems.length > 0)
    return { ok: false, problems, draft: { workflow, steps, conditions, graph } };
  return { ok: true, compiled: { workflow, steps, graph, conditions, parameterNames } };
}

/** What a step needs while it runs: its own resources, else those of the workflow; a control step needs none. */
export function resourcesOf({ workflow, steps }: DraftWorkflow, node: number): readonly TaskResource[] {
  const step = steps[node];
  if (step === undefined || controlOf(step) !== null) return [];
  return step.resources.length > 0 ? step.resources : workflow.resources;
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
      code: "INVALID_CONDITION",
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
export function dependentsOf({ graph }: { readonly graph: Graph }, node: number): Int32Array {
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
