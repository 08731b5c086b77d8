import { errorMessage, type JsonObject } from "@orch/core";
import { TaskExecutionError } from "./errors.ts";
import type { Attempt } from "./runner.ts";

/** What an attempt ran in. */
type Place = "worker thread" | "process";

/** The thread or process of an attempt ended by itself, without a word. */
export const exitedWithoutResult = (
  { module, action }: Attempt,
  place: Place = "worker thread",
  details: JsonObject = {},
): TaskExecutionError =>
  new TaskExecutionError(`The ${place} of ${module}.${action} ended without a result${howOf(details)}`, {
    code: "EXITED_WITHOUT_RESULT",
    details,
    suggestions: ["Return a value instead of ending the process in the action."],
  });

/** How a process ended, in brackets; nothing where it is not known. */
function howOf({ exit_code, signal }: JsonObject): string {
  if (typeof exit_code === "number") return ` (exit code ${exit_code})`;
  return typeof signal === "string" ? ` (killed by ${signal})` : "";
}

/** The thread or process of an attempt died of `error`. */
export function workerDied(
  error: unknown,
  { module, action }: Attempt,
  place: Place = "worker thread",
  details: JsonObject = {},
): TaskExecutionError {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code === "ERR_WORKER_OUT_OF_MEMORY") return outOfMemory(errorMessage(error), { module, action }, place);
  return new TaskExecutionError(`The ${place} of ${module}.${action} died: ${errorMessage(error)}`, {
    code: "WORKER_CRASHED",
    details,
    cause: error,
  });
}

/** The thread or process of an attempt had no memory left. It is not tried again. */
export const outOfMemory = (
  reason: string,
  { module, action }: Pick<Attempt, "module" | "action">,
  place: Place,
  details: JsonObject = {},
): TaskExecutionError =>
  new TaskExecutionError(`The ${place} of ${module}.${action} ran out of memory: ${reason}`, {
    code: "OUT_OF_MEMORY",
    retryable: false,
    details,
  });
