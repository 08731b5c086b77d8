import { didYouMean, type ErrorCode, nearestNames, OrchestrationError } from "@orch/core/base";

/** An action threw, or its attempt ended badly. `cause` is what was thrown. */
export class TaskExecutionError extends OrchestrationError {
  static override readonly code: ErrorCode = "TASK_EXECUTION_FAILED";
}

/** No module has the name. Details: `module`, `near`, `available`. */
export class ModuleNotFoundError extends TaskExecutionError {
  static override readonly code: ErrorCode = "MODULE_NOT_FOUND";
  static override readonly retryable: boolean = false;
}

/** The module has no such action. Details: `module`, `action`, `near`, `available`. */
export class ActionNotFoundError extends TaskExecutionError {
  static override readonly code: ErrorCode = "ACTION_NOT_FOUND";
  static override readonly retryable: boolean = false;
}

/** An attempt ran past its time limit. */
export class TaskTimeoutError extends TaskExecutionError {
  static override readonly code: ErrorCode = "TIMEOUT_EXCEEDED";
}

/** Cancelled or aborted. */
export class TaskCancelledError extends TaskExecutionError {
  static override readonly code: ErrorCode = "CANCELLED";
  static override readonly retryable: boolean = false;
}

/** Never ran, because `details.dependency` ended badly. */
export class DependencyFailedError extends TaskExecutionError {
  static override readonly code: ErrorCode = "DEPENDENCY_FAILED";
  static override readonly retryable: boolean = false;
}

/** No task has the id. Details: `task_id`. */
export class TaskNotFoundError extends TaskExecutionError {
  static override readonly code: ErrorCode = "TASK_NOT_FOUND";
  static override readonly retryable: boolean = false;
}

/** The error for an unknown module, with what was probably meant. */
export function moduleNotFound(module: string, available: readonly string[]): ModuleNotFoundError {
  const near = nearestNames(module, available);
  return new ModuleNotFoundError(`Module '${module}' not found`, {
    details: { module, near, available },
    suggestions: [
      ...didYouMean(near),
      "Register it in code, or put a file of this name into the modules directory.",
    ],
  });
}

/** The error for an unknown action, with what was probably meant. */
export function actionNotFound(
  module: string,
  action: string,
  available: readonly string[],
): ActionNotFoundError {
  const near = nearestNames(action, available);
  return new ActionNotFoundError(`Action '${action}' not found in module '${module}'`, {
    details: { module, action, near, available },
    suggestions: [...didYouMean(near), `Module '${module}' has: ${available.join(", ")}.`],
  });
}

/** The error of whoever waits, or comes, when everything has ended. */
export const shutDown = (): OrchestrationError =>
  new OrchestrationError("Shut down: new work is refused", {
    code: "EXECUTOR_SHUTDOWN",
    retryable: false,
    suggestions: ["Make a new engine."],
  });
