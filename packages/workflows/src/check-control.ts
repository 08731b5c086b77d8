import { didYouMean, InvalidParametersError, type JsonValue, nearestNames, placeholdersIn } from "@orch/core";
import { checkParameters } from "./check-parameters.ts";
import { type ControlKind, controlSchema, parseControl } from "./control-step.ts";
import type { ProblemCode } from "./definition-problem.ts";
import { checkForm } from "./wait.ts";
import { WorkflowStep } from "./workflow-step.ts";

/** Something that is wrong with a step: of what kind, in which of its fields, and what. */
interface StepProblem {
  readonly code: ProblemCode;
  readonly field: string;
  readonly message: string;
}

const DEFAULTS = new WorkflowStep({ name: "step", module: "module", action: "action" });

/**
 * What will go wrong in a step that the run performs itself, as far as its text tells: what references stand for is not
 * known. `workflows` are the names of those that can be run.
 */
export function checkControl(
  step: WorkflowStep,
  kind: ControlKind,
  workflows: readonly string[] | undefined,
): StepProblem[] {
  const refused = checkParameters(step.parameters, controlSchema(kind), {}).map(({ path, message }) => ({
    code: "INVALID_PARAMETERS" as const,
    field: `parameters.${path}`,
    message: `${kind} will refuse ${path}: ${message}`,
  }));
  return [
    ...refused,
    ...(refused.length === 0 ? checkForms(step, kind) : []),
    ...checkTarget(step, kind, workflows),
    ...(kind === "workflow.run" ? [] : checkRetries(step, kind)),
  ];
}

/** The form of an answer, and whether the default fits it, where both are written out. */
function checkForms({ parameters }: WorkflowStep, kind: ControlKind): StepProblem[] {
  const { form = {}, default: fallback } = parameters;
  if (isOpen(form)) return [];
  const known = isOpen(fallback ?? null) || fallback === undefined ? { form } : { form, default: fallback };
  try {
    checkForm(parseControl(kind, { ...parameters, default: undefined as never, ...known }));
    return [];
  } catch (error) {
    if (!(error instanceof InvalidParametersError)) throw error;
    const field = error.details["form"] === undefined ? "parameters.default" : "parameters.form";
    return [{ code: "INVALID_PARAMETERS", field, message: `${kind} will fail: ${error.message}` }];
  }
}

const isOpen = (value: JsonValue): boolean => placeholdersIn(value).length > 0;

function checkTarget(
  { parameters }: WorkflowStep,
  kind: ControlKind,
  workflows: readonly string[] | undefined,
): StepProblem[] {
  const { workflow } = parameters;
  if (kind !== "workflow.run" || workflows === undefined || typeof workflow !== "string") return [];
  if (workflow === "" || isOpen(workflow) || workflows.includes(workflow)) return [];
  const near = didYouMean(nearestNames(workflow, workflows)).join(" ");
  const message = `there is no workflow '${workflow}'. ${near}`.trim();
  return [{ code: "WORKFLOW_NOT_FOUND", field: "parameters.workflow", message }];
}

/** Nothing is done again by itself where nothing is run. */
function checkRetries(step: WorkflowStep, kind: ControlKind): StepProblem[] {
  const fields: [string, boolean][] = [
    ["max_retries", step.maxRetries !== DEFAULTS.maxRetries && step.maxRetries > 0],
    ["retry_delay", step.retryDelayMs !== DEFAULTS.retryDelayMs],
    ["retry", step.retry !== null],
  ];
  const message = `has no effect: ${kind} is never retried`;
  return fields
    .filter(([, isWritten]) => isWritten)
    .map(([field]) => ({ code: "NO_EFFECT", field, message: `${field} ${message}` }));
}
