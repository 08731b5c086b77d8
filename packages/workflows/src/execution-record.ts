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
  }),
  session_id: z.string().nullable(),
  started_at: z.number(),
  /** When its time is over; null without a limit. */
  due_at: z.number().nullable(),
  ended_at: z.number().nullable(),
  errors: z.array(z.string()),
  warnings: z.array(z.string()),
  error_code: z.string().nullable(),
});

/** The record `executions/<id>`. Times are milliseconds since the epoch. */
export type ExecutionRecord = z.infer<typeof executionSchema>;

const failureSchema = z.object({
  message: z.string(),
  type: z.string(),
  code: z.string(),
  details: z.record(z.string(), z.unknown()),
  suggestions: z.array(z.string()),
  retryable: z.boolean(),
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
  due_at: z.number().optional(),
  result: z.unknown().optional(),
  /** The result is large and lies in `results/<execution>/<step>`. */
  result_apart: z.boolean().optional(),
  error: failureSchema.optional(),
  reason: z.string().optional(),
});

/** The record `steps/<execution>/<step>`; a step that is still to come has none. */
export type StepRecord = z.infer<typeof stepSchema>;

/** A larger result, in characters of JSON, lies apart, so that step records stay quick to rewrite and list. */
export const APART_FROM = 2048;

/** Where everything of an execution lies. */
export const keys = {
  execution: (id: string) => `executions/${id}`,
  /** There while the execution has not ended: what a recovery looks through. */
  active: (id: string) => `active/${id}`,
  definition: (id: string) => `defs/${id}`,
  step: (id: string, step: string) => `steps/${id}/${step}`,
  steps: (id: string) => `steps/${id}/`,
  result: (id: string, step: string) => `results/${id}/${step}`,
  events: (id: string) => `events/${id}/`,
  /** Padded, so that the order of the keys is that of the numbers. */
  event: (id: string, sequence: number) => `events/${id}/${String(sequence).padStart(10, "0")}`,
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

/** Executions, newest first. A record that cannot be read is given to `onCorrupt` and left out. */
export function listExecutionRecords(
  store: StoreReader,
  onCorrupt: (id: string, error: unknown) => void,
  limit?: number,
): ExecutionEntry[] {
  const entries = store.list("executions/", { reverse: true, ...(limit === undefined ? {} : { limit }) });
  return entries.flatMap(([key, value]) => {
    const id = key.slice("executions/".length);
    const parsed = executionSchema.safeParse(value);
    if (parsed.success) return [{ id, record: parsed.data }];
    onCorrupt(id, parsed.error);
    return [];
  });
}

/** Ids of the executions that have not ended, oldest first. */
export const activeExecutions = (store: StoreReader): string[] =>
  store.list("active/").map(([key]) => key.slice("active/".length));

/** The step records of an execution by name, results included wherever they lie. */
export function readSteps(id: string, store: StoreReader): Map<string, StepRecord> {
  const prefix = keys.steps(id);
  const steps = new Map<string, StepRecord>();
  for (const [key, value] of store.list(prefix)) {
    const name = key.slice(prefix.length);
    const record = stepSchema.parse(value);
    steps.set(
      name,
      record.result_apart ? { ...record, result: store.get(keys.result(id, name)) ?? null } : record,
    );
  }
  return steps;
}

/** A record as the JSON that the store takes. */
export const asRecord = (record: ExecutionRecord | StepRecord): JsonObject => record as unknown as JsonObject;
