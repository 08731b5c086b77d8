import { nearestNames, snakeCase } from "@orch/core";
import { TaskResource } from "@orch/tasks";
import type { DefinitionProblem } from "./definition-problem.ts";
import { StepRetry } from "./step-retry.ts";
import { StepUndo } from "./step-undo.ts";
import { Workflow } from "./workflow.ts";
import { WorkflowStep } from "./workflow-step.ts";

/** What is needed of a data class: its keys. */
interface Keyed {
  readonly schema: { readonly shape: object };
}

/** The key of a field in a file: `timeoutMs` is `timeout`. */
const keyOf = (field: string): string => snakeCase(field.endsWith("Ms") ? field.slice(0, -2) : field);

const keysOf = ({ schema }: Keyed): readonly string[] => Object.keys(schema.shape).map(keyOf);

const KEYS = {
  workflow: keysOf(Workflow),
  step: [...keysOf(WorkflowStep), "depends_on"],
  undo: keysOf(StepUndo),
  retry: keysOf(StepRetry),
  resource: keysOf(TaskResource),
} as const;

/** Keys that belong to others: `$schema` and its like, and `x-…`. */
const isForeign = (key: string): boolean => key.startsWith("$") || key.startsWith("x-");

/**
 * Keys that mean nothing here: probably typing errors of keys that do. They are kept and saved, so that they are no
 * problem, but what they should say does not hold. O(size of the definition).
 */
export function unknownKeys(workflow: Workflow): DefinitionProblem[] {
  const found = [
    ...unknownIn(workflow, "workflow", ""),
    ...workflow.resources.flatMap((each, at) => unknownIn(each, "resource", `resources[${at}]`)),
  ];
  for (let index = 0; index < workflow.steps.length; index++) {
    const step = workflow.steps[index] as WorkflowStep;
    const { extra, retry, undo, resources } = step;
    // Most steps have nothing that must be looked at.
    if (isEmpty(extra) && retry === null && undo === null && resources.length === 0) continue;
    const path = `steps[${index}]`;
    const parts = [
      unknownIn(step, "step", path),
      retry === null ? [] : unknownIn(retry, "retry", `${path}.retry`),
      undo === null ? [] : unknownIn(undo, "undo", `${path}.undo`),
      ...resources.map((each, at) => unknownIn(each, "resource", `${path}.resources[${at}]`)),
    ];
    for (const problem of parts.flat()) found.push(problem);
  }
  return found;
}

type Extra = Readonly<Record<string, unknown>>;

function isEmpty(extra: Extra): boolean {
  for (const _ in extra) return false;
  return true;
}

function unknownIn(
  { extra }: { readonly extra: Extra },
  kind: keyof typeof KEYS,
  path: string,
): DefinitionProblem[] {
  if (isEmpty(extra)) return [];
  return Object.keys(extra).flatMap((key): DefinitionProblem[] => {
    if (isForeign(key)) return [];
    const [near] = nearestNames(key, KEYS[kind]);
    const meant = near === undefined ? "" : `; did you mean '${near}'?`;
    const message = `'${key}' is no key of a ${kind}, and changes nothing${meant}`;
    return [{ code: "UNKNOWN_KEY", path: path === "" ? key : `${path}.${key}`, message }];
  });
}
