import { needDuration, needOptions, wrongArgument } from "@orch/core/base";

const DAY_MS = 86_400_000;

/**
 * How long executions that have ended are kept, and how many, whichever is less. An operator's choice, never a caller's.
 * `Infinity` is no limit.
 */
export interface ExecutionRetention {
  /** How long after its end, milliseconds. @default 30 days */
  readonly maxAgeMs?: number;
  /** How many, those that ended last; sub-workflows are parts of the whole. @default 10000 */
  readonly maxCount?: number;
}

const DEFAULTS: Required<ExecutionRetention> = { maxAgeMs: 30 * DAY_MS, maxCount: 10_000 };

/** What is kept. Throws INVALID_PARAMETERS. */
export function executionRetentionOf(given: ExecutionRetention = {}): Required<ExecutionRetention> {
  needOptions("the options of a retention", given, DEFAULTS);
  const { maxAgeMs = DEFAULTS.maxAgeMs, maxCount = DEFAULTS.maxCount } = given;
  const isCount =
    maxCount === Number.POSITIVE_INFINITY || (Number.isSafeInteger(maxCount) && Number(maxCount) >= 0);
  if (!isCount) throw wrongArgument("retention.maxCount", "a whole number from 0", maxCount);
  return { maxAgeMs: needDuration("retention.maxAgeMs", maxAgeMs), maxCount };
}
