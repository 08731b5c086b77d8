import type { JsonObject } from "@orch/core";
import { DEFAULT_RETRY, type TaskSpec, waitTimeoutOf } from "@orch/tasks";
import { keys } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";
import { priorityOf } from "./step-rank.ts";

/** What the scheduler needs to know of a step. */
export function stepSpec(
  { id, run, record, demands }: LiveExecution,
  node: number,
  parameters: JsonObject,
): TaskSpec {
  const step = run.compiled.steps[node];
  if (!step) throw new RangeError(`No step ${node}`);
  const { mode } = record.options;
  const byPriority = mode === "priority" || mode === "resource_aware";
  return {
    id: `${id}/${step.name}`,
    key: keys.step(id, step.name),
    name: step.name,
    module: step.module,
    action: step.action,
    parameters,
    priority: priorityOf(run.compiled.workflow.priority, byPriority ? step.priority : "normal"),
    demand: demands[node] ?? null,
    timeoutMs: step.timeoutMs,
    retry: { ...DEFAULT_RETRY, maxRetries: step.maxRetries, delayMs: step.retryDelayMs },
    isolation: step.isolation,
    idempotencyKey: `${id}/${step.name}`,
    waitTimeoutMs: waitTimeoutOf(step.resources),
  };
}
