import type { JsonObject, StoreReader } from "@orch/core";
import { z } from "zod";

/** Statuses of an execution. */
export const WorkflowStatus = {
  PENDING: "pending",
  RUNNING: "running",
  COMPLETED: "completed",
  FAILED: "failed",
  CANCELLED: "cancelled",
} as const;
/** One of pending, running, completed, failed, cancelled. */
export type WorkflowStatus = (typeof WorkflowStatus)[keyof typeof WorkflowStatus];

const parkedSchema = z.object({
  /** `paused`, `session` while it waits for its turn there, `too_many_recoveries`. */
  reason: z.string(),
  /** Milliseconds since the epoch. */
  since: z.number(),
  /** What makes it go on. */
  hint: z.string(),
});

/** Why an execution that has not ended does not go on. */
export type Parked = z.infer<typeof parkedSchema>;

const endSchema = z.object({
  status: z.enum(["completed", "failed", "cancelled"]),
  errors: z.array(z.string()),
  warnings: z.array(z.string()),
  error_code: z.string().nullable(),
});

const executionSchema = z.object({
  workflow_name: z.string(),
  status: z.enum(WorkflowStatus),
  /** The instance that runs it, or ran it last. */
  owner: z.string(),
  /** How often it changed its owner. */
  epoch: z.int(),
  parameters: z.record(z.string(), z.unknown()),
  options: z.object({
    mode: z.enum(["sequential", "parallel", "priority", "resource_aware"]),
    max_parallel: z.int(),
    on_failure: z.enum(["skip_dependents", "continue", "stop", "cancel"]),
    timeout_ms: z.number().nullable(),
    /** Names of parameters that win over a step's own. */
    overrides: z.array(z.string()),
    /** Names of the parameters that the caller gave; the others are defaults. Null where nobody knows. */
    given: z.array(z.string()).nullable().default(null),
    /** Whether steps that say nothing of a cache use one. */
    cache: z.boolean().default(false),
    /** Names of parameters of which nobody is warned that they are not declared. */
    implied: z.array(z.string()).optional(),
  }),
  session_id: z.string().nullable(),
  started_at: z.number(),
  /** When its time is over; null without a limit. */
  due_at: z.number().nullable(),
  ended_at: z.number().nullable(),
  errors: z.array(z.string()),
  warnings: z.array(z.string()),
  error_code: z.string().nullable(),
  /** Why nothing new starts, although it has not ended; null while it goes on. */
  parked: parkedSchema.nullable().default(null),
  /** The step, or the item of one, that it is a part of; null for one that stands for itself. */
  parent: z
    .object({ execution_id: z.string(), step: z.string(), item: z.int().optional() })
    .nullable()
    .default(null),
  /** How many executions it is inside of. */
  depth: z.int().default(0),
  /** What its `outputs` came to, once it has completed. */
  outputs: z.record(z.string(), z.unknown()).nullable().default(null),
  /** How it will end when what its steps have done is undone; null unless that is under way. */
  undoing: endSchema.nullable().default(null),
  /** How often in a row it was taken from a process that died, without a step that ended in between. */
  recoveries: z.int().default(0),
  /** Steps that had ended when it was taken over the last time. */
  steps_ended: z.int().default(0),
});

/** The record `executions/<id>`. Times are milliseconds since the epoch. */
export type ExecutionRecord = z.infer<typeof executionSchema>;

/** The step, or the item of one, that runs an execution. */
interface PartPlace {
  readonly step: string;
  /** Null for the step itself. */
  readonly item: number | null;
}

/** Where everything of an execution lies. */
export const keys = {
  execution: (id: string) => `executions/${id}`,
  /** There while the execution has not ended, with the instance that runs it: what a recovery looks through. */
  active: (id: string) => `active/${id}`,
  /** There while an execution that is no part of another one has ended, in the order of the ends. */
  ended: (at: number, id: string) => `ended/${String(Math.floor(at)).padStart(15, "0")}/${id}`,
  /** There while what is left of an execution is being deleted, of which nothing is to be seen any more. */
  doomed: (id: string) => `doomed/${id}`,
  definition: (id: string) => `defs/${id}`,
  step: (id: string, step: string) => `steps/${id}/${step}`,
  steps: (id: string) => `steps/${id}/`,
  result: (id: string, step: string) => `results/${id}/${step}`,
  /** Results of the items of a `foreach` step. */
  items: (id: string, step: string) => `items/${id}/${step}/`,
  item: (id: string, step: string, index: number) => `items/${id}/${step}/${String(index).padStart(10, "0")}`,
  /** `part`: the name of a step, or of one item of it. */
  undo: (id: string, part: string) => `undos/${id}/${part}`,
  undos: (id: string) => `undos/${id}/`,
  /** An execution that a step of another one has started as a part of it, also where another one has taken its place since. */
  part: (id: string, place: PartPlace, child: string) => `${keys.partsOfStep(id, place)}${child}`,
  /** Of a step, or of an item of one. */
  partsOfStep: (id: string, { step, item }: PartPlace) =>
    `parts/${id}/${step}/${item === null ? "" : `${String(item).padStart(10, "0")}/`}`,
  parts: (id: string) => `parts/${id}/`,
  /** Steps of an execution that has ended whose code still runs, and the instance where it does. */
  draining: (id: string) => `draining/${id}`,
  /** What other processes ask of the one that runs the execution. */
  request: (id: string, request: string) => `requests/${id}/${request}`,
  requests: (id: string) => `requests/${id}/`,
  events: (id: string) => `events/${id}/`,
  /** Padded, so that the order of the keys is that of the numbers. */
  event: (id: string, sequence: number) => `events/${id}/${String(sequence).padStart(10, "0")}`,
  /** What its steps have logged. */
  log: (id: string) => `logs/${id}/`,
  /** Lines from `sequence` on. */
  logRow: (id: string, sequence: number) => `logs/${id}/${String(sequence).padStart(10, "0")}`,
} as const;

/** The record of an execution, or null. */
export function readExecution(id: string, store: StoreReader): ExecutionRecord | null {
  const value = store.get(keys.execution(id));
  return value === undefined ? null : executionSchema.parse(value);
}

/** An execution's record with its id. */
export interface ExecutionEntry {
  readonly id: string;
  readonly record: ExecutionRecord;
}

/** Which executions a page has. */
export interface RecordPageOptions {
  readonly limit: number;
  /** Only those that began before this one. */
  readonly before?: string | undefined;
  /** Only those that have not ended: the others are not looked at. @default false */
  readonly isActive?: boolean;
}

/**
 * A page of executions, newest first, and its last id; `last` is null when it is the last page. A record that cannot be read
 * is given to `onCorrupt` and left out.
 */
export function listExecutionRecords(
  store: StoreReader,
  onCorrupt: (id: string, error: unknown) => void,
  { limit, before, isActive = false }: RecordPageOptions,
): { readonly entries: ExecutionEntry[]; readonly last: string | null } {
  const prefix = isActive ? "active/" : "executions/";
  const after = before === undefined ? {} : { after: prefix + before };
  const rows = store.list(prefix, { reverse: true, limit, ...after });
  const entries = rows.flatMap(([key, value]) => {
    const id = key.slice(prefix.length);
    const parsed = executionSchema.safeParse(isActive ? store.get(keys.execution(id)) : value);
    if (parsed.success) return [{ id, record: parsed.data }];
    onCorrupt(id, parsed.error);
    return [];
  });
  const last = rows.length < limit ? null : (rows.at(-1)?.[0].slice(prefix.length) ?? null);
  return { entries, last };
}

/** An execution that has not ended, and the instance that runs it or ran it last. */
export interface ActiveExecution {
  readonly id: string;
  readonly owner: string;
}

/** The executions that have not ended, oldest first. O(what is listed). */
export function activeExecutions(
  store: StoreReader,
  { after, limit }: { readonly after?: string | undefined; readonly limit?: number } = {},
): ActiveExecution[] {
  const options = {
    ...(after === undefined ? {} : { after: keys.active(after) }),
    ...(limit === undefined ? {} : { limit }),
  };
  return store.list("active/", options).map(([key, owner]) => ({
    id: key.slice("active/".length),
    owner: String(owner),
  }));
}

/** When the time of an execution is over that goes on at `at`: as much later as it was paused. */
export const dueAfterPause = ({ due_at, parked }: ExecutionRecord, at: number): number | null =>
  due_at === null || parked === null ? due_at : due_at + Math.max(0, at - parked.since);

/** A record as the JSON that the store takes. */
export const asRecord = (record: ExecutionRecord): JsonObject => record as unknown as JsonObject;
