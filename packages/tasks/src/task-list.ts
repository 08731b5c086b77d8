import { isObject, type JsonValue } from "@orch/core";
import { backlogOf, backlogOwners, marksOf, recordIn } from "./backlog-row.ts";
import { damagedKey, listAll } from "./damaged-record.ts";
import { instanceLiveness, readInstance } from "./instance.ts";
import { TASKS } from "./task-key.ts";
import { PRIORITY_ORDER, type TaskPriority } from "./task-priority.ts";
import { RECORD_FIELDS, type TaskRecord } from "./task-record.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";

/** How a task stands: its status, or `interrupted` for one whose process is gone. */
export type TaskStanding = TaskStatus | "interrupted";

/** A task in a list: without its parameters and its result. Times are milliseconds since the epoch, 0 for none. */
export interface TaskEntry {
  readonly id: string;
  readonly name: string;
  readonly module: string;
  readonly action: string;
  readonly priority: TaskPriority;
  readonly standing: TaskStanding;
  readonly sessionId: string | null;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly executionMs: number;
  readonly attempts: number;
  readonly error: string | null;
}

/** Which tasks are listed. */
export interface ListTasksOptions {
  readonly standing?: TaskStanding | undefined;
  /** Only those that have not ended: O(those). @default false */
  readonly unfinished?: boolean | undefined;
  /** At most this many. @default all */
  readonly limit?: number | undefined;
}

type Source = Pick<TaskRuntime, "store" | "probe" | "logger" | "instance">;

/** What of a record is looked at: never what a task gave, which may be large. */
const FIELDS = [
  "name",
  "module",
  "action",
  "priority",
  "status",
  "session_id",
  "created_at",
  "started_at",
  "ended_at",
  "execution_us",
  "attempt",
  "error",
] as const satisfies readonly (keyof TaskRecord)[];

type Facts = Pick<TaskRecord, (typeof FIELDS)[number]>;

/**
 * The tasks of a store on disk, newest first: those that have ended, and the unfinished ones of all processes. A damaged
 * record is left out, with an error in the log. O(tasks that are recorded)
 */
export function listStoredTasks(
  source: Source,
  { standing, unfinished = false, limit = Number.POSITIVE_INFINITY }: ListTasksOptions = {},
): TaskEntry[] {
  const isWanted = (entry: TaskEntry) => standing === undefined || entry.standing === standing;
  return [...(unfinished ? [] : endedIn(source)), ...unfinishedIn(source)]
    .filter(isWanted)
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
}

function endedIn({ store, logger }: Source): TaskEntry[] {
  return listAll(`${TASKS}/`, store, { fields: FIELDS }).flatMap(({ key, value, damage }) => {
    const id = key.slice(TASKS.length + 1);
    const facts = factsOf(value);
    if (facts === null) logger.error(damagedText(id, damage?.message));
    // One that is large has a row of its own before it has ended.
    return facts !== null && isTerminalStatus(facts.status) ? [entryOf(id, facts, facts.status)] : [];
  });
}

function unfinishedIn(source: Source): TaskEntry[] {
  const { store, logger } = source;
  return backlogOwners(store).flatMap((owner) => {
    const marks = marksOf(owner, store);
    const isGone = isDead(owner, source);
    return backlogOf(owner, store).flatMap(({ tasks }) =>
      tasks.flatMap((task) => {
        try {
          const record = recordIn(task, marks, store);
          // It has ended meanwhile, and was listed so.
          if (record === null || isTerminalStatus(record.status)) return [];
          return [entryOf(task.id, record, isGone ? "interrupted" : record.status)];
        } catch (error) {
          if (damagedKey(error) === null) throw error;
          logger.error(damagedText(task.id, String(error)));
          return [];
        }
      }),
    );
  });
}

/** As far as it can be known at once: one that can only be told by its heartbeat counts as alive. */
const isDead = (owner: string, { store, probe, instance }: Source): boolean =>
  owner !== instance.id && instanceLiveness(readInstance(owner, store), probe) === "dead";

const damagedText = (id: string, why = "it is no record"): string =>
  `The record of task '${id}' is damaged: ${why}`;

/** The fields of a record, or null for what is none. */
function factsOf(value: JsonValue): Facts | null {
  if (!isObject(value)) return null;
  const facts: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const { success, data } = (RECORD_FIELDS[field] as (typeof RECORD_FIELDS)[string]).safeParse(
      (value as Readonly<Record<string, unknown>>)[field],
    );
    if (!success) return null;
    facts[field] = data;
  }
  return facts as Facts;
}

const PRIORITIES = Object.keys(PRIORITY_ORDER) as TaskPriority[];

const entryOf = (id: string, facts: Facts, standing: TaskStanding): TaskEntry => ({
  id,
  name: facts.name,
  module: facts.module,
  action: facts.action,
  priority: PRIORITIES[facts.priority] ?? "normal",
  standing,
  sessionId: facts.session_id ?? null,
  createdAt: facts.created_at,
  startedAt: facts.started_at,
  endedAt: facts.ended_at,
  executionMs: facts.execution_us / 1000,
  attempts: facts.attempt,
  error: facts.error?.message ?? null,
});
