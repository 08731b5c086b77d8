import { isObject, type JsonObject, type JsonValue, StorageError, type StoreReader } from "@orch/core";
import { damagedKey } from "./damaged-record.ts";
import { failureOf } from "./failure.ts";
import { TASK_ID, taskKey } from "./task-key.ts";
import { PRIORITY_ORDER } from "./task-priority.ts";
import { parseTask, RECORD_FIELDS, type TaskRecord } from "./task-record.ts";

/** What can be read of a record that is damaged: each field by itself. */
export type TaskRemains = Partial<TaskRecord>;

/** What can be read of a damaged record in a row of its own. O(fields) looks into the store: for the rare case. */
export function remainsIn(id: string, store: StoreReader): TaskRemains {
  if (!TASK_ID.test(id)) return {};
  const key = taskKey(id);
  return fitting((field) => fieldAt(key, field, store));
}

/** The fields of an object that a record may have, with values that it may have. */
export const remainsOf = (record: JsonObject): TaskRemains => fitting((field) => record[field]);

/** What is not there, or has another shape than a record's. */
export const unreadable = (id: string): StorageError =>
  new StorageError(`The record of task '${id}' is damaged`, {
    code: "STORE_CORRUPT",
    retryable: false,
    details: { key: taskKey(id) },
  });

/** Why a task cannot be gone on with. */
interface GivenUp {
  readonly error: unknown;
  /** When that was found. */
  readonly at: number;
  /** What was asked is not known whole any more. */
  readonly isDamaged: boolean;
}

/** The record of a task that cannot be gone on with: what is known of it, as failed. */
export function givenUp(id: string, remains: TaskRemains, { error, at, isDamaged }: GivenUp): TaskRecord {
  const { stack: _, ...failure } = failureOf(error);
  const { due_at: _due, ...known } = remains;
  const message = `The task cannot be gone on with: ${failure.message}`;
  const record = parseTask({ ...UNKNOWN, name: id, created_at: at }) as TaskRecord;
  Object.assign(record, known, { status: "failed", ended_at: at, error: { ...failure, message } });
  if (isDamaged) record.is_damaged = true;
  return record;
}

/** What stands in place of what is lost. */
const UNKNOWN = {
  module: "unknown",
  action: "unknown",
  parameters: {},
  priority: PRIORITY_ORDER.normal,
  status: "failed",
};

function fitting(read: (field: string) => JsonValue | undefined): TaskRemains {
  const remains: Record<string, unknown> = {};
  for (const [field, schema] of Object.entries(RECORD_FIELDS)) {
    const value = read(field);
    if (value !== undefined && schema.safeParse(value).success) remains[field] = value;
  }
  return remains;
}

function fieldAt(key: string, field: string, store: StoreReader): JsonValue | undefined {
  try {
    // Others may begin with it; it comes first.
    const [found] = store.list(key, { limit: 1, fields: [field] });
    return found?.[0] === key && isObject(found[1]) ? (found[1] as JsonObject)[field] : undefined;
  } catch (error) {
    if (damagedKey(error) === null) throw error;
    return undefined;
  }
}
