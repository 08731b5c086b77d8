import type { JsonObject } from "@orch/core";
import {
  DEFAULT_RETRY,
  type Group,
  type LiveTask,
  makeGroup,
  PRIORITY_ORDER,
  type TaskSpec,
} from "@orch/tasks";
import { type ExecutionRecord, keys, type StepRecord } from "./execution-record.ts";
import type { Run } from "./run.ts";
import { StepQueue } from "./step-queue.ts";
import type { ExecutionEvent } from "./stored-events.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** What a step asks of the ledger, or null. */
export type StepDemand = TaskSpec["demand"];

/** An execution that this process runs. */
export interface LiveExecution {
  readonly id: string;
  record: ExecutionRecord;
  readonly run: Run;
  readonly group: Group;
  /** What each step asks of the ledger. */
  readonly demands: readonly StepDemand[];
  /** Tasks of steps that the scheduler has and that have not ended, by step. */
  readonly tasks: Map<number, LiveTask>;
  /** Those of them that wait for their next attempt, and hold no place meanwhile. */
  readonly delayed: Set<number>;
  /** Tasks that have ended while their code still ran. */
  readonly draining: LiveTask[];
  /** What earlier attempts left behind, for steps that go on after a crash or are run again. */
  readonly earlier: ReadonlyMap<number, StepRecord>;
  /** Ready steps that wait for a place; null where the scheduler sees all of them at once. */
  readonly queue: StepQueue | null;
  /** Events of this tick, not written yet. */
  unwritten: ExecutionEvent[];
  /** The last sequence number that was given. */
  sequence: number;
  /** Its end is decided: it waits for nothing but the commit. */
  hasEnded: boolean;
}

/** What a {@link LiveExecution} begins with. */
export interface LiveExecutionInit {
  readonly id: string;
  readonly record: ExecutionRecord;
  readonly run: Run;
  readonly demands: readonly StepDemand[];
  /** @default none */
  readonly earlier?: ReadonlyMap<number, StepRecord>;
  /** The last event that is stored. @default 0 */
  readonly sequence?: number;
}

/** An execution as the scheduler's participant holds it. */
export function liveExecution({
  id,
  record,
  run,
  demands,
  earlier = new Map(),
  sequence = 0,
}: LiveExecutionInit): LiveExecution {
  const { mode, max_parallel } = record.options;
  const queue = mode === "resource_aware" ? null : new StepQueue(rankOf(run, mode));
  return {
    id,
    record,
    run,
    group: makeGroup(id, mode === "sequential" ? 1 : max_parallel, mode !== "resource_aware"),
    demands,
    tasks: new Map(),
    delayed: new Set(),
    draining: [],
    earlier,
    queue,
    unwritten: [],
    sequence,
    hasEnded: false,
  };
}

/**
 * Whether another step may be handed to the scheduler. Steps beyond the limit stay in the queue, where they keep the order
 * of the mode. In mode sequential a step that waits for its next attempt holds its place.
 */
export function hasPlace({ tasks, delayed, group, record }: LiveExecution): boolean {
  const isSequential = record.options.mode === "sequential";
  return tasks.size - (isSequential ? 0 : delayed.size) < group.limit;
}

/** The order in which ready steps start: topological, by definition, or by priority and then by definition. */
function rankOf({ compiled }: Run, mode: "sequential" | "parallel" | "priority"): (node: number) => number {
  if (mode === "parallel") return (node) => node;
  const { steps, graph } = compiled;
  if (mode === "priority")
    return (node) => priorityOf(compiled.workflow.priority, steps[node]?.priority) * graph.size + node;
  const position = new Int32Array(graph.size);
  for (const [at, node] of graph.layers().order.entries()) position[node] = at;
  return (node) => position[node] ?? 0;
}

const priorityOf = (
  workflow: keyof typeof PRIORITY_ORDER,
  step: keyof typeof PRIORITY_ORDER = "normal",
): number => PRIORITY_ORDER[step === "normal" ? workflow : step];

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
    waitTimeoutMs: waitTimeoutOf(step),
  };
}

/** How long a step may wait for its resources: the shortest of their limits, or null without any. */
function waitTimeoutOf({ resources }: WorkflowStep): number | null {
  const limits = resources.flatMap(({ timeoutMs }) => timeoutMs ?? []);
  return limits.length === 0 ? null : Math.min(...limits);
}
