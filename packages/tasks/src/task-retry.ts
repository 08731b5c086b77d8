import { dataClass } from "@orch/core";
import { z } from "zod";
import { DEFAULT_RETRY } from "./retry-policy.ts";

const codes = z.array(z.string().min(1, "must not be empty")).default(() => []);

const retrySchema = z.object({
  /** What the bound of the delay grows by with each retry. */
  factor: z.number().min(1).max(100).default(DEFAULT_RETRY.factor),
  /** The bound never grows above this, milliseconds. */
  maxDelayMs: z.number().min(0).default(DEFAULT_RETRY.maxDelayMs),
  /** Full jitter: the delay is drawn between 0 and its bound; else it is the bound. */
  jitter: z.boolean().default(DEFAULT_RETRY.jitter),
  /** Retry only these error codes; empty: all. */
  on: codes,
  /** Never retry these error codes. */
  notOn: codes,
});

/** How the retries of a task go: what `maxRetries` and `retryDelayMs` leave open. */
export class TaskRetry extends dataClass(retrySchema, { name: "TaskRetry" }) {}
