import type { Failure } from "./failure.ts";

/** How often and when a failed task is tried again. */
export interface RetryPolicy {
  /** Further attempts after the first: 0 to 20. */
  readonly maxRetries: number;
  /** Upper bound of the first delay, milliseconds. */
  readonly delayMs: number;
  /** What the bound grows by with each retry. */
  readonly factor: number;
  /** The bound never grows above this, milliseconds. */
  readonly maxDelayMs: number;
  /** Full jitter: the delay is uniform between 0 and the bound. Without it the delay is the bound. */
  readonly jitter: boolean;
  /** Retry only these error codes; empty: all. */
  readonly on: readonly string[];
  /** Never retry these error codes. */
  readonly notOn: readonly string[];
}

/** What holds where nothing else is said. */
export const DEFAULT_RETRY: RetryPolicy = {
  maxRetries: 3,
  delayMs: 1000,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: true,
  on: [],
  notOn: [],
};

/** Whether another attempt follows after `failures` failed ones (1 after the first). */
export function isRetried(policy: RetryPolicy, failures: number, { retryable, code }: Failure): boolean {
  if (failures > policy.maxRetries || !retryable || policy.notOn.includes(code)) return false;
  return policy.on.length === 0 || policy.on.includes(code);
}

/**
 * Milliseconds before retry `retry` (1-based): exponential backoff with full jitter, as in "Exponential Backoff And
 * Jitter" (AWS Architecture Blog, 2015). `chance` is uniform in [0, 1].
 */
export function backoffMs(policy: RetryPolicy, retry: number, chance: number): number {
  const bound = Math.min(policy.maxDelayMs, policy.delayMs * policy.factor ** (retry - 1));
  return policy.jitter ? bound * chance : bound;
}
