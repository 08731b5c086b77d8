import { dataClass, type JsonObject, type JsonValue, toDate } from "@orch/core";
import { z } from "zod";
import { copyJson } from "./copy-json.ts";
import type { LiveTask } from "./live-task.ts";
import { TaskStatus } from "./task-status.ts";

const taskResultSchema = z.object({
  taskId: z.string(),
  status: z.enum(TaskStatus),
  data: z.custom<JsonValue>().default(null),
  errorMessage: z.string().nullable().default(null),
  errorType: z.string().nullable().default(null),
  errorCode: z.string().nullable().default(null),
  /** Time in attempts, without the waiting in between. */
  executionTimeMs: z.number().min(0).default(0),
  startTime: z.date().nullable().default(null),
  endTime: z.date().nullable().default(null),
  /** Bytes at the peak, of the attempt with the highest: in a child process; elsewhere it cannot be told, and is 0. */
  memoryUsage: z.number().min(0).default(0),
  /** Processor time of all attempts in threads and processes; that of inline code cannot be told, and is 0. */
  cpuTimeMs: z.number().min(0).default(0),
  attempts: z.int().min(0).default(0),
  cached: z.boolean().default(false),
  metadata: z.custom<JsonObject>().default(() => ({})),
});

/** How a task ended. */
export class TaskResult extends dataClass(taskResultSchema, { name: "TaskResult" }) {
  get success(): boolean {
    return this.status === "completed";
  }
  /** Alias of `data`. */
  get result(): JsonValue {
    return this.data;
  }
  /** Alias of `errorMessage`. */
  get error(): string | null {
    return this.errorMessage;
  }
  /** Alias of `executionTimeMs`. */
  get durationMs(): number {
    return this.executionTimeMs;
  }

  override toDict(): JsonObject {
    const { errorMessage: error, executionTimeMs } = this;
    return {
      ...super.toDict(),
      success: this.success,
      result: this.data,
      error,
      duration: executionTimeMs / 1000,
    };
  }
}

type Fields = { -readonly [Name in keyof z.output<typeof taskResultSchema>]: TaskResult[Name] };

/**
 * Makes the result of a task that has ended without a look at its fields, which are the scheduler's own: to parse them would
 * cost more than the tick. A function, since the prototype of a class cannot be given; to give it to an object that is
 * there already takes thirty times as long.
 */
function EndedTask(this: Fields, live: LiveTask): void {
  const { failure, usage } = live;
  this.taskId = live.spec.id;
  this.status = live.status;
  // Its reader may change it; others still get what is stored.
  this.data = copyJson(live.value);
  this.errorMessage = failure?.message ?? null;
  this.errorType = failure?.type ?? null;
  this.errorCode = failure?.code ?? null;
  this.executionTimeMs = live.executionMs;
  this.startTime = live.startedAt === 0 ? null : toDate(live.startedAt);
  this.endTime = toDate(live.endedAt);
  this.memoryUsage = usage?.peakBytes ?? 0;
  this.cpuTimeMs = usage?.cpuMs ?? 0;
  this.attempts = live.attempt;
  this.cached = live.cached;
  this.metadata = {};
}
EndedTask.prototype = TaskResult.prototype;

const Ended = EndedTask as unknown as new (live: LiveTask) => TaskResult;

/** The result of a task that has ended. */
export const resultOf = (live: LiveTask): TaskResult => new Ended(live);
