import { type ErrorResponse, errorMessage, type JsonObject, toErrorResponse } from "@orch/core";
import type { TaskResult } from "@orch/tasks";

/** The outcome of running a single task. */
export type TaskEnvelope = {
  readonly success: boolean;
  /** The result as a dict; null where the task did not come to one. */
  readonly result: JsonObject | null;
  readonly task_id: string | null;
} & Partial<Omit<ErrorResponse, "success">>;

/** The envelope of a task that has ended. */
export function taskEnvelope(result: TaskResult): TaskEnvelope {
  const { success, taskId: task_id, status } = result;
  const base = { success, result: result.toDict(), task_id };
  if (success) return base;
  return {
    ...base,
    error: result.errorMessage ?? `Task execution failed: ${status}`,
    error_type: result.errorType ?? "TaskExecutionError",
    error_code: result.errorCode ?? "TASK_EXECUTION_FAILED",
    details: { status },
    suggestions: [],
  };
}

/** The envelope of a task that could not be run, or was ended with its session. */
export function taskFailure(error: unknown, task_id: string | null): TaskEnvelope {
  const { error_type, error_code, details, suggestions } = toErrorResponse(error);
  const failed = { error_type, error_code, details, suggestions };
  return { success: false, result: null, task_id, error: errorMessage(error), ...failed };
}
