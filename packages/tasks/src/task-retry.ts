import { dataClass } from "@orch/core";
import { LONGEST_MS } from "@orch/core/base";
import { z } from "zod";
import { DEFAULT_RETRY } from "./retry-policy.ts";

const codes = z.array(z.string().min(1, "must not be empty"));

const retrySchema = z.object({
  factor: z
    .number()
    .min(1, "must be at least 1")
    .max(100, "must be 100 at most")
    .default(DEFAULT_RETRY.factor)
    .describe("What the bound of the delay is multiplied by with each retry."),
  /** Milliseconds. */
  maxDelayMs: z
    .number()
    .min(0, "must not be negative")
    .max(LONGEST_MS, "must be 100 years at most")
    .default(DEFAULT_RETRY.maxDelayMs)
    .describe("Seconds: the delay never grows above this."),
  jitter: z
    .boolean()
    .default(DEFAULT_RETRY.jitter)
    .describe("Whether the delay is drawn between 0 and its bound; else it is the bound."),
  on: codes.default(() => []).describe("Retry only these error codes; empty: all."),
  notOn: codes.default(() => []).describe("Never retry these error codes."),
});

/** How the retries of a task go: what `maxRetries` and `retryDelayMs` leave open. */
export class TaskRetry extends dataClass(retrySchema, { name: "TaskRetry" }) {}
