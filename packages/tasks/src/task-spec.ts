import type { Ledger } from "@orch/resources";
import { CACHE_TTL_MS } from "./cache-rule.ts";
import { Concurrency, type ConcurrencyOptions } from "./concurrency.ts";
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
  readonly concurrency: Concurrency;
  /** @default the task's id */
  readonly idempotencyKey?: string;
  /** Attempts of it were lost with their processes: such tasks run one at a time. @default false */
  readonly isSuspect?: boolean;
}

/** What the options of an orchestrator say. Throws INVALID_PARAMETERS for a bad limit or mode. */
export const specDefaults = (
  { cache = false, ...limits }: ConcurrencyOptions & { readonly cache?: boolean },
  ledger: Ledger,
): SpecDefaults => ({ ledger, cache, concurrency: new Concurrency(limits, ledger) });

/** What the scheduler needs of a task. Throws INVALID_PARAMETERS for resources that make no demand. */
export function specOf(task: Task, defaults: SpecDefaults): TaskSpec {
  const { ledger, cache, concurrency, idempotencyKey = task.id, isSuspect = false } = defaults;
  const demand = [...(demandOf(task.resources) ?? []), ...concurrency.partsOf(task, isSuspect)];
  return {
    id: task.id,
    key: `tasks/${task.id}`,
    name: task.name,
    module: task.module,
    action: task.action,
    // The caller may change his own object later.
    parameters: copyJson(task.parameters),
    priority: PRIORITY_ORDER[concurrency.isRanked ? task.priority : "normal"],
    demand: demand.length === 0 ? null : ledger.compileDemand(demand),
    timeoutMs: task.timeoutMs,
    retry: retryOf(task),
    isolation: task.isolation ?? null,
    idempotencyKey,
    waitTimeoutMs: waitTimeoutOf(task.resources),
    cache: (task.cache ?? cache) ? { ttlMs: task.cacheTtlMs ?? CACHE_TTL_MS, dependencies: NONE } : null,
  };
}

/** The book knows better, once the dependencies have ended. */
const NONE = () => ({});

/** Most tasks say nothing of retries: they share one object. */
function retryOf({ maxRetries, retryDelayMs: delayMs, retry }: Task): RetryPolicy {
  if (retry) {
    const { factor, maxDelayMs, jitter, on, notOn } = retry;
    return { maxRetries, delayMs, factor, maxDelayMs, jitter, on: [...on], notOn: [...notOn] };
  }
  const isDefault = maxRetries === DEFAULT_RETRY.maxRetries && delayMs === DEFAULT_RETRY.delayMs;
  return isDefault ? DEFAULT_RETRY : { ...DEFAULT_RETRY, maxRetries, delayMs };
}
