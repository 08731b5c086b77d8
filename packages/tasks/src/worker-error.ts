import { errorMessage } from "@orch/core";
import { TaskExecutionError } from "./errors.ts";
import type { Attempt } from "./runner.ts";

/** The thread of an attempt ended by itself, without a word. */
export const exitedWithoutResult = ({ module, action }: Attempt): TaskExecutionError =>
  new TaskExecutionError(`The worker thread of ${module}.${action} ended without a result`, {
    code: "EXITED_WITHOUT_RESULT",
    suggestions: ["Return a value instead of ending the process in the action."],
  });

/** The thread of an attempt died of `error`. Running out of memory is not tried again. */
export function workerDied(error: unknown, { module, action }: Attempt): TaskExecutionError {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const outOfMemory = code === "ERR_WORKER_OUT_OF_MEMORY";
  return new TaskExecutionError(
    `The worker thread of ${module}.${action} ${outOfMemory ? "ran out of memory" : "died"}: ${errorMessage(error)}`,
    {
      code: outOfMemory ? "OUT_OF_MEMORY" : "WORKER_CRASHED",
      retryable: !outOfMemory,
      cause: error,
    },
  );
}
