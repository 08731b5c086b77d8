import { isObject, nearestNames, snakeCase } from "@orch/core";
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
  const found: DefinitionProblem[] = [];
  const look = (kind: keyof typeof KEYS, path: string, of: { readonly extra?: unknown } | null) => {
    const { extra } = of ?? {};
    for (const key of isObject(extra) ? Object.keys(extra) : []) {
      if (isForeign(key)) continue;
      const [near] = nearestNames(key, KEYS[kind]);
      const meant = near === undefined ? "" : `; did you mean '${near}'?`;
      const message = `'${key}' is no key of a ${kind}, and changes nothing${meant}`;
      found.push({ code: "UNKNOWN_KEY", path: path === "" ? key : `${path}.${key}`, message });
    }
  };
  look("workflow", "", workflow);
  for (const [at, resource] of workflow.resources.entries()) look("resource", `resources[${at}]`, resource);
  for (const [index, step] of workflow.steps.entries()) {
    const path = `steps[${index}]`;
    look("step", path, step);
    look("retry", `${path}.retry`, step.retry);
    look("undo", `${path}.undo`, step.undo);
    for (const [at, resource] of step.resources.entries())
      look("resource", `${path}.resources[${at}]`, resource);
  }
  return found;
}
