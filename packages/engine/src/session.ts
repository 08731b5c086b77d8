import {
  dataClass,
  findLossy,
  isObject,
  type JsonObject,
  newId,
  OrchestrationMode,
  systemClock,
  toDate,
} from "@orch/core";
import { LONGEST_MS } from "@orch/core/base";
import type { SessionView } from "@orch/tasks";
import { z } from "zod";
import { SessionStatus } from "./session-status.ts";

/** A piece of work that a session has done. */
export interface SessionWork {
  readonly type: "workflow" | "task" | "complex_workflow" | "project_workflow";
  readonly name: string;
  /** Of the execution or the task; null when none was started. */
  readonly id: string | null;
  readonly success: boolean;
  /** When it ended, ISO-8601. */
  readonly at: string;
}

/** How much of its history a session keeps: the newest. */
const MOST_HISTORY = 100;

const lowerCase = (value: unknown): unknown => (typeof value === "string" ? value.toLowerCase() : value);
const STATUSES: readonly unknown[] = Object.values(SessionStatus);
const jsonObject = z
  .custom<JsonObject>(isObject, "must be an object")
  .refine((value) => !isObject(value) || findLossy(value) === null, "must be JSON")
  // The caller may change his own object later.
  .transform((value) => structuredClone(value));
const date = z.date().nullable().default(null);
const count = z.int("must be a whole number").min(1, "must be at least 1");

const sessionSchema = z.object({
  sessionId: z
    .string()
    .min(1)
    .default(() => newId()),
  name: z.string().default(""),
  description: z.string().default(""),
  userId: z.string().min(1).default("system"),
  mode: z
    .preprocess((value) => lowerCase(value) ?? OrchestrationMode.RESOURCE_AWARE, z.enum(OrchestrationMode))
    .default("resource_aware"),
  maxParallelTasks: count.default(4),
  maxParallelWorkflows: count.default(2),
  timeoutMs: z
    .number()
    .positive("must be above 0")
    .max(LONGEST_MS, "must be 100 years at most")
    .nullable()
    .default(null),
  resourceRequirements: jsonObject.default(() => ({})),
  metadata: jsonObject.default(() => ({})),
  createdAt: z
    .date()
    .default(() => toDate(systemClock.now()))
    .catch(() => toDate(systemClock.now())),
  startedAt: date,
  updatedAt: date,
  completedAt: date,
  // What another version has written, and this one does not know, has not begun.
  status: z
    .preprocess((value) => {
      const known = lowerCase(value);
      return STATUSES.includes(known) ? known : SessionStatus.PENDING;
    }, z.enum(SessionStatus))
    .default("pending"),
});

/** A scope for executions and tasks: who, in which mode, how much at once, with which resources, for how long. */
export class OrchestrationSession extends dataClass(sessionSchema, {
  name: "OrchestrationSession",
  keys: { timeoutMs: "timeout_seconds" },
}) {
  #parameters: JsonObject = {};
  #history: readonly SessionWork[] = [];

  /** Those of its latest work. */
  get parameters(): JsonObject {
    return this.#parameters;
  }

  /** What was done in it, oldest first; the last 100. */
  get history(): readonly SessionWork[] {
    return this.#history;
  }

  /** Its latest work has these parameters. @internal */
  began(parameters: JsonObject): void {
    this.#parameters = parameters;
  }

  /** A piece of work has ended. @internal */
  did(work: SessionWork): void {
    this.#history = [...this.#history, work].slice(-MOST_HISTORY);
  }

  /** Another process has changed it. @internal */
  follow(stored: OrchestrationSession): void {
    Object.assign(this, stored);
    this.#history = stored.history;
  }

  /** As it was stored. @internal */
  recall(history: readonly SessionWork[]): this {
    this.#history = history;
    return this;
  }
}

/** What a session is made from. */
export interface SessionInit extends Omit<z.input<typeof sessionSchema>, "mode" | "status"> {
  /** @default "resource_aware" */
  readonly mode?: OrchestrationMode | undefined;
  /** @default "pending" */
  readonly status?: SessionStatus | undefined;
}

/** What actions see of a session. */
export const viewOf = ({ sessionId, userId, mode, metadata }: OrchestrationSession): SessionView => ({
  sessionId,
  userId,
  mode,
  metadata: structuredClone(metadata),
});
