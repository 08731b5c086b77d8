import { isObject, type JsonObject, type JsonValue, type StoreReader, toDate } from "@orch/core";
import { z } from "zod";
import { copyJson } from "./copy-json.ts";
import { damagedKey, listAll } from "./damaged-record.ts";
import type { Failure } from "./failure.ts";
import type { LiveTask } from "./live-task.ts";
import { ISOLATIONS } from "./module.ts";
import { DEFAULT_RETRY } from "./retry-policy.ts";
import { Task } from "./task.ts";
import { TASK_ID, taskKey } from "./task-key.ts";
import { PRIORITY_ORDER } from "./task-priority.ts";
import type { TaskRequest } from "./task-request.ts";
import { TaskRetry } from "./task-retry.ts";
import type { SingleTaskSpec } from "./task-spec.ts";
import { isTerminalStatus, TaskStatus } from "./task-status.ts";

const jsonObject = z.custom<JsonObject>(isObject);
const failureSchema = z.object({
  message: z.string(),
  type: z.string(),
  code: z.string(),
  details: jsonObject,
  suggestions: z.array(z.string()),
  retryable: z.boolean(),
  at: z.string().optional(),
});

const recordSchema = z.object({
  name: z.string(),
  module: z.string(),
  action: z.string(),
  /** With the values of its placeholders, once its dependencies have ended. */
  parameters: jsonObject,
  priority: z.int(),
  status: z.enum(TaskStatus),
  created_at: z.number(),
  // Left out while they are 0.
  attempt: z.int().min(0).default(0),
  failures: z.int().min(0).default(0),
  started_at: z.number().default(0),
  ended_at: z.number().default(0),
  /** Microseconds: no clock is more exact, and a fraction takes longer to write than the rest of the record. */
  execution_us: z.int().default(0),
  /** What its attempts used, where it was measured. */
  usage: z.object({ cpu_ms: z.number(), peak_bytes: z.number() }).optional(),
  /** When the next attempt is due. */
  due_at: z.number().optional(),
  /** How often in a row an attempt of it was lost with its process. */
  recoveries: z.int().default(0),
  /** How many of its attempts were begun because the one before was lost, not because it failed. */
  reruns: z.int().default(0),
  result: z.custom<JsonValue>().optional(),
  cached: z.boolean().default(false),
  error: failureSchema.optional(),
  /** Its process died and part of its record could not be read: what was asked is not known whole, it cannot run again. */
  is_damaged: z.boolean().optional(),
  idempotency_key: z.string().optional(),
  // What follows is left out where it is the default.
  dependencies: z.array(z.string()).default([]),
  on_dependency_failure: z.enum(["skip", "continue"]).default("skip"),
  resources: z.array(jsonObject).default([]),
  timeout_ms: z.number().nullable().default(null),
  max_retries: z.int().default(DEFAULT_RETRY.maxRetries),
  retry_delay_ms: z.number().default(DEFAULT_RETRY.delayMs),
  total_timeout_ms: z.number().optional(),
  retry: jsonObject.optional(),
  isolation: z.enum(ISOLATIONS).optional(),
  session_id: z.string().optional(),
  concurrency_key: z.string().optional(),
  cache: z.boolean().optional(),
  cache_ttl_ms: z.number().optional(),
  description: z.string().default(""),
  tags: z.array(z.string()).default([]),
  metadata: jsonObject.default({}),
});

/** The record `tasks/<id>` of a single task: everything that is needed to run it again. Times are milliseconds since the epoch. */
export type TaskRecord = z.infer<typeof recordSchema>;

/** The fields of a {@link TaskRecord}, each with what it may be. */
export const RECORD_FIELDS: Readonly<Record<string, z.ZodType>> = recordSchema.shape;

/**
 * The record of a task, or null for an id that nothing has and for what is no record of a task. Throws what the store
 * throws: STORE_CORRUPT for one that is damaged.
 */
export function readTask(id: string, store: StoreReader): TaskRecord | null {
  const value = storedIn(id, store);
  // Most often asked about what is not there: a refusal of the schema costs more than the read.
  return value === undefined ? null : parseTask(value);
}

/** Whether the store has the record of a task that has ended: a look at its status alone. */
export function hasEndedIn(id: string, store: StoreReader): boolean {
  try {
    const value = storedIn(id, store);
    return isObject(value) && isTerminalStatus(String(value["status"]));
  } catch (error) {
    // Its status may lie elsewhere than what is damaged.
    if (damagedKey(error) === null) throw error;
    return listAll(taskKey(id), store, { limit: 1, fields: ["status"] }).some(
      ({ key, value }) => key === taskKey(id) && isObject(value) && isTerminalStatus(String(value["status"])),
    );
  }
}

const storedIn = (id: string, store: StoreReader): JsonValue | undefined =>
  TASK_ID.test(id) ? store.get(taskKey(id)) : undefined;

/** A record as it was stored, or null when it cannot be read. */
export const parseTask = (value: JsonValue): TaskRecord | null => recordSchema.safeParse(value).data ?? null;

/** The part of a record that never changes and differs from the defaults. */
export function askedOf(request: TaskRequest, idempotencyKey: string): JsonObject {
  const asked: Record<string, JsonValue> = {};
  const { id, timeoutMs, maxRetries, retryDelayMs, totalTimeoutMs, retry, cache, cacheTtlMs } = request;
  const { dependencies, resources, isolation, sessionId, concurrencyKey, description, tags } = request;
  if (idempotencyKey !== id) asked["idempotency_key"] = idempotencyKey;
  if (dependencies.length > 0) asked["dependencies"] = [...new Set(dependencies)];
  if (request.onDependencyFailure !== "skip") asked["on_dependency_failure"] = request.onDependencyFailure;
  if (resources.length > 0) asked["resources"] = resources.map((each) => each.toDict());
  if (timeoutMs !== null) asked["timeout_ms"] = timeoutMs;
  if (maxRetries !== DEFAULT_RETRY.maxRetries) asked["max_retries"] = maxRetries;
  if (retryDelayMs !== DEFAULT_RETRY.delayMs) asked["retry_delay_ms"] = retryDelayMs;
  if (totalTimeoutMs) asked["total_timeout_ms"] = totalTimeoutMs;
  if (retry) asked["retry"] = retry.toDict();
  if (isolation) asked["isolation"] = isolation;
  if (sessionId) asked["session_id"] = sessionId;
  if (concurrencyKey) asked["concurrency_key"] = concurrencyKey;
  if (cache !== null) asked["cache"] = cache;
  if (cacheTtlMs) asked["cache_ttl_ms"] = cacheTtlMs;
  if (description !== "") asked["description"] = description;
  if (tags.length > 0) asked["tags"] = [...tags];
  for (const _ in request.metadata) {
    asked["metadata"] = copyJson(request.metadata);
    break;
  }
  for (const _ in asked) return asked;
  return NOTHING_ASKED;
}

/** What most tasks ask for beside the defaults. */
export const NOTHING_ASKED: JsonObject = Object.freeze({});

/** Attempts of a task that were lost with their processes. */
export interface LostAttempts {
  /** The last ones, in a row. */
  readonly recoveries: number;
  /** Those that were begun again, all of them. */
  readonly reruns: number;
}

/** The record of a task as it stands; `live` may have the values of its placeholders. */
export function recordOf(
  { createdAtMs, asksPriority, asked }: Pick<SingleTaskSpec, "createdAtMs" | "asksPriority" | "asked">,
  live: LiveTask,
  lost: LostAttempts,
): Record<string, JsonValue> {
  const { name, module, action, parameters } = live.spec;
  const record: Record<string, JsonValue> = {
    name,
    module,
    action,
    parameters,
    priority: PRIORITY_ORDER[asksPriority],
    status: live.status,
    created_at: createdAtMs,
  };
  if (asked !== NOTHING_ASKED) Object.assign(record, asked);
  addProgress(record, live, lost);
  return record;
}

/** The part of a record that changes, for a task that has not ended. */
export function markOf(id: string, live: LiveTask, lost: LostAttempts): Record<string, JsonValue> {
  const mark: Record<string, JsonValue> = { id, status: live.status };
  addProgress(mark, live, lost);
  return mark;
}

/** What a mark says of a task, or leaves out: what its record said of that before counts no more. */
const PROGRESS: readonly string[] = [
  "attempt",
  "failures",
  "started_at",
  "ended_at",
  "execution_us",
  "usage",
  "due_at",
  "recoveries",
  "reruns",
  "cached",
  "error",
];

/** The record of a task with what has changed since. */
export function withMark(record: JsonObject, mark: JsonObject | undefined): JsonObject {
  if (mark === undefined) return record;
  const kept = Object.entries(record).filter(([key]) => !PROGRESS.includes(key));
  return { ...Object.fromEntries(kept), ...mark };
}

function addProgress(
  record: Record<string, JsonValue>,
  live: LiveTask,
  { recoveries, reruns }: LostAttempts,
): void {
  const { attempt, failures, startedAt, endedAt, executionMs, dueAt, failure } = live;
  if (attempt > 0) record["attempt"] = attempt;
  if (failures > 0) record["failures"] = failures;
  if (startedAt > 0) record["started_at"] = startedAt;
  if (endedAt > 0) record["ended_at"] = endedAt;
  if (executionMs > 0) record["execution_us"] = Math.round(executionMs * 1000);
  if (live.usage) record["usage"] = { cpu_ms: live.usage.cpuMs, peak_bytes: live.usage.peakBytes };
  if (dueAt > 0) record["due_at"] = dueAt;
  if (recoveries > 0) record["recoveries"] = recoveries;
  if (reruns > 0) record["reruns"] = reruns;
  if (live.status === "completed") record["result"] = live.value;
  if (live.cached) record["cached"] = true;
  if (failure) record["error"] = withoutStack(failure);
}

/** The task that a record was made for, as its caller had it: nothing of it has run. */
export const taskOf = (id: string, record: TaskRecord, createdAt = toDate(record.created_at)): Task =>
  new Task({
    id,
    name: record.name,
    module: record.module,
    action: record.action,
    parameters: record.parameters,
    priority: record.priority as unknown as Task["priority"],
    createdAt,
    dependencies: record.dependencies,
    onDependencyFailure: record.on_dependency_failure,
    resources: record.resources,
    timeoutMs: record.timeout_ms,
    maxRetries: record.max_retries,
    retryDelayMs: record.retry_delay_ms,
    description: record.description,
    tags: record.tags,
    metadata: record.metadata,
    ...(record.total_timeout_ms ? { totalTimeoutMs: record.total_timeout_ms } : {}),
    ...(record.retry ? { retry: TaskRetry.fromDict(record.retry) } : {}),
    ...(record.isolation ? { isolation: record.isolation } : {}),
    ...(record.session_id ? { sessionId: record.session_id } : {}),
    ...(record.concurrency_key ? { concurrencyKey: record.concurrency_key } : {}),
    ...(record.cache === undefined ? {} : { cache: record.cache }),
    ...(record.cache_ttl_ms ? { cacheTtlMs: record.cache_ttl_ms } : {}),
  });

/** The whole stack of an error is for logs only. */
function withoutStack({ message, type, code, details, suggestions, retryable, at }: Failure): JsonObject {
  const known = { message, type, code, details, suggestions, retryable };
  return at === undefined ? known : { ...known, at };
}
