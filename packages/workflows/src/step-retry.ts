import { dataClass } from "@orch/core";
import { DEFAULT_RETRY, type RetryPolicy } from "@orch/tasks";
import { z } from "zod";
import { delayField } from "./duration-field.ts";

const codes = z.array(z.string().min(1, "must not be empty"));

const retrySchema = z.object({
  factor: z
    .number()
    .min(1, "must be at least 1")
    .max(100, "must be 100 at most")
    .default(DEFAULT_RETRY.factor)
    .describe("What the bound of the delay is multiplied by with each retry."),
  maxDelayMs: delayField
    .default(DEFAULT_RETRY.maxDelayMs)
    .describe("Seconds: the delay never grows above this."),
  jitter: z
    .boolean()
    .default(DEFAULT_RETRY.jitter)
    .describe("Whether the delay is drawn between 0 and its bound; else it is the bound."),
  on: codes.default(() => []).describe("Retry only these error codes; empty: all."),
  notOn: codes.default(() => []).describe("Never retry these error codes."),
});

/** How the retries of a step go on after the first: what `max_retries` and `retry_delay` leave open. */
export class StepRetry extends dataClass(retrySchema, { name: "retry" }) {}

/** The whole policy of a step: its own numbers, and the usual ones for the rest. */
export function retryPolicyOf({
  maxRetries,
  retryDelayMs,
  retry,
}: {
  readonly maxRetries: number;
  readonly retryDelayMs: number;
  readonly retry: StepRetry | null;
}): RetryPolicy {
  const { factor, maxDelayMs, jitter, on, notOn } = retry ?? DEFAULT_RETRY;
  return { maxRetries, delayMs: retryDelayMs, factor, maxDelayMs, jitter, on, notOn };
}
