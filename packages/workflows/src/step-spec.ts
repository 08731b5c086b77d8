import type { JsonObject } from "@orch/core";
import {
  CACHE_TTL_MS,
  type CacheRule,
  DEFAULT_RETRY,
  PRIORITY_ORDER,
  type TaskSpec,
  waitTimeoutOf,
} from "@orch/tasks";
import { dependenciesOf, resourcesOf } from "./compiled-workflow.ts";
import { keys } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";
import type { Run } from "./run.ts";
import { priorityOf } from "./step-rank.ts";
import { retryPolicyOf } from "./step-retry.ts";
import { type DonePart, undoName } from "./undoing.ts";

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
    retry: retryPolicyOf(step),
    isolation: step.isolation,
    idempotencyKey: `${id}/${step.name}`,
    waitTimeoutMs: waitTimeoutOf(resourcesOf(run.compiled, node)),
    cache: (step.cache ?? record.options.cache) ? cacheRule(run, node) : null,
  };
}

/** The results of the steps that a step depends on are part of what its own result depends on. */
const cacheRule = (run: Run, node: number): CacheRule => ({
  ttlMs: CACHE_TTL_MS,
  dependencies: () => {
    const { graph } = run.compiled;
    const names = dependenciesOf(run.compiled, node);
    return Object.fromEntries(names.map((name) => [name, run.viewOf(graph.indexOf(name)).output]));
  },
});

/** What the scheduler needs to know of one item of a `foreach` step. */
export function itemSpec(
  execution: LiveExecution,
  node: number,
  index: number,
  parameters: JsonObject,
): TaskSpec {
  const spec = stepSpec(execution, node, parameters);
  const id = `${spec.id}/${index}`;
  return { ...spec, id, idempotencyKey: id, key: keys.item(execution.id, spec.name, index) };
}

/** What the scheduler needs to know to undo a step, or an item of one; null for a step that has no undo. */
export function undoSpec(
  { id, run }: LiveExecution,
  { node, item }: Pick<DonePart, "node" | "item">,
  parameters: JsonObject,
): TaskSpec | null {
  const step = run.compiled.steps[node];
  if (!step?.undo) return null;
  const { undo, name } = step;
  const key = `${id}/${name}/${item === null ? "" : `${item}/`}undo`;
  return {
    id: key,
    key: keys.undo(id, undoName(name, item)),
    name,
    module: undo.module ?? step.module,
    action: undo.action,
    parameters,
    priority: PRIORITY_ORDER[run.compiled.workflow.priority],
    demand: null,
    timeoutMs: undo.timeoutMs,
    retry: { ...DEFAULT_RETRY, maxRetries: undo.maxRetries, delayMs: undo.retryDelayMs },
    isolation: null,
    idempotencyKey: key,
  };
}
