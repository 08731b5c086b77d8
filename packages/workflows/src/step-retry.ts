import { dataClass } from "@orch/core";
import { DEFAULT_RETRY, type RetryPolicy, TaskRetry } from "@orch/tasks";

/** How the retries of a step go on after the first: what `max_retries` and `retry_delay` leave open; as that of a task. */
export class StepRetry extends dataClass(TaskRetry.schema, { name: "retry" }) {}

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
