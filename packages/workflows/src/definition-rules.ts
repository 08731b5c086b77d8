import { nearestNames } from "@orch/core";
import { compileGraph, DAGValidationError, type Graph } from "@orch/dag";
import { controlOf } from "./control-step.ts";
import type { DefinitionProblem, ProblemCode } from "./definition-problem.ts";
import type { References, StepReference } from "./step-references.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** How many names are looked at, all unknown names together, for ones that were probably meant. */
const MOST_COMPARISONS = 20_000;

/** What is checked: the steps, each with what it refers to. */
export interface CheckedSteps {
  readonly steps: readonly WorkflowStep[];
  readonly references: readonly References[];
  /** What the outputs of the workflow refer to. */
  readonly outputs: References;
}

/**
 * Checks that steps have names of their own, depend on known steps and never on themselves, directly or not, and that
 * their fields go together; all problems at once, each at its place. The graph is null when there are any.
 * O(steps + edges).
 */
export function checkSteps({ steps, references, outputs }: CheckedSteps): {
  readonly graph: Graph | null;
  readonly problems: readonly DefinitionProblem[];
} {
  const problems: DefinitionProblem[] = [];
  const first = firstPlaces(steps, problems);
  const hint = nameHint([...first.keys()]);
  const nodes: { name: string; dependencies: string[] }[] = [];
  const noReferences: readonly StepReference[] = [];
  for (const [index, step] of steps.entries()) {
    const { name } = step;
    const known = new Set<string>();
    const depend = (other: string, path: () => string, says: () => string, code: ProblemCode) => {
      if (!first.has(other))
        problems.push({ code, path: path(), message: `${says()} missing step '${other}'${hint(other)}` });
      else if (other === name)
        problems.push({ code: "DAG_CYCLE", path: path(), message: `${says()} the step itself` });
      else known.add(other);
    };
    for (const [at, other] of step.dependencies.entries())
      depend(
        other,
        () => `steps[${index}].dependencies[${at}]`,
        () => `Step '${name}' depends on`,
        "UNKNOWN_DEPENDENCY",
      );
    for (const each of references[index]?.steps ?? noReferences)
      depend(
        each.name,
        () => `steps[${index}].${each.field}`,
        () => `${each.text} in step '${name}' refers to`,
        "WORKFLOW_UNRESOLVED_REFERENCE",
      );
    checkFields(step, index, problems);
    if (first.get(name) === index) nodes.push({ name, dependencies: [...known] });
  }
  for (const { name, text, field } of outputs.steps) {
    if (first.has(name)) continue;
    const message = `${text} refers to missing step '${name}'${hint(name)}`;
    problems.push({ code: "WORKFLOW_UNRESOLVED_REFERENCE", path: `outputs.${field}`, message });
  }
  const graph = graphOf(nodes, first, problems);
  return { graph: problems.length === 0 ? graph : null, problems };
}

/** The place of each name; a name that stands twice is a problem. */
function firstPlaces(
  steps: readonly WorkflowStep[],
  problems: DefinitionProblem[],
): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const [index, { name }] of steps.entries()) {
    if (first.has(name)) {
      const message = `Duplicate step name '${name}'`;
      problems.push({ code: "DUPLICATE_STEP", path: `steps[${index}].name`, message });
    } else first.set(name, index);
  }
  return first;
}

/** What of one field makes no sense beside the others of its step. */
function checkFields(step: WorkflowStep, index: number, problems: DefinitionProblem[]): void {
  const refuse = (field: string, message: string) =>
    problems.push({ code: "INVALID_FIELD", path: `steps[${index}].${field}`, message });
  if (step.foreach === null) {
    if (step.maxParallel !== null) refuse("max_parallel", "has a meaning with foreach alone");
    if (step.onItemFailure !== "stop") refuse("on_item_failure", "has a meaning with foreach alone");
  }
  const control = controlOf(step);
  if (control === null) return;
  const message = `has no meaning for ${control}, which runs no action`;
  if (step.resources.length > 0) refuse("resources", message);
  for (const field of ["foreach", "isolation", "cache"] as const)
    if (step[field] !== null) refuse(field, message);
}

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
