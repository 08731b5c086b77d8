import type { TaskRuntime } from "@orch/tasks";
import { type FollowOptions, followPages } from "./follow-pages.ts";
import { LOG_LEVELS, type LogLevel, type LogLine } from "./log-line.ts";
import { readLogPage } from "./stored-log.ts";

/** Which lines of a log are read. */
export interface LogOptions extends FollowOptions {
  /** Only those of this step. */
  readonly step?: string | undefined;
  /** Only those of this attempt. */
  readonly attempt?: number | undefined;
  /** Only those of this level and more important ones. @default "debug": all */
  readonly level?: LogLevel | undefined;
}

/**
 * What the steps of an execution have logged, in order, as it is stored: the same live, afterwards, and in any process. Reads
 * page by page. Throws EXECUTION_NOT_FOUND.
 */
export async function* followLogs(
  id: string,
  runtime: Pick<TaskRuntime, "store" | "clock">,
  { step, attempt, level = "debug", ...options }: LogOptions,
): AsyncGenerator<LogLine, void, void> {
  const least = LOG_LEVELS.indexOf(level);
  for await (const line of followPages(id, readLogPage, runtime, options)) {
    const isWanted =
      (step === undefined || line.step === step) && (attempt === undefined || line.attempt === attempt);
    if (isWanted && LOG_LEVELS.indexOf(line.level) >= least) yield line;
  }
}
