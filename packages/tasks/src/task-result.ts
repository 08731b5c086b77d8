import { dataClass, type JsonObject, type JsonValue, toDate } from "@orch/core";
import { z } from "zod";
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

const NO_EXTRA = { value: Object.freeze({}) };

/** The result of a task that has ended. Its fields are the scheduler's own: parsing them again would cost more than the tick. */
export function resultOf({
  spec,
  status,
  value,
  failure,
  executionMs,
  usage,
  startedAt,
  endedAt,
  attempt,
  cached,
}: LiveTask): TaskResult {
  const fields: z.output<typeof taskResultSchema> = {
    taskId: spec.id,
    status,
    data: value,
    errorMessage: failure?.message ?? null,
    errorType: failure?.type ?? null,
    errorCode: failure?.code ?? null,
    executionTimeMs: executionMs,
    startTime: startedAt === 0 ? null : toDate(startedAt),
    endTime: toDate(endedAt),
    memoryUsage: usage?.peakBytes ?? 0,
    cpuTimeMs: usage?.cpuMs ?? 0,
    attempts: attempt,
    cached,
    metadata: {},
  };
  const result: TaskResult = Object.create(TaskResult.prototype);
  return Object.defineProperty(Object.assign(result, fields), "extra", NO_EXTRA);
}
