import type { JsonObject } from "@orch/core";
import type { DemandPart, Ledger } from "@orch/resources";
import { CACHE_TTL_MS } from "./cache-rule.ts";
import { Concurrency, type ConcurrencyOptions } from "./concurrency.ts";
import { copyJson } from "./copy-json.ts";
import type { TaskSpec } from "./live-task.ts";
import { DEFAULT_RETRY, type RetryPolicy } from "./retry-policy.ts";
import type { SessionPort } from "./session-port.ts";
import { taskKey } from "./task-key.ts";
import { PRIORITY_ORDER, type TaskPriority } from "./task-priority.ts";
import { askedOf } from "./task-record.ts";
import type { TaskRequest } from "./task-request.ts";
import { demandOf, waitTimeoutOf } from "./task-resource.ts";

/** What an orchestrator says where a task says nothing. */
export interface SpecDefaults {
  readonly ledger: Ledger;
  /** Whether results are cached. */
  readonly cache: boolean;
  readonly concurrency: Concurrency;
  readonly sessions: SessionPort;
  /** @default the task's id */
  readonly idempotencyKey?: string;
  /** Attempts of it were lost with their processes: such tasks run one at a time. @default false */
  readonly isSuspect?: boolean;
}

/** What the options of an orchestrator say. Throws INVALID_PARAMETERS for a bad limit or mode. */
export const specDefaults = (
  { cache = false, ...limits }: ConcurrencyOptions & { readonly cache?: boolean },
  { ledger, sessions }: Pick<SpecDefaults, "ledger" | "sessions">,
): SpecDefaults => ({ ledger, cache, sessions, concurrency: new Concurrency(limits, ledger) });

/** What the scheduler and the book need to know of a single task; it never changes. */
export interface SingleTaskSpec extends TaskSpec {
  /** What its caller said, also where the mode of the orchestrator takes no notice of it. */
  readonly asksPriority: TaskPriority;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** Ids, each once. */
  readonly dependencies: readonly string[];
  /** Whether it runs although a dependency ended badly. */
  readonly goesOn: boolean;
  readonly totalTimeoutMs: number | null;
  readonly concurrencyKey: string | null;
  readonly sessionId: string | null;
  /** See {@link TaskRequest.hasOwnId}. */
  readonly hasOwnId: boolean;
  /** The part of its record that never changes and differs from the defaults. */
  readonly asked: JsonObject;
}

/** What is known of a task from what was asked for. Throws INVALID_PARAMETERS for resources that make no demand. */
export function specOf(request: TaskRequest, defaults: SpecDefaults): SingleTaskSpec {
  const { ledger, cache, concurrency, idempotencyKey = request.id } = defaults;
  const { id, dependencies, resources, priority } = request;
  const demand = demandPartsOf(request, defaults);
  return {
    id,
    key: taskKey(id),
    name: request.name,
    module: request.module,
    action: request.action,
    // The caller may change his own object later.
    parameters: copyJson(request.parameters),
    priority: PRIORITY_ORDER[concurrency.isRanked ? priority : "normal"],
    demand: demand.length === 0 ? null : ledger.compileDemand(demand),
    timeoutMs: request.timeoutMs,
    retry: retryOf(request),
    isolation: request.isolation,
    idempotencyKey,
    waitTimeoutMs: waitTimeoutOf(resources),
    cache:
      (request.cache ?? cache) ? { ttlMs: request.cacheTtlMs ?? CACHE_TTL_MS, dependencies: NOTHING } : null,
    asksPriority: priority,
    createdAtMs: request.createdAtMs,
    dependencies: dependencies.length === 0 ? NONE : [...new Set(dependencies)],
    goesOn: request.onDependencyFailure === "continue",
    totalTimeoutMs: request.totalTimeoutMs,
    concurrencyKey: request.concurrencyKey,
    sessionId: request.sessionId,
    hasOwnId: request.hasOwnId,
    asked: askedOf(request, idempotencyKey),
  };
}

const NONE: readonly never[] = Object.freeze([]);

/** The book knows better, once the dependencies have ended. */
const NOTHING = () => ({});

/** What it needs in the ledger: its resources, a place among those with its key, and one in its session. */
function demandPartsOf(
  request: TaskRequest,
  { concurrency, sessions, isSuspect = false }: SpecDefaults,
): readonly DemandPart[] {
  const { resources, concurrencyKey, sessionId } = request;
  // Most tasks ask for nothing.
  if (resources.length === 0 && concurrencyKey === null && sessionId === null && !isSuspect) return NONE;
  const parts = [...(demandOf(resources) ?? []), ...concurrency.partsOf(request, isSuspect)];
  return sessionId === null ? parts : sessions.demandIn(sessionId, parts, "task");
}

/** Most tasks say nothing of retries: they share one object. */
function retryOf({ maxRetries, retryDelayMs: delayMs, retry }: TaskRequest): RetryPolicy {
  if (retry) {
    const { factor, maxDelayMs, jitter, on, notOn } = retry;
    return { maxRetries, delayMs, factor, maxDelayMs, jitter, on: [...on], notOn: [...notOn] };
  }
  const isDefault = maxRetries === DEFAULT_RETRY.maxRetries && delayMs === DEFAULT_RETRY.delayMs;
  return isDefault ? DEFAULT_RETRY : { ...DEFAULT_RETRY, maxRetries, delayMs };
}
