import {
  dataClass,
  findLossy,
  isObject,
  type JsonObject,
  nested,
  newId,
  systemClock,
  toDate,
} from "@orch/core";
import { z } from "zod";
import { ISOLATIONS } from "./module.ts";
import { TASK_ID } from "./task-key.ts";
import { PRIORITY_ORDER, TaskPriority } from "./task-priority.ts";
import { TaskResource } from "./task-resource.ts";
import type { TaskResult } from "./task-result.ts";
import { TaskRetry } from "./task-retry.ts";
import { TaskStatus } from "./task-status.ts";

const NAMES_BY_RANK = Object.keys(PRIORITY_ORDER);
/** A name in any case, or its rank. */
const prioritySchema = z.preprocess(
  (value) =>
    typeof value === "number"
      ? NAMES_BY_RANK[value]
      : typeof value === "string"
        ? value.toLowerCase()
        : value,
  z.enum(TaskPriority),
);
/** An object that JSON can hold without loss; named by the path of what it cannot. */
const jsonObject = z.custom<JsonObject>(isObject, "must be an object").check(({ value, issues }) => {
  const lossy = isObject(value) ? findLossy(value) : null;
  if (lossy)
    issues.push({
      code: "custom",
      message: `cannot be stored: ${lossy.path || "the value itself"} is ${lossy.reason}`,
      input: value,
    });
});
/** It becomes part of a key in the store: printable ASCII. */
const idSchema = z.string().regex(TASK_ID, "must be 1 to 128 printable ASCII characters, the first no blank");
/** An operator's limit: more would be a loop, not a retry. */
const MAX_RETRIES = 20;

/** What most tasks are given, and their schema takes as it is. */
const PLAIN = {
  id: (value: unknown) => typeof value === "string" && TASK_ID.test(value),
  parameters: (value: unknown) => isObject(value) && findLossy(value) === null,
  priority: (value: unknown) => typeof value === "string" && Object.hasOwn(PRIORITY_ORDER, value),
  resources: (value: unknown) => Array.isArray(value) && value.length === 0,
} as const;

const MADE = { id: () => newId(), createdAt: () => toDate(systemClock.now()) } as const;

/** The fields of a {@link Task}. @internal */
export const taskSchema = z.object({
  id: idSchema.default(MADE.id),
  name: z.string().default(""),
  description: z.string().default(""),
  module: z.string().default(""),
  action: z.string().default(""),
  parameters: jsonObject.default(() => ({})),
  dependencies: z.array(z.string()).default(() => []),
  priority: prioritySchema.default("normal"),
  resources: z.array(z.unknown().transform((value) => TaskResource.from(value))).default(() => []),
  timeoutMs: z.number().positive().nullable().default(null),
  maxRetries: z.int().min(0).max(MAX_RETRIES).default(3),
  retryDelayMs: z.number().min(0).default(1000),
  status: z.enum(TaskStatus).default("pending"),
  retryCount: z.int().min(0).default(0),
  createdAt: z.date().default(MADE.createdAt),
  startedAt: z.date().nullable().default(null),
  completedAt: z.date().nullable().default(null),
  result: z.custom<TaskResult>().nullable().default(null),
  error: z.string().nullable().default(null),
  allocations: z.array(z.string()).default(() => []),
  tags: z.array(z.string()).default(() => []),
  metadata: jsonObject.default(() => ({})),
  // What few tasks have is absent from the others: with many more fields an object is kept as a table.
  /** Limit of the whole task from its creation, waiting and retries included; `timeoutMs` is that of each attempt. */
  totalTimeoutMs: z.number().positive().nullish(),
  /** How its retries go; null: the usual way. */
  retry: nested(TaskRetry).nullish(),
  /** Where it runs; null: where its action says. */
  isolation: z.enum(ISOLATIONS).nullish(),
  /** Tasks of one session share its limit. */
  sessionId: z.string().min(1).nullish(),
  /** Tasks with one key share a limit: one at a time, unless the orchestrator says otherwise. */
  concurrencyKey: z.string().min(1).nullish(),
  /** Whether its result is cached, and an equal task's used; null: what the orchestrator says. */
  cache: z.boolean().nullish(),
  /** How long its result may be used again, and how old one may be that it gets; null: 24 hours. */
  cacheTtlMs: z.number().positive().nullish(),
  onDependencyFailure: z.enum(["skip", "continue"]).default("skip"),
});

/** One unit of work: which action, with what, how urgent, after what. Its status follows what happens to it. */
export class Task extends dataClass(taskSchema, {
  name: "Task",
  aliases: { timeout_seconds: "timeoutMs" },
  constantDefaults: true,
  madeDefaults: MADE,
  plainValues: PLAIN,
}) {
  readonly #hasOwnId: boolean;

  constructor(init: z.input<typeof taskSchema>) {
    super(init);
    this.#hasOwnId = init.id !== undefined;
    if (this.name === "") this.name = this.module && this.action ? `${this.module}.${this.action}` : this.id;
  }

  /** Whether its id was given, not made: somebody else may have it, too. @internal */
  get hasOwnId(): boolean {
    return this.#hasOwnId;
  }

  /** From first start to end, or null. */
  get executionTimeMs(): number | null {
    return this.startedAt && this.completedAt ? this.completedAt.getTime() - this.startedAt.getTime() : null;
  }

  /** Whether every dependency is in `completed`. */
  isReady(completed: ReadonlySet<string>): boolean {
    return this.dependencies.every((id) => completed.has(id));
  }

  /** Whether it ended badly and has a retry left. */
  canRetry(): boolean {
    return (this.status === "failed" || this.status === "timeout") && this.retryCount < this.maxRetries;
  }
}

/** What a {@link Task} is made from. */
export type TaskInit = z.input<typeof taskSchema>;
