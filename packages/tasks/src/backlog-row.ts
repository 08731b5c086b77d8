import {
  isObject,
  type JsonObject,
  type JsonValue,
  type OrchestrationError,
  type StoreReader,
} from "@orch/core";
import { listAll } from "./damaged-record.ts";
import { taskKey } from "./task-key.ts";
import { parseTask, readTask, type TaskRecord, withMark } from "./task-record.ts";
import { remainsIn, remainsOf, type TaskRemains } from "./task-remains.ts";

/** Tasks that came in one tick and have not ended: an instance's rows in the order of their numbers. */
export const BACKLOG = "backlog/";
/** What has changed of such tasks since: what a later row says of a task counts. */
export const MARKS = "marks/";

/** An unfinished task in a row of the backlog. */
export interface BacklogTask {
  readonly id: string;
  /** As it lies in the row: its record with its id, or the id alone when the record has a row of its own. */
  readonly stored: JsonValue;
  /** The number of the row; what was written in front of it is of an earlier task of the same id. */
  readonly number: string;
}

/** A row of the backlog of an instance. */
export interface BacklogRow {
  readonly key: string;
  /** None of one that is damaged. */
  readonly tasks: readonly BacklogTask[];
  /** Why it cannot be read, or null. */
  readonly damage: OrchestrationError | null;
}

/** What has changed of a task, and the number of the row that says so. */
interface Mark {
  readonly number: string;
  readonly said: JsonObject;
}

/** What has changed of tasks since they came, by their ids. */
export type Marks = ReadonlyMap<string, Mark>;

/** The instances that have a backlog. O(instances). */
export function backlogOwners(store: StoreReader): string[] {
  const owners: string[] = [];
  for (let [row] = listAll(BACKLOG, store, { limit: 1 }); row; ) {
    const owner = row.key.split("/")[1] ?? "";
    owners.push(owner);
    [row] = listAll(BACKLOG, store, { after: `${BACKLOG}${owner}/~`, limit: 1 });
  }
  return owners;
}

/** Rows of the backlog of an instance, oldest first, those behind `after`. */
export function backlogOf(
  owner: string,
  store: StoreReader,
  { after = null, limit }: { readonly after?: string | null; readonly limit?: number } = {},
): BacklogRow[] {
  const rows = listAll(`${BACKLOG}${owner}/`, store, {
    ...(limit === undefined ? {} : { limit }),
    ...(after === null ? {} : { after }),
  });
  return rows.map(({ key, value, damage }) => ({ key, tasks: tasksIn(value, numberOf(key)), damage }));
}

/** What has changed of the tasks of an instance, as far as it can be read. O(what runs or is delayed, and what came to it in the same ticks). */
export function marksOf(owner: string, store: StoreReader): Marks {
  const marks = new Map<string, Mark>();
  for (const { key, value } of listAll(`${MARKS}${owner}/`, store))
    for (const mark of Array.isArray(value) ? value : [])
      if (isObject(mark) && typeof mark["id"] === "string")
        marks.set(mark["id"], { number: numberOf(key), said: mark as JsonObject });
  return marks;
}

/** The keys of all marks of an instance. */
export const keysOfMarks = (owner: string, store: StoreReader): string[] =>
  listAll(`${MARKS}${owner}/`, store).map(({ key }) => key);

/** The record of a task as it stands; null for what is none. One with a row of its own has it there. Throws as {@link readTask}. */
export function recordIn(task: BacklogTask, marks: Marks, store: StoreReader): TaskRecord | null {
  const { id, stored } = task;
  if (!isObject(stored) || store.get(taskKey(id)) !== undefined) return readTask(id, store);
  return parseTask(markedRow(task, marks));
}

/** What can be read of a task whose record is damaged. */
export const remainsInRow = (task: BacklogTask, marks: Marks, store: StoreReader): TaskRemains => ({
  ...remainsOf(markedRow(task, marks)),
  ...remainsIn(task.id, store),
});

/** What the row of a task says, with what has changed since. */
function markedRow({ id, stored, number }: BacklogTask, marks: Marks): JsonObject {
  const mark = marks.get(id);
  const row = isObject(stored) ? (stored as JsonObject) : {};
  return withMark(row, mark && mark.number > number ? mark.said : undefined);
}

const numberOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1);

function tasksIn(row: JsonValue, number: string): BacklogTask[] {
  const tasks: BacklogTask[] = [];
  for (const stored of Array.isArray(row) ? row : []) {
    const id = isObject(stored) ? stored["id"] : stored;
    if (typeof id === "string") tasks.push({ id, stored, number });
  }
  return tasks;
}
