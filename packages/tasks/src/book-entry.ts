import type { JsonObject, JsonValue } from "@orch/core";
import { toDate } from "@orch/core";
import type { Failure } from "./failure.ts";
import { type LiveTask, liveTask, type TaskSpec } from "./live-task.ts";
import type { Participant } from "./participant.ts";
import type { Task } from "./task.ts";
import { resultOf } from "./task-result.ts";
import { isTerminalStatus } from "./task-status.ts";

/** A task in the book. */
export interface BookEntry {
  /** What the caller sees; follows `live` after each commit. */
  readonly task: Task;
  /** With the values of its placeholders, once its dependencies have ended. */
  live: LiveTask;
  /** Ids of its dependencies; what the caller does to his task later changes nothing. */
  readonly dependencies: readonly string[];
  /** How many of them have not ended. */
  open: number;
}

/** An entry for a task that was just added. */
export const bookEntry = (task: Task, spec: TaskSpec, owner: Participant): BookEntry => ({
  task,
  live: liveTask(spec, owner, null),
  dependencies: [...new Set(task.dependencies)],
  open: 0,
});

/** Whether a task has ended in another way than by completing. */
export const isBroken = ({ live: { status } }: BookEntry): boolean =>
  status !== "completed" && isTerminalStatus(status);

/** The record of a task: what was asked and how it goes, since nothing else records it. */
export function taskRecord({ task, dependencies, live }: BookEntry): JsonObject {
  const { spec, status, attempt, failures, startedAt, endedAt, dueAt, value, failure } = live;
  const record: Record<string, JsonValue> = {
    name: spec.name,
    module: spec.module,
    action: spec.action,
    parameters: spec.parameters,
    priority: spec.priority,
    status,
    attempt,
    failures,
    created_at: task.createdAt.getTime(),
    started_at: startedAt,
    ended_at: endedAt,
  };
  if (dependencies.length > 0) record["dependencies"] = dependencies;
  if (dueAt > 0) record["due_at"] = dueAt;
  if (status === "completed") record["result"] = value;
  if (failure) record["error"] = withoutStack(failure);
  return record;
}

/** Where an error was thrown is for logs only. */
function withoutStack({ message, type, code, details, suggestions, retryable }: Failure): JsonObject {
  return { message, type, code, details, suggestions, retryable };
}

/** Shows the caller's task how it stands; what it says is on disk by now. */
export function showProgress({ task, live }: BookEntry): void {
  task.status = live.status;
  task.retryCount = Math.max(0, live.attempt - 1);
  if (live.startedAt > 0) task.startedAt ??= toDate(live.startedAt);
  if (!isTerminalStatus(live.status)) return;
  task.result = resultOf(live);
  task.completedAt = task.result.endTime;
  task.error = task.result.errorMessage;
}
