import type { Ledger } from "@orch/resources";
import { CACHE_TTL_MS } from "./cache-rule.ts";
import { copyJson } from "./copy-json.ts";
import type { TaskSpec } from "./live-task.ts";
import { DEFAULT_RETRY, type RetryPolicy } from "./retry-policy.ts";
import type { Task } from "./task.ts";
import { PRIORITY_ORDER } from "./task-priority.ts";
import { demandOf, waitTimeoutOf } from "./task-resource.ts";

/** What an orchestrator says where a task says nothing. */
export interface SpecDefaults {
  readonly ledger: Ledger;
  /** Whether results are cached. */
  readonly cache: boolean;
  /** @default the task's id */
  readonly idempotencyKey?: string;
}

/** What the scheduler needs of a task. Throws INVALID_PARAMETERS for resources that make no demand. */
export function specOf(task: Task, { ledger, cache, idempotencyKey = task.id }: SpecDefaults): TaskSpec {
  const demand = demandOf(task.resources);
  return {
    id: task.id,
    key: `tasks/${task.id}`,
    name: task.name,
    module: task.module,
    action: task.action,
    // The caller may change his own object later.
    parameters: copyJson(task.parameters),
    priority: PRIORITY_ORDER[task.priority],
    demand: demand && ledger.compileDemand(demand),
    timeoutMs: task.timeoutMs,
    retry: retryOf(task),
    isolation: null,
    idempotencyKey,
    waitTimeoutMs: waitTimeoutOf(task.resources),
    cache: (task.cache ?? cache) ? { ttlMs: task.cacheTtlMs ?? CACHE_TTL_MS, dependencies: NONE } : null,
  };
}

/** The book knows better, once the dependencies have ended. */
const NONE = () => ({});

/** Most tasks say nothing of retries: they share one object. */
function retryOf({ maxRetries, retryDelayMs: delayMs }: Task): RetryPolicy {
  const isDefault = maxRetries === DEFAULT_RETRY.maxRetries && delayMs === DEFAULT_RETRY.delayMs;
  return isDefault ? DEFAULT_RETRY : { ...DEFAULT_RETRY, maxRetries, delayMs };
}
