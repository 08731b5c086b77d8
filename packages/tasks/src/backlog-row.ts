import { isObject, type JsonObject, type JsonValue, type StoreReader } from "@orch/core";
import { taskKey } from "./task-key.ts";
import { parseTask, readTask, type TaskRecord, withMark } from "./task-record.ts";

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
  readonly tasks: readonly BacklogTask[];
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
  for (let [entry] = store.list(BACKLOG, { limit: 1 }); entry; ) {
    const owner = entry[0].split("/")[1] ?? "";
    owners.push(owner);
    [entry] = store.list(BACKLOG, { after: `${BACKLOG}${owner}/~`, limit: 1 });
  }
  return owners;
}

/** Rows of the backlog of an instance, oldest first, those behind `after`. */
export function backlogOf(
  owner: string,
  store: StoreReader,
  { after = null, limit }: { readonly after?: string | null; readonly limit?: number } = {},
): BacklogRow[] {
  const rows = store.list(`${BACKLOG}${owner}/`, {
    ...(limit === undefined ? {} : { limit }),
    ...(after === null ? {} : { after }),
  });
  return rows.map(([key, row]) => ({ key, tasks: tasksIn(row, numberOf(key)) }));
}

/** What has changed of the tasks of an instance. O(what runs or is delayed, and what came to it in the same ticks). */
export function marksOf(owner: string, store: StoreReader): Marks {
  const marks = new Map<string, Mark>();
  for (const [key, row] of store.list(`${MARKS}${owner}/`))
    for (const mark of Array.isArray(row) ? row : [])
      if (isObject(mark) && typeof mark["id"] === "string")
        marks.set(mark["id"], { number: numberOf(key), said: mark as JsonObject });
  return marks;
}

/** The keys of all marks of an instance. */
export const keysOfMarks = (owner: string, store: StoreReader): string[] =>
  store.list(`${MARKS}${owner}/`).map(([key]) => key);

/** The record of a task as it stands; null when it cannot be read. One with a row of its own has it there. */
export function recordIn(
  { id, stored, number }: BacklogTask,
  marks: Marks,
  store: StoreReader,
): TaskRecord | null {
  if (!isObject(stored) || store.get(taskKey(id)) !== undefined) return readTask(id, store);
  const mark = marks.get(id);
  return parseTask(withMark(stored as JsonObject, mark && mark.number > number ? mark.said : undefined));
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
