import type { JsonObject, LogFields, Logger } from "@orch/core";
import { boundedLogger } from "./bounded-logger.ts";
import type { LiveTask } from "./live-task.ts";

/** What an attempt logs with: its lines go to `logger`, and to the owner of its task where that records them. */
export function attemptLogger(task: LiveTask, attempt: number, logger: Logger): Logger {
  const { owner } = task;
  const at = (level: keyof Logger) => (message: string, fields?: LogFields) => {
    owner.logged?.(task, { attempt, level, message, fields: (fields ?? {}) as JsonObject });
    if (fields === undefined) logger[level](message);
    else logger[level](message, fields);
  };
  return boundedLogger({ debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") });
}
