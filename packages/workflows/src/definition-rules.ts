import { nearestNames } from "@orch/core";
import { compileGraph, DAGValidationError, type Graph } from "@orch/dag";
import type { DefinitionProblem } from "./workflow.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** What a step refers to. */
export interface StepReferences {
  /** Steps, known or not, each as it is written and the field that it stands in. */
  readonly steps: readonly {
    readonly name: string;
    readonly text: string;
    readonly field: "parameters" | "run_if";
  }[];
  readonly parameters: readonly { readonly name: string; readonly text: string }[];
}

/** How many names are looked at, all unknown names together, for ones that were probably meant. */
const MOST_COMPARISONS = 20_000;

/**
 * Checks that steps have names of their own and depend on known steps, never on themselves, directly or not; all problems
 * at once, each at its place. The graph is null when there are any. O(steps + edges).
 */
export function checkSteps(
  steps: readonly WorkflowStep[],
  references: readonly StepReferences[],
): { readonly graph: Graph | null; readonly problems: readonly DefinitionProblem[] } {
  const problems: DefinitionProblem[] = [];
  const first = new Map<string, number>();
  for (const [index, { name }] of steps.entries()) {
    if (first.has(name))
      problems.push({ path: `steps[${index}].name`, message: `Duplicate step name '${name}'` });
    else first.set(name, index);
  }
  const hint = nameHint([...first.keys()]);
  const nodes = steps.flatMap(({ name, dependencies }, index) => {
    const wanted = [
      ...dependencies.map((dependency, place) => ({
        name: dependency,
        path: `dependencies[${place}]`,
        says: `Step '${name}' depends on`,
      })),
      ...(references[index]?.steps ?? []).map((each) => ({
        name: each.name,
        path: each.field,
        says: `${each.text} in step '${name}' refers to`,
      })),
    ];
    const known = wanted.filter(({ name: other, path, says }) => {
      const at = `steps[${index}].${path}`;
      if (!first.has(other))
        problems.push({ path: at, message: `${says} missing step '${other}'${hint(other)}` });
      else if (other === name) problems.push({ path: at, message: `${says} the step itself` });
      return first.has(other) && other !== name;
    });
    return first.get(name) === index
      ? [{ name, dependencies: [...new Set(known.map((each) => each.name))] }]
      : [];
  });
  const graph = graphOf(nodes, first, problems);
  return { graph: problems.length === 0 ? graph : null, problems };
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
        path: `steps[${first.get(task) ?? 0}].dependencies`,
        message: message.replace("in DAG", "between steps"),
      });
    }
    return null;
  }
}

/** Says which name was probably meant, as long as looking for it is cheap. */
function nameHint(names: readonly string[]): (wanted: string) => string {
  let comparisons = 0;
  return (wanted) => {
    comparisons += names.length;
    const [near] = comparisons <= MOST_COMPARISONS ? nearestNames(wanted, names) : [];
    return near === undefined ? "" : `; did you mean '${near}'?`;
  };
}
