import { dataClass } from "@orch/core";
import { z } from "zod";
import { ISOLATIONS } from "./module.ts";
import { taskSchema } from "./task.ts";

const { module, action, parameters, dependencies, priority, timeoutMs, retryDelayMs } = taskSchema.shape;

const parallelTaskSchema = z.object({
  name: z.string().min(1, "must not be empty"),
  module,
  action,
  parameters,
  /** Names of other tasks of the same call. */
  dependencies,
  priority,
  /** Limit of each attempt. */
  timeoutMs,
  maxRetries: taskSchema.shape.maxRetries.unwrap().default(0),
  /** Upper bound of the first delay before another attempt; it doubles with each. */
  retryDelayMs,
  /** Where it runs; null: where its action says. */
  isolation: z.enum(ISOLATIONS).nullable().default(null),
});

/** A task of a `ParallelExecutor`: which action, with what, after which others of the same call. */
export class ParallelTask extends dataClass(parallelTaskSchema, {
  name: "ParallelTask",
  aliases: { timeout_seconds: "timeoutMs" },
}) {}

/** What a {@link ParallelTask} is made from. */
export type ParallelTaskInit = z.input<typeof parallelTaskSchema>;
