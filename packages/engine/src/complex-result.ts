import { errorMessage, type JsonObject, toErrorResponse } from "@orch/core";
import { statsOfResults, TaskResult, type TaskStatus } from "@orch/tasks";
import type { Envelope, StepResult, WorkflowExecution } from "@orch/workflows";

/** How a workflow that was put together for one run has ended. */
export type ComplexResult = {
  /** Whether all steps went well. */
  readonly success: boolean;
  /** By step, each as the dict of a `TaskResult`. */
  readonly results: Readonly<Record<string, JsonObject>>;
  /** Of its steps alone: how many are in which status, and how long they took, in seconds. */
  readonly execution_stats: JsonObject;
  readonly error: string | null;
  /** Null when nothing was run. */
  readonly execution_id: string | null;
} & Partial<Pick<Envelope, "error_type" | "error_code" | "details" | "suggestions">>;

/** Where there was nothing to run. */
export const nothingToRun = (): ComplexResult => ({
  success: true,
  results: {},
  execution_stats: { ...statsOfResults([]) },
  error: null,
  execution_id: null,
});

/** What an execution has come to; `why` where something else has ended it, such as its session. */
export function complexResult(execution: WorkflowExecution, envelope: Envelope, why: unknown): ComplexResult {
  const { executionId, results } = execution;
  const tasks = Object.entries(results).map(
    ([step, result]) => [step, taskResult(executionId, step, result)] as const,
  );
  const success = execution.success && tasks.every(([, { success: isGood }]) => isGood);
  const { error_type, error_code, details, suggestions } = envelope;
  return {
    success,
    results: Object.fromEntries(tasks.map(([step, result]) => [step, result.toDict()])),
    execution_stats: { ...statsOfResults(tasks.map(([, result]) => result)) },
    error: why === null ? execution.errors.join("; ") || envelope.error : errorMessage(why),
    execution_id: executionId,
    ...(error_code === undefined ? {} : { error_type, error_code, details, suggestions }),
  };
}

/** Nothing was run, or it could not be run to its end. */
export function complexFailure(error: unknown): ComplexResult {
  const { error_type, error_code, details, suggestions } = toErrorResponse(error);
  const failed = { error_type, error_code, details, suggestions };
  return { ...nothingToRun(), success: false, error: errorMessage(error), ...failed };
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const figure = (value: unknown): number => (typeof value === "number" ? value : 0);

function taskResult(executionId: string, step: string, result: StepResult): TaskResult {
  return new TaskResult({
    taskId: `${executionId}/${step}`,
    status: result.status as TaskStatus,
    data: result["output"] ?? null,
    errorMessage: text(result["error"]) ?? (result.status === "skipped" ? text(result["message"]) : null),
    errorType: text(result["error_type"]),
    errorCode: text(result["error_code"]),
    executionTimeMs: figure(result["execution_time"]) * 1000,
    memoryUsage: figure(result["memory_usage"]),
    cpuTimeMs: figure(result["cpu_time"]) * 1000,
    attempts: figure(result["attempts"]),
    cached: result["cached"] === true,
    metadata: { step, execution_id: executionId },
  });
}
