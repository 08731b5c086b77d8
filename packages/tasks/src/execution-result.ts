import { dataClass, type JsonValue } from "@orch/core";
import { z } from "zod";
import type { Failure } from "./failure.ts";

/** How a task of a `ParallelExecutor` stands. */
export const ExecutionStatus = {
  PENDING: "pending",
  RUNNING: "running",
  COMPLETED: "completed",
  FAILED: "failed",
  CANCELLED: "cancelled",
  TIMEOUT: "timeout",
  SKIPPED: "skipped",
} as const;
/** One of pending, running, completed, failed, cancelled, timeout, skipped. */
export type ExecutionStatus = (typeof ExecutionStatus)[keyof typeof ExecutionStatus];

const instant = z.number().nullable().default(null);

const executionResultSchema = z.object({
  taskName: z.string(),
  status: z.enum(ExecutionStatus),
  result: z.custom<JsonValue>().default(null),
  /** The message of what went wrong. */
  error: z.string().nullable().default(null),
  /** Milliseconds since the epoch; in a dict seconds. */
  startTimeMs: instant,
  endTimeMs: instant,
  durationMs: z.number().min(0).nullable().default(null),
});

/** How a task of a `ParallelExecutor` ended. */
export class ExecutionResult extends dataClass(executionResultSchema, { name: "ExecutionResult" }) {
  #failure: Failure | null = null;

  /** A result that knows all about what went wrong. */
  static of(init: ExecutionResultInit, failure: Failure | null): ExecutionResult {
    const result = new ExecutionResult({ ...init, error: failure?.message ?? null });
    result.#failure = failure;
    return result;
  }

  /** What went wrong, with class, code, details and suggestions; null when nothing did, or only the message is known. */
  get failure(): Failure | null {
    return this.#failure;
  }

  get success(): boolean {
    return this.status === "completed";
  }
}

/** What an {@link ExecutionResult} is made from. */
export type ExecutionResultInit = z.input<typeof executionResultSchema>;
