import { type ErrorResponse, type JsonObject, OrchestrationError, toErrorResponse } from "@orch/core";
import type { WorkflowExecution } from "./execution.ts";
import type { StepResult } from "./step-result.ts";

/** What stands before the reason why an execution failed. */
const FAILED = "Workflow execution failed: ";

/** The outcome of running a workflow, the same for every caller. */
export type Envelope = {
  readonly success: boolean;
  /** The execution as a dict; null when none was started. */
  readonly result: JsonObject | null;
  readonly results: Readonly<Record<string, StepResult>>;
  readonly error: string | null;
  /** Seconds. */
  readonly execution_time: number;
  /** Steps with at least one attempt, or whose result was that of an earlier run. */
  readonly steps_executed: number;
  readonly execution_id: string | null;
  readonly session_id: string | null;
} & Partial<Pick<ErrorResponse, "error_type" | "error_code" | "details" | "suggestions">>;

/** The envelope of an execution that has ended. */
export function executionEnvelope(execution: WorkflowExecution): Envelope {
  const { success, results, errors, errorCode, executionId, sessionId, durationMs } = execution;
  const steps = Object.values(results) as (StepResult & {
    attempts: number;
    cached?: boolean;
    suggestions?: string[];
    error_type?: string;
  })[];
  const failed = steps.find((step) => !step.success && step.error_type !== undefined);
  const base = {
    success,
    result: execution.toDict(),
    results,
    error: success ? null : `${FAILED}${errors.join("; ") || execution.status}`,
    execution_time: (durationMs ?? 0) / 1000,
    steps_executed: steps.filter(({ attempts, cached }) => attempts > 0 || cached === true).length,
    execution_id: executionId,
    session_id: sessionId,
  };
  if (success) return base;
  return {
    ...base,
    error_type: failed?.error_type ?? "WorkflowExecutionError",
    error_code: errorCode ?? "WORKFLOW_EXECUTION_FAILED",
    details: { status: execution.status },
    suggestions: failed?.suggestions ?? [],
  };
}

/**
 * The envelope of a run that could not be started, or that ended with an error. `prefix`
 * stands before its message, "Workflow execution failed: " unless said otherwise.
 */
export function errorEnvelope(error: unknown, prefix: string = FAILED): Envelope {
  const { error: message, error_type, error_code, details, suggestions } = toErrorResponse(error);
  const execution =
    error instanceof OrchestrationError
      ? (error.details["execution"] as (JsonObject & { execution_id?: string }) | undefined)
      : undefined;
  return {
    success: false,
    result: execution ?? null,
    results: (execution as { results?: Record<string, StepResult> } | undefined)?.results ?? {},
    error: `${prefix}${message}`,
    execution_time: 0,
    steps_executed: 0,
    execution_id: execution?.execution_id ?? null,
    session_id: null,
    error_type,
    error_code,
    details,
    suggestions,
  };
}
