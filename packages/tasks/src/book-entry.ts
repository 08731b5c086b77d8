import { type JsonObject, type JsonValue, toDate } from "@orch/core";
import type { Chunk } from "./backlog.ts";
import { mostBytes } from "./copy-json.ts";
import type { Group } from "./group.ts";
import { type LiveTask, liveTask, type TaskSpec } from "./live-task.ts";
import type { Participant } from "./participant.ts";
import type { Task } from "./task.ts";
import { askedOf, markOf, recordOf, type TaskRecord, taskOf } from "./task-record.ts";
import { resultOf } from "./task-result.ts";
import { isTerminalStatus } from "./task-status.ts";

/** What others need to know of a task that they depend on. */
export interface Upstream {
  readonly task: Pick<Task, "id" | "name">;
  readonly live: Pick<LiveTask, "status" | "value" | "failure" | "endedAt">;
  readonly dependencies: readonly string[];
  /** How many tasks that have not ended depend on it: as long as there are any, its result stays in memory. */
  needed: number;
}

/** A task in the book. */
export interface BookEntry extends Upstream {
  /** What the caller sees; follows `live` after each commit. */
  readonly task: Task;
  /** With the values of its placeholders, once its dependencies have ended. */
  live: LiveTask;
  /** Ids of its dependencies; what the caller does to his task later changes nothing. */
  readonly dependencies: readonly string[];
  /** The part of its record that never changes. */
  readonly asked: JsonObject;
  /** The dependencies have ended in an earlier life already. */
  readonly resolved: boolean;
  /** How many of its dependencies have not ended. */
  open: number;
  /** How often in a row an attempt of it was lost with its process. */
  recoveries: number;
  /** Its record has a row of its own before it ends: it is large, or was. */
  isApart: boolean;
  /** Where it is found when this process dies; null in the tick in which it comes, and once it has ended. */
  chunk: Chunk | null;
  /** Where it says what has changed since; null before. */
  mark: Chunk | null;
  /** It has ended and is only in memory because others need it. */
  surplus: boolean;
}

/** An entry for a task that was just added. */
export function bookEntry(
  task: Task,
  spec: TaskSpec,
  { owner, group }: { readonly owner: Participant; readonly group: Group | null },
): BookEntry {
  return {
    task,
    live: liveTask(spec, owner, group),
    dependencies: task.dependencies.length === 0 ? NONE : [...new Set(task.dependencies)],
    asked: askedOf(task, spec.idempotencyKey),
    resolved: false,
    needed: 0,
    open: 0,
    recoveries: 0,
    isApart: false,
    chunk: null,
    mark: null,
    surplus: false,
  };
}

const NONE: readonly string[] = Object.freeze([]);

/** Whether a task has ended in another way than by completing. */
export const isBroken = ({ live: { status } }: Upstream): boolean =>
  status !== "completed" && isTerminalStatus(status);

/** The record of a task: what was asked and how it goes, since nothing else records it. */
export const entryRecord = ({ task, live, asked, recoveries }: BookEntry): JsonObject =>
  recordOf(live, task, asked, recoveries);

/** What has changed of a task that has not ended, since it came. */
export function entryMark({ task, live, recoveries, dependencies }: BookEntry): JsonObject {
  const mark: Record<string, JsonValue> = markOf(task.id, live, recoveries);
  // Only placeholders for what it depends on change them.
  if (dependencies.length > 0) mark["parameters"] = live.spec.parameters;
  return mark;
}

/** A record that may become larger than this is not put into a row with others, bytes. */
const MOST_SHARED = 8192;

/** Whether the record of a task is too large to share a row. */
export const isBulky = ({ live, asked }: BookEntry): boolean =>
  mostBytes(live.spec.parameters) + mostBytes(asked) > MOST_SHARED;

/** Shows the caller's task how it stands; what it says is on disk by now. */
export function showProgress({ task, live }: Pick<BookEntry, "task" | "live">): void {
  task.status = live.status;
  // An attempt that was lost with its process is no retry.
  task.retryCount = Math.max(0, Math.min(live.failures, live.attempt - 1));
  if (live.startedAt > 0) task.startedAt ??= toDate(live.startedAt);
  if (!isTerminalStatus(live.status)) return;
  task.result = resultOf(live);
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
  live.executionMs = record.execution_ms;
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
  const spec = { id } as TaskSpec;
  showProgress({ task, live: restore(liveTask(spec, NOBODY, null), record) });
  return task;
}

/** Nothing happens to a task that is only looked at. */
const NOBODY = {} as Participant;
