import type { JsonObject, JsonValue } from "@orch/core";
import type { Graph } from "@orch/dag";
import type { TaskResource } from "@orch/tasks";
import { type Condition, parseCondition } from "./condition.ts";
import { controlOf } from "./control-step.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import { checkSteps, placesOf } from "./definition-rules.ts";
import { addUses, type ParameterUse } from "./parameter-use.ts";
import { compileQuickly } from "./quick-compile.ts";
import { outputReferences, referencesOf } from "./step-references.ts";
import type { Workflow } from "./workflow.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** What can be understood of a definition, which may have problems. */
export interface DraftWorkflow {
  readonly workflow: Workflow;
  readonly steps: readonly WorkflowStep[];
  /** The steps by number, with the dependencies that follow from references; null where these have problems. */
  readonly graph: Graph | null;
  readonly conditions: readonly (Condition | null)[];
  /** Parameters that references name, each with the first reference and its step; "outputs" for those of the workflow. */
  readonly parameterNames: ReadonlyMap<string, ParameterUse>;
}

/** A workflow that was checked, ready to run. Immutable: many executions share one. */
export interface CompiledWorkflow extends DraftWorkflow {
  readonly graph: Graph;
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
  const problems: DefinitionProblem[] = [];
  const conditions = readConditions(steps, problems);
  const quick = problems.length === 0 ? compileQuickly(workflow, conditions) : null;
  if (quick !== null) return { ok: true, compiled: { workflow, steps, conditions, ...quick } };
  return compileClosely(workflow, conditions, problems);
}

/** Finds everything that is wrong, with its place; `problems` has what is known already. */
function compileClosely(
  workflow: Workflow,
  conditions: readonly (Condition | null)[],
  problems: readonly DefinitionProblem[],
): Compilation {
  const { steps } = workflow;
  const places = placesOf(steps);
  const isStep = (name: string) => places.has(name);
  const parameterNames = new Map<string, ParameterUse>();
  const outputs = outputReferences(workflow.outputs, isStep);
  const { graph, problems: broken } = checkSteps({
    steps,
    places,
    outputs,
    referencesOf(index) {
      const step = steps[index] as WorkflowStep;
      const references = referencesOf(step, conditions[index] ?? null, isStep);
      addUses(parameterNames, references, { step: step.name, place: `steps[${index}]` });
      return references;
    },
  });
  addUses(parameterNames, outputs, { step: "outputs", place: "outputs" });
  const draft = { workflow, steps, conditions, graph, parameterNames };
  const all = problems.concat(broken);
  if (graph === null || all.length > 0) return { ok: false, problems: all, draft };
  return { ok: true, compiled: { ...draft, graph } };
}

/** What a step needs while it runs: its own resources, else those of the workflow; a control step needs none. */
export function resourcesOf({ workflow, steps }: DraftWorkflow, node: number): readonly TaskResource[] {
  const step = steps[node];
  if (step === undefined || controlOf(step) !== null) return [];
  return step.resources.length > 0 ? step.resources : workflow.resources;
}

/** The condition of each step; equal ones are parsed once. */
function readConditions(
  steps: readonly WorkflowStep[],
  problems: DefinitionProblem[],
): readonly (Condition | null)[] {
  const known = new Map<string, Condition>();
  return steps.map(({ runIf }, index) => {
    if (runIf === null) return null;
    try {
      const condition = known.get(runIf) ?? parseCondition(runIf);
      known.set(runIf, condition);
      return condition;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ code: "INVALID_CONDITION", path: `steps[${index}].run_if`, message });
      return null;
    }
  });
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
