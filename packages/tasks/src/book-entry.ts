import type { JsonObject, JsonValue } from "@orch/core";
import type { Chunk } from "./backlog.ts";
import { mostBytes } from "./copy-json.ts";
import type { Failure } from "./failure.ts";
import type { Group } from "./group.ts";
import { type LiveTask, liveTask } from "./live-task.ts";
import type { Participant } from "./participant.ts";
import type { Task } from "./task.ts";
import { markOf, NOTHING_ASKED, recordOf } from "./task-record.ts";
import type { SingleTaskSpec } from "./task-spec.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";
import type { Waitable } from "./waiters.ts";

/** What others need to know of a task that they depend on. */
export interface Upstream {
  readonly spec: Pick<SingleTaskSpec, "id" | "name" | "dependencies">;
  readonly live: Pick<LiveTask, "status" | "value" | "failure" | "endedAt">;
  /** Its record cannot be read, and with it its result. */
  readonly damage?: Failure;
  /** How many tasks that have not ended depend on it: as long as there are any, its result stays in memory. */
  needed: number;
}

/** A task in the book. */
export interface BookEntry extends Upstream, Waitable {
  /** As it was asked for; what the caller does to his task later changes nothing. */
  readonly spec: SingleTaskSpec;
  /** With the values of its placeholders, once its dependencies have ended. */
  readonly live: LiveTask;
  /** What callers see: follows the status of `live` after each commit. */
  told: TaskStatus;
  /** What callers see of all of it, once one has it: follows `live` after each commit. */
  task: Task | null;
  /** Nobody else had its id in this version of the store; null when that was not looked at. */
  readonly freeSince: number | null;
  /** Callers see it: from the call that brought it, or its adoption, until it is cleared or forgotten. */
  isShown: boolean;
  /** The book has it: from the turn in which it came until nobody needs it. */
  isEntered: boolean;
  /** The dependencies have ended in an earlier life already. */
  resolved: boolean;
  /** How many of its dependencies have not ended. */
  open: number;
  /** How often in a row an attempt of it was lost with its process. */
  recoveries: number;
  /** How many attempts were begun because the one before was lost. */
  reruns: number;
  /** Its record has a row of its own before it ends: it is large, or was. */
  isApart: boolean;
  /** Where it is found when this process dies; null in the tick in which it comes, and once it has ended. */
  chunk: Chunk | null;
  /** Where it says what has changed since; null before. */
  mark: Chunk | null;
  /** It has ended and is only in memory because others need it. */
  surplus: boolean;
}

/** What an entry is made of. */
interface EntryInit {
  readonly owner: Participant;
  readonly group: Group | null;
  /** The caller's own. @default null */
  readonly task?: Task | null;
  /** @default null */
  readonly freeSince?: number | null;
}

/** An entry for a task that was just added. */
export function bookEntry(
  spec: SingleTaskSpec,
  { owner, group, task = null, freeSince = null }: EntryInit,
): BookEntry {
  const live = liveTask(spec, owner, group);
  const entry: BookEntry = {
    spec,
    live,
    told: "pending",
    task,
    freeSince,
    isShown: false,
    isEntered: false,
    resolved: false,
    needed: 0,
    open: 0,
    recoveries: 0,
    reruns: 0,
    isApart: false,
    chunk: null,
    mark: null,
    surplus: false,
    waiters: null,
  };
  live.subject = entry;
  return entry;
}

/** The entry of a task that the book has submitted. */
export const entryOf = ({ subject }: LiveTask): BookEntry => subject as BookEntry;

/** Whether a task was added and is still on its way to the book. */
export const isComing = ({ isEntered, live }: BookEntry): boolean => !isEntered && live.status === "pending";

/** Whether a task has ended in another way than by completing. */
export const isBroken = ({ live: { status } }: Upstream): boolean =>
  status !== "completed" && isTerminalStatus(status);

/** The record of a task: what was asked and how it goes, since nothing else records it. */
export const entryRecord = (entry: BookEntry): Record<string, JsonValue> =>
  recordOf(entry.spec, entry.live, entry);

/** What has changed of a task that has not ended, since it came. */
export function entryMark(entry: BookEntry): JsonObject {
  const { spec, live } = entry;
  const mark: Record<string, JsonValue> = markOf(spec.id, live, entry);
  // Only placeholders for what it depends on change them.
  if (live.spec.parameters !== spec.parameters) mark["parameters"] = live.spec.parameters;
  return mark;
}

/** A record that may become larger than this is not put into a row with others, bytes. */
const MOST_SHARED = 8192;

/** Whether the record of a task is too large to share a row. */
export const isBulky = ({ live, spec: { asked } }: BookEntry): boolean =>
  mostBytes(live.spec.parameters) + (asked === NOTHING_ASKED ? 0 : mostBytes(asked)) > MOST_SHARED;
