import { nearestNames } from "@orch/core";
import { compileGraph, DAGValidationError, type Graph } from "@orch/dag";
import { CONTROL_MODULES, controlOf } from "./control-step.ts";
import type { DefinitionProblem, ProblemCode } from "./definition-problem.ts";
import type { References } from "./step-references.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** How many names are looked at, all unknown names together, for ones that were probably meant. */
const MOST_COMPARISONS = 20_000;

/** What is checked: the steps, each with what it refers to. */
export interface CheckedSteps {
  readonly steps: readonly WorkflowStep[];
  /** The place of the first step of each name. */
  readonly places: ReadonlyMap<string, number>;
  /** Asked once for each step, in order. */
  referencesOf(index: number): References;
  /** What the outputs of the workflow refer to. */
  readonly outputs: References;
}

/** The place of the first step of each name. */
export function placesOf(steps: readonly WorkflowStep[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [index, { name }] of steps.entries()) if (!places.has(name)) places.set(name, index);
  return places;
}

/**
 * Checks that steps have names of their own, depend on known steps and never on themselves, directly or not, and that
 * their fields go together; all problems at once, each at its place. The graph is null when there are any.
 * O(steps + edges).
 */
export function checkSteps(checked: CheckedSteps): {
  readonly graph: Graph | null;
  readonly problems: readonly DefinitionProblem[];
} {
  const { steps, places, outputs } = checked;
  const problems = duplicates(steps, places);
  const hint = nameHint([...places.keys()]);
  const nodes: { name: string; dependencies: string[] }[] = [];
  for (const [index, step] of steps.entries()) {
    const dependencies = dependenciesOf(checked, step, index, (wrong, field, code, says) => {
      const path = `steps[${index}].${field}`;
      const isItself = wrong === step.name;
      const message = isItself ? `${says} the step itself` : `${says} missing step '${wrong}'${hint(wrong)}`;
      problems.push({ code: isItself ? "DAG_CYCLE" : code, path, message });
    });
    problems.push(...fieldProblems(step, index));
    if (places.get(step.name) === index) nodes.push({ name: step.name, dependencies });
  }
  for (const { name, text, field } of outputs.steps) {
    if (places.has(name)) continue;
    const message = `${text} refers to missing step '${name}'${hint(name)}`;
    problems.push({ code: "WORKFLOW_UNRESOLVED_REFERENCE", path: `outputs.${field}`, message });
  }
  const graph = graphOf(nodes, places, problems);
  return { graph: problems.length === 0 ? graph : null, problems };
}

function duplicates(
  steps: readonly WorkflowStep[],
  places: ReadonlyMap<string, number>,
): DefinitionProblem[] {
  if (places.size === steps.length) return [];
  return steps.flatMap(({ name }, index): DefinitionProblem[] => {
    if (places.get(name) === index) return [];
    const message = `Duplicate step name '${name}'`;
    return [{ code: "DUPLICATE_STEP", path: `steps[${index}].name`, message }];
  });
}

/** Names of the steps that a step waits for, each once; `refuse` is told of those that cannot be. */
function dependenciesOf(
  { places, referencesOf }: CheckedSteps,
  { name, dependencies }: WorkflowStep,
  index: number,
  refuse: (wrong: string, field: string, code: ProblemCode, says: string) => void,
): string[] {
  const known: string[] = [];
  for (let at = 0; at < dependencies.length; at++) {
    const other = dependencies[at] ?? "";
    if (other !== name && places.has(other)) known.push(other);
    else refuse(other, `dependencies[${at}]`, "UNKNOWN_DEPENDENCY", `Step '${name}' depends on`);
  }
  for (const { name: other, text, field } of referencesOf(index).steps) {
    if (other !== name && places.has(other)) known.push(other);
    else refuse(other, field, "WORKFLOW_UNRESOLVED_REFERENCE", `${text} in step '${name}' refers to`);
  }
  return known.length < 2 ? known : [...new Set(known)];
}

/** What of one field makes no sense beside the others of a step. */
export function fieldProblems(step: WorkflowStep, index: number): readonly DefinitionProblem[] {
  if (areFieldsPlain(step)) return NONE;
  const problems: DefinitionProblem[] = [];
  const refuse = (field: string, message: string) =>
    problems.push({ code: "INVALID_FIELD", path: `steps[${index}].${field}`, message });
  if (step.foreach === null) {
    if (step.maxParallel !== null) refuse("max_parallel", "has a meaning with foreach alone");
    if (step.onItemFailure !== "stop") refuse("on_item_failure", "has a meaning with foreach alone");
  }
  const control = controlOf(step);
  if (control === null) return problems;
  const message = `has no meaning for ${control}, which runs no action`;
  if (step.resources.length > 0) refuse("resources", message);
  for (const field of ["isolation", "cache"] as const) if (step[field] !== null) refuse(field, message);
  if (step.foreach !== null && control !== "workflow.run") refuse("foreach", message);
  return problems;
}

const NONE: readonly DefinitionProblem[] = [];

/** Whether nothing needs to be looked at beside other fields, as in most steps. */
const areFieldsPlain = ({ foreach, maxParallel, onItemFailure, module }: WorkflowStep): boolean =>
  (foreach !== null || (maxParallel === null && onItemFailure === "stop")) && !CONTROL_MODULES.has(module);

/** The graph of sound edges; its cycles are added to `problems`. */
function graphOf(
  nodes: readonly { name: string; dependencies: string[] }[],
  first: ReadonlyMap<string, number>,
  problems: DefinitionProblem[],
): Graph | null {
  try {
    return compileGraph(nodes);
  } catch (error) {
    if (!(error instanceof DAGValidationError)) throw error;
    for (const { task, message } of error.problems) {
      problems.push({
        code: "DAG_CYCLE",
        path: `steps[${first.get(task) ?? 0}].dependencies`,
        message: message.replace("in DAG", "between steps"),
      });
    }
    return null;
  }
}

/** Says which name was probably meant, as long as looking for it is cheap. */
export function nameHint(names: readonly string[]): (wanted: string) => string {
  let comparisons = 0;
  return (wanted) => {
    comparisons += names.length;
    const [near] = comparisons <= MOST_COMPARISONS ? nearestNames(wanted, names) : [];
    return near === undefined ? "" : `; did you mean '${near}'?`;
  };
}
