import { basename } from "node:path";
import { didYouMean, type ErrorCode, nearestNames, OrchestrationError } from "@orch/core";
import { type Failure, failureOf, TaskCancelledError } from "@orch/tasks";
import type { CompiledWorkflow } from "./compiled-workflow.ts";

/** A run failed. Details: `execution_id`. */
export class WorkflowExecutionError extends OrchestrationError {
  static override readonly code: ErrorCode = "WORKFLOW_EXECUTION_FAILED";
}

/** No workflow has the name. Details: `workflow`, `available`, `near`. */
export class WorkflowNotFoundError extends WorkflowExecutionError {
  static override readonly code: ErrorCode = "WORKFLOW_NOT_FOUND";
  static override readonly retryable: boolean = false;
}

/** A definition has problems; `details.problems` has all of them as `{path, message}`. */
export class WorkflowDefinitionError extends WorkflowExecutionError {
  static override readonly code: ErrorCode = "WORKFLOW_DEFINITION_INVALID";
  static override readonly retryable: boolean = false;
}

/** A placeholder names nothing that exists. Details: `reference`, `step`, `path`. */
export class UnresolvedReferenceError extends WorkflowExecutionError {
  static override readonly code: ErrorCode = "WORKFLOW_UNRESOLVED_REFERENCE";
  static override readonly retryable: boolean = false;
}

/** The run ran past its time limit. Details: `execution`, `timeout_ms`. */
export class WorkflowTimeoutError extends WorkflowExecutionError {
  static override readonly code: ErrorCode = "TIMEOUT_EXCEEDED";
  static override readonly retryable: boolean = false;
}

/** The error for a run past its time. */
export const runTimeout = (
  timeoutMs: number,
  details: Readonly<Record<string, unknown>> = {},
): WorkflowTimeoutError =>
  new WorkflowTimeoutError(`Workflow timed out after ${timeoutMs / 1000} seconds`, {
    details: { timeout_ms: timeoutMs, ...details },
    suggestions: ["Give it more time, or resume it: what completed is kept."],
  });

/** What is said of an execution that somebody has cancelled. */
export const executionCancelled = (): Failure =>
  failureOf(new TaskCancelledError("The execution was cancelled"));

/** The error for an unknown workflow, with what was probably meant. */
export function workflowNotFound(workflow: string, available: readonly string[]): WorkflowNotFoundError {
  const near = nearestNames(workflow, available);
  const known =
    available.length === 0 ? "No workflow is defined yet." : `Available: ${available.join(", ")}.`;
  return new WorkflowNotFoundError(`Workflow '${workflow}' not found`, {
    details: { workflow, available, near },
    suggestions: [...didYouMean(near), known],
  });
}

/** The error for a workflow whose file would replace that of another one. */
export const fileIsTaken = (file: string, workflow: string): OrchestrationError =>
  new OrchestrationError(`The file ${basename(file)} has the workflow '${workflow}', which would be lost`, {
    code: "WORKFLOW_EXISTS",
    retryable: false,
    details: { file, workflow },
    suggestions: ["Choose another name, or rename the file."],
  });

/** The error for an unknown execution. */
export const executionNotFound = (id: string, near: readonly string[] = []): OrchestrationError =>
  new OrchestrationError(`Execution '${id}' not found`, {
    code: "EXECUTION_NOT_FOUND",
    retryable: false,
    details: { execution_id: id, near },
    suggestions: [...didYouMean(near), "List them with 'orch execution list'."],
  });

/** The error for an answer to a step that does not wait for one. */
export const waitsForNoAnswer = (id: string, step: string): OrchestrationError =>
  new OrchestrationError(`Step '${step}' of execution '${id}' waits for no answer`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { execution_id: id, step },
    suggestions: [`See what it waits for: orch execution show ${id}`],
  });

/** Steps that a message names. */
const MOST_NAMED = 20;

/** The first names of many. */
const listed = (names: readonly string[]): string =>
  `${names.slice(0, MOST_NAMED).join(", ")}${names.length > MOST_NAMED ? " …" : ""}`;

/** The error for a step that a workflow does not have. */
export function noStep(step: string, { workflow, steps }: CompiledWorkflow): OrchestrationError {
  const available = steps.map(({ name }) => name);
  const near = nearestNames(step, available);
  return new OrchestrationError(`Workflow '${workflow.name}' has no step '${step}'`, {
    code: "INVALID_PARAMETERS",
    retryable: false,
    details: { step, near, available: available.slice(0, 100) },
    suggestions: [...didYouMean(near), `Its steps: ${listed(available)}.`],
  });
}
