import { type JsonObject, type JsonValue, nearestNames, placeholdersIn } from "@orch/core";
import { compileGraph, DAGValidationError, type Graph } from "@orch/dag";
import { type Condition, parseCondition } from "./condition.ts";
import { type Reference, readReference } from "./reference.ts";
import type { DefinitionProblem, Workflow } from "./workflow.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** A workflow that was checked, ready to run. Immutable: many executions share one. */
export interface CompiledWorkflow {
  readonly workflow: Workflow;
  readonly steps: readonly WorkflowStep[];
  /** The steps by number, with the dependencies that follow from references. */
  readonly graph: Graph;
  readonly conditions: readonly (Condition | null)[];
  /** Names of parameters that references name, with the step that does. */
  readonly parameterNames: ReadonlyMap<string, Reference & { readonly step: string }>;
}

type Compilation = { readonly ok: true; readonly compiled: CompiledWorkflow } | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

/** Checks names, dependencies, references and conditions of a workflow, all at once. O(steps + edges + text). */
export function compileWorkflow(workflow: Workflow): Compilation {
  const { steps } = workflow;
  const problems: DefinitionProblem[] = [];
  const names = new Set(steps.map(({ name }) => name));
  const parameterNames = new Map<string, Reference & { readonly step: string }>();
  const conditions: (Condition | null)[] = [];
  const nodes = steps.map((step, index) => {
    const condition = readCondition(step, index, problems);
    conditions.push(condition);
    const inferred = new Set<string>(condition?.steps.filter((name) => names.has(name)));
    for (const reference of referencesOf(step, condition, names)) {
      if (reference.kind === "step") inferred.add(reference.step);
      else if (reference.kind === "parameter") parameterNames.set(reference.name, { ...reference, step: step.name } as never);
      else problems.push(unknownStep(reference.text, reference.name, index, names));
    }
    return { name: step.name, dependencies: [...new Set([...step.dependencies, ...inferred])] };
  });
  try {
    const graph = compileGraph(nodes);
    return problems.length > 0 ? { ok: false, problems } : { ok: true, compiled: { workflow, steps, graph, conditions, parameterNames } };
  } catch (error) {
    if (!(error instanceof DAGValidationError)) throw error;
    return { ok: false, problems: [...problems, ...graphProblems(error, steps)] };
  }
}

/** What the placeholders of a step mean. */
function referencesOf(step: WorkflowStep, condition: Condition | null, names: ReadonlySet<string>): Reference[] {
  const placeholders = [...placeholdersIn(step.parameters), ...(condition?.placeholders ?? [])];
  return placeholders.map((placeholder) => readReference(placeholder, (name) => names.has(name)));
}

function readCondition({ runIf }: WorkflowStep, index: number, problems: DefinitionProblem[]): Condition | null {
  if (runIf === null) return null;
  try {
    return parseCondition(runIf);
  } catch (error) {
    problems.push({ path: `steps[${index}].run_if`, message: error instanceof Error ? error.message : String(error) });
    return null;
  }
}

function unknownStep(text: string, name: string, index: number, names: ReadonlySet<string>): DefinitionProblem {
  const near = nearestNames(name, names);
  const hint = near.length > 0 ? `; did you mean '${near[0]}'?` : "";
  return { path: `steps[${index}].parameters`, message: `${text} names no step${hint}` };
}

/** The problems of the graph, each at its place in the definition. */
function graphProblems({ problems }: DAGValidationError, steps: readonly WorkflowStep[]): DefinitionProblem[] {
  const first = new Map<string, number>();
  steps.forEach(({ name }, index) => {
    if (!first.has(name)) first.set(name, index);
  });
  const at = (name: string) => first.get(name) ?? -1;
  return problems.flatMap((problem): DefinitionProblem[] => {
    switch (problem.kind) {
      case "duplicate":
        return steps.flatMap(({ name }, index) => (name === problem.task && index !== at(name) ? [{ path: `steps[${index}].name`, message: `Duplicate step name '${name}'` }] : []));
      case "missing":
      case "self": {
        const wanted = problem.kind === "self" ? problem.task : (problem.dependency ?? "");
        const index = at(problem.task);
        const place = steps[index]?.dependencies.indexOf(wanted) ?? -1;
        const hint = problem.near?.[0] === undefined ? "" : `; did you mean '${problem.near[0]}'?`;
        return [{ path: `steps[${index}].dependencies[${place}]`, message: `${problem.message.replaceAll("Task", "Step").replaceAll("missing task", "missing step")}${hint}` }];
      }
      case "cycle":
        return [{ path: `steps[${at(problem.task)}].dependencies`, message: problem.message.replace("in DAG", "between steps") }];
      case "name":
        return [];
    }
  });
}

/** Names of the steps that `node` waits for, in the order of their listing; those that follow from references come last. */
export function dependenciesOf({ graph }: CompiledWorkflow, node: number): string[] {
  const { offsets, targets } = graph.dependencies;
  return [...targets.subarray(offsets[node], offsets[node + 1])].map((target) => graph.names[target] ?? "");
}

/** A value of a run, for references: what is known of each step, and the parameters. */
export interface StepView {
  readonly output: JsonValue;
  readonly status: string;
  readonly success: boolean;
  readonly error: string | null;
}

/** The views of several steps as JSON, for conditions. */
export const asJson = (views: Readonly<Record<string, StepView>>): JsonObject => views as unknown as JsonObject;
