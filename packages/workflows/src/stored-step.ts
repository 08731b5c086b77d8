import { isObject, type JsonValue, StorageError, type StoreReader } from "@orch/core";
import { z } from "zod";
import type { ControlRequest } from "./control-step.ts";
import { keys } from "./execution-record.ts";
import { stepOfUndo } from "./undoing.ts";

const failureSchema = z.object({
  message: z.string(),
  type: z.string(),
  code: z.string(),
  details: z.record(z.string(), z.unknown()),
  suggestions: z.array(z.string()),
  retryable: z.boolean(),
  at: z.string().optional(),
});

const stepSchema = z.object({
  status: z.enum([
    "pending",
    "blocked",
    "ready",
    "running",
    "completed",
    "failed",
    "timeout",
    "cancelled",
    "skipped",
  ]),
  attempt: z.int(),
  failures: z.int(),
  started_at: z.number(),
  ended_at: z.number(),
  execution_ms: z.number(),
  /** What its attempts used, where their runners measured it. */
  usage: z.object({ cpu_ms: z.number(), peak_bytes: z.number() }).optional(),
  due_at: z.number().optional(),
  result: z.unknown().optional(),
  /** The result is large and lies in `results/<execution>/<step>`. */
  result_apart: z.boolean().optional(),
  /** A `foreach` step over this many items: its result are theirs, in `items/<execution>/<step>/`. */
  items: z.int().optional(),
  /** Its items run other workflows. */
  runs_workflows: z.boolean().optional(),
  error: failureSchema.optional(),
  reason: z.string().optional(),
  /** What is to be said of a step that has completed all the same. */
  warning: z.string().optional(),
  /** It waits for something other than an action, until `until` (milliseconds since the epoch) at most. */
  wait: z.object({ until: z.number().nullable(), request: z.custom<ControlRequest>() }).optional(),
  /** The execution that it has started. */
  child: z.string().optional(),
  /** Its result is that of an earlier run with the same input. */
  cached: z.boolean().optional(),
  /** The number of the event with which it completed, for a step that can be undone. */
  completion: z.int().optional(),
});

/** The record `steps/<execution>/<step>`; a step that is still to come has none. Items and undos have the same. */
export type StepRecord = z.infer<typeof stepSchema>;

/** A larger result, in characters of JSON, lies apart, so that step records stay quick to rewrite and list. */
export const APART_FROM = 2048;

/**
 * The step records of an execution by name, results included wherever they lie. Throws STORE_CORRUPT where a result that
 * was recorded is gone, unless it is that of `from`, which is to run again.
 */
export function readSteps(
  id: string,
  store: StoreReader,
  from: string | null = null,
): Map<string, StepRecord> {
  const prefix = keys.steps(id);
  const steps = new Map<string, StepRecord>();
  for (const [key, value] of store.list(prefix)) {
    const name = key.slice(prefix.length);
    const record = stepSchema.parse(value);
    steps.set(name, name === from ? record : { ...record, ...resultOf(id, name, record, store) });
  }
  return steps;
}

/** The step records of an execution by name, without the results that lie apart. O(steps), whatever they have given. */
export function readStepStates(id: string, store: StoreReader): Map<string, StepRecord> {
  const prefix = keys.steps(id);
  return new Map(
    store.list(prefix).map(([key, value]) => [key.slice(prefix.length), stepSchema.parse(value)]),
  );
}

/** The record of one step, without its result; null when it has none. */
export function readStep(id: string, step: string, store: StoreReader): StepRecord | null {
  const value = store.get(keys.step(id, step));
  return value === undefined ? null : stepSchema.parse(value);
}

/** The executions that steps of an execution, or items of them, have started last, each with its step. No result is read. */
export function readChildren(
  id: string,
  store: StoreReader,
): { readonly step: string; readonly child: string }[] {
  return [...readStepStates(id, store)].flatMap(([step, record]) => {
    const records = record.runs_workflows ? [...readItems(id, step, store).values()] : [record];
    return records.flatMap(({ child }) => (child === undefined ? [] : [{ step, child }]));
  });
}

/** The executions that items of a step run now, in their order. O(items). */
export const runningChildren = (id: string, step: string, store: StoreReader): string[] =>
  [...readItems(id, step, store).values()].flatMap(({ status, child, due_at = 0 }) =>
    status === "running" && child !== undefined && due_at === 0 ? [child] : [],
  );

/** Whether the execution that a step or an item has started goes its own way. */
export const isDetached = ({ wait }: StepRecord): boolean =>
  wait?.request.kind === "workflow.run" && wait.request.detached;

/** A record of a step or an item; null for what is none. */
export const readItem = (value: unknown): StepRecord | null => stepSchema.safeParse(value).data ?? null;

/** The records of a step's items, by index; of a page those behind the index `after`. */
export function readItems(
  id: string,
  step: string,
  store: StoreReader,
  page: { readonly after: number; readonly limit: number } | null = null,
): Map<number, StepRecord> {
  const prefix = keys.items(id, step);
  const after = page === null || page.after < 0 ? {} : { after: keys.item(id, step, page.after) };
  const rows = store.list(prefix, page === null ? {} : { ...after, limit: page.limit });
  return new Map(rows.map(([key, value]) => [Number(key.slice(prefix.length)), stepSchema.parse(value)]));
}

/** The steps of which something was undone. */
export const readUndone = (id: string, store: StoreReader): Set<string> =>
  new Set(store.list(keys.undos(id)).map(([key]) => stepOfUndo(key.slice(keys.undos(id).length))));

/** The records of what was undone, by the name of the part. */
export function readUndos(id: string, store: StoreReader): Map<string, StepRecord> {
  const prefix = keys.undos(id);
  return new Map(
    store.list(prefix).map(([key, value]) => [key.slice(prefix.length), stepSchema.parse(value)]),
  );
}

function resultOf(
  id: string,
  step: string,
  { status, items, result_apart }: StepRecord,
  store: StoreReader,
): Pick<StepRecord, "result"> {
  if (result_apart) {
    const key = keys.result(id, step);
    const result = store.get(key);
    if (result === undefined) throw lost(id, step, key);
    return { result };
  }
  if (items === undefined || status !== "completed") return {};
  return { result: itemResults(id, step, items, store) };
}

/** Of the records nothing but the results is looked at: checking every field of a long list takes longer than reading it. */
function itemResults(id: string, step: string, items: number, store: StoreReader): JsonValue[] {
  const prefix = keys.items(id, step);
  const results = new Array<JsonValue | undefined>(items).fill(undefined);
  for (const [key, value] of store.list(prefix)) {
    const index = Number(key.slice(prefix.length));
    if (index < items && isObject(value)) results[index] = value["result"] ?? null;
  }
  return results.map((result, index) => {
    if (result === undefined) throw lost(id, step, keys.item(id, step, index));
    return result;
  });
}

const lost = (execution: string, step: string, key: string): StorageError =>
  new StorageError(`The recorded result of step '${step}' of execution '${execution}' is missing`, {
    code: "STORE_CORRUPT",
    retryable: false,
    details: { execution_id: execution, step, key },
    suggestions: [
      "Bring back the state directory from a backup, or run the workflow again.",
      `Run the step again: orch resume ${execution} --from ${step}`,
    ],
  });
