import { didYouMean, nearestNames } from "@orch/core";
import { TaskStatus } from "@orch/tasks";
import type { DraftWorkflow } from "./compiled-workflow.ts";
import type { Condition } from "./condition.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import { nameHint } from "./definition-rules.ts";
import { declaredParameters } from "./parameter-declaration.ts";
import { STEP_PARTS } from "./reference.ts";
import { outputReferences, type References, referencesOf } from "./step-references.ts";

type ParameterReference = References["parameters"][number];

/** What a reference is looked up in. */
interface Names {
  readonly steps: ReadonlySet<string>;
  readonly parameters: ReadonlySet<string>;
  hint(name: string): string;
}

/**
 * References that stand for nothing, or for something else than was meant, each text once: a run without a parameter of
 * that name fails before its first step. O(size of the definition).
 */
export function unknownReferences(draft: DraftWorkflow): DefinitionProblem[] {
  const { workflow, steps, conditions, parameterNames } = draft;
  const parameters = new Set(Object.keys(declaredParameters(workflow.parameters)));
  if (areAllIn(parameterNames.keys(), parameters)) return [];
  const stepNames = new Set(steps.map(({ name }) => name));
  const names = { steps: stepNames, parameters, hint: nameHint([...parameters, ...stepNames]) };
  const isStep = (name: string) => stepNames.has(name);
  const found: DefinitionProblem[] = [];
  const seen = new Set<string>();
  const look = (references: readonly ParameterReference[], place: string) => {
    for (const reference of references) {
      const { name, text, field } = reference;
      if (parameters.has(name) || seen.has(text)) continue;
      seen.add(text);
      const message = whatIsWrong(reference, names);
      found.push({ code: "WORKFLOW_UNRESOLVED_REFERENCE", path: `${place}.${field}`, message });
    }
  };
  for (const [index, step] of steps.entries())
    look(referencesOf(step, conditions[index] ?? null, isStep).parameters, `steps[${index}]`);
  look(outputReferences(workflow.outputs, isStep).parameters, "outputs");
  return found;
}

function areAllIn(names: Iterable<string>, known: ReadonlySet<string>): boolean {
  for (const name of names) if (!known.has(name)) return false;
  return true;
}

function whatIsWrong({ name, path, text }: ParameterReference, { steps, hint }: Names): string {
  if (steps.has(name)) {
    const [part] = path;
    if (part === undefined) return `${text} names step '${name}' as a whole; did you mean '${name}.output'?`;
    return `${text}: step '${name}' has no '${part}'${partHint(part)}`;
  }
  if (name === "item" || name === "index")
    return `${text} stands for something only in the parameters of a step with foreach; else '${name}' must be given with each run`;
  return `${text} names no step and no declared parameter: '${name}' must be given with each run${hint(name)}`;
}

function partHint(part: string): string {
  const [near] = nearestNames(part, STEP_PARTS);
  return near === undefined ? `, but ${STEP_PARTS.join(", ")}` : `; did you mean '${near}'?`;
}

/** What a step has in a condition: there `result` is not another name of the output. */
const CONDITION_PARTS = STEP_PARTS.filter((part) => part !== "result");
const STATUSES: readonly string[] = Object.values(TaskStatus);

/**
 * Tells what a condition asks about that is never there: it cannot be decided then, or has the same outcome in every run.
 * The first answer costs O(size of the definition), a further one O(size of the condition).
 */
export function conditionCheck({ workflow, steps }: DraftWorkflow): (condition: Condition) => string[] {
  let names: ConditionNames | null = null;
  return (condition) => {
    names ??= {
      steps: new Set(steps.map(({ name }) => name)),
      parameters: new Set(Object.keys(declaredParameters(workflow.parameters))),
    };
    return conditionProblems(condition, names);
  };
}

type ConditionNames = Pick<Names, "steps" | "parameters">;

function conditionProblems({ asked }: Condition, { steps, parameters }: ConditionNames): string[] {
  const near = (wanted: string, names: readonly string[]) =>
    didYouMean(nearestNames(wanted, names)).join(" ") || `There is ${names.join(", ")}.`;
  return [
    ...asked.params
      // A workflow that declares nothing does not say what can be given.
      .filter((name) => parameters.size > 0 && !parameters.has(name))
      .map((name) => `params.${name} is no declared parameter. ${near(name, [...parameters])}`),
    ...asked.steps.flatMap(({ name, part }) =>
      part === null || CONDITION_PARTS.some((each) => each === part)
        ? []
        : [`steps.${name}.${part}: a step has no '${part}'. ${near(part, CONDITION_PARTS)}`],
    ),
    ...asked.statuses
      .filter(({ name, text }) => steps.has(name) && !STATUSES.includes(text))
      .map(({ name, text }) => `the status of '${name}' is never '${text}'. ${near(text, STATUSES)}`),
  ];
}
