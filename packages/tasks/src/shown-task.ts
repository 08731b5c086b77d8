import { toDate } from "@orch/core";
import type { BookEntry } from "./book-entry.ts";
import { copyJson } from "./copy-json.ts";
import { type LiveTask, liveTask, type TaskSpec } from "./live-task.ts";
import type { Participant } from "./participant.ts";
import type { Task } from "./task.ts";
import { parseTask, recordOf, type TaskRecord, taskOf } from "./task-record.ts";
import { resultOf, type TaskResult } from "./task-result.ts";
import { isTerminalStatus } from "./task-status.ts";

/** A task as its callers see it, which follows what happens to it: the caller's own, or one made the first time. */
export function shownTask(entry: BookEntry): Task {
  if (entry.task) return entry.task;
  const { spec } = entry;
  const asked = { ...spec, parameters: copyJson(spec.parameters) };
  const record = parseTask(recordOf(spec, liveTask(asked, NOBODY, null), NONE_LOST)) as TaskRecord;
  entry.task = taskOf(spec.id, record);
  showProgress(entry.task, entry);
  return entry.task;
}

/** What is known of a task that callers may see. */
type Shown = Pick<BookEntry, "told" | "live">;

/** What is known of a task that has begun. */
type ShownProgress = Shown & Pick<BookEntry, "reruns">;

/** How a task has ended, as far as callers know, for one of them: what he does to it changes it for nobody else. Null while it has not. */
export const shownResult = ({ told, live }: Shown): TaskResult | null =>
  isTerminalStatus(told) ? resultOf(live) : null;

/** Shows a caller's task how it stands; what it says is on disk by now. */
export function showProgress(task: Task, entry: ShownProgress): void {
  const { live, told, reruns } = entry;
  task.status = told;
  // It may have started since, in a commit that the store has refused so far.
  if (told === "pending" || told === "blocked") return;
  // The first attempt is no retry, nor is one that stands for another that was lost with its process.
  task.retryCount = Math.max(0, Math.min(live.failures, live.attempt - 1 - reruns));
  if (live.startedAt > 0) task.startedAt ??= toDate(live.startedAt);
  task.result = shownResult(entry);
  if (task.result === null) return;
  task.completedAt = task.result.endTime;
  task.error = task.result.errorMessage;
}

/** What a record says of how far its task is. */
export function restore(live: LiveTask, record: TaskRecord): LiveTask {
  live.status = record.status;
  live.attempt = record.attempt;
  live.failures = record.failures;
  live.startedAt = record.started_at;
  live.endedAt = record.ended_at;
  live.executionMs = record.execution_us / 1000;
  const { usage } = record;
  live.usage = usage ? { cpuMs: usage.cpu_ms, peakBytes: usage.peak_bytes } : null;
  live.dueAt = record.due_at ?? 0;
  live.value = record.result ?? null;
  live.failure = record.error ?? null;
  live.cached = record.cached;
  return live;
}

/** A task as its record shows it, for those who only look. */
export function storedTask(id: string, record: TaskRecord): Task {
  const task = taskOf(id, record);
  showProgress(task, { told: record.status, live: storedLive(id, record), reruns: record.reruns });
  return task;
}

/** How far a task is that is only looked at, as its record says. */
export function storedLive(id: string, record: TaskRecord): LiveTask {
  const { name, module, action } = record;
  return restore(liveTask({ id, name, module, action } as TaskSpec, NOBODY, null), record);
}

/** Of a task that has not begun. */
const NONE_LOST = { recoveries: 0, reruns: 0 };

/** Nothing happens to a task that is only looked at. */
const NOBODY = {} as Participant;
