import type { JsonValue, StoreReader } from "@orch/core";
import { DEFAULT_RETRY, type Group, type LiveTask, makeGroup, PRIORITY_ORDER, type TaskSpec } from "@orch/tasks";
import type { FrontierSnapshot } from "@orch/dag";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { type ExecutionEvent, type ExecutionRecord, keys, lastSequence, readSteps, type StepRecord } from "./execution-record.ts";
import { Run, type StepEnd } from "./run.ts";

/** An execution that this process runs. */
export interface LiveExecution {
  readonly id: string;
  record: ExecutionRecord;
  readonly run: Run;
  readonly group: Group;
  /** Tasks of steps that were given out and have not ended, by step. */
  readonly tasks: Map<number, LiveTask>;
  /** What earlier attempts left behind, for steps that go on after a crash or are run again. */
  readonly earlier: ReadonlyMap<number, StepRecord>;
  /** Ready steps that wait for their turn, in mode sequential. */
  readonly queue: { readonly node: number; readonly parameters: TaskSpec["parameters"] }[];
  /** Position of each step in the topological order. */
  readonly rank: Int32Array;
  /** Events of this tick, not written yet. */
  unwritten: ExecutionEvent[];
  /** The last sequence number that was given. */
  sequence: number;
}

/** An execution that starts from the beginning. */
export function newExecution(id: string, record: ExecutionRecord, compiled: CompiledWorkflow): LiveExecution {
  return live(id, record, new Run(compiled, record.parameters as TaskSpec["parameters"], record.options.on_failure), new Map(), 0);
}

/**
 * An execution as the store has it: what completed stays, what was running goes on with its next attempt. With `again`
 * steps that failed, were cancelled or skipped start anew.
 */
export function storedExecution(id: string, record: ExecutionRecord, compiled: CompiledWorkflow, store: StoreReader, again: boolean): LiveExecution {
  const steps = readSteps(id, store);
  const earlier = new Map<number, StepRecord>();
  const ends: (StepEnd | undefined)[] = [];
  const continued: number[] = [];
  const states = compiled.steps.map(({ name, required }, node): FrontierSnapshot["states"][number] => {
    const step = steps.get(name);
    const state = step === undefined ? "pending" : stateOf(step, again);
    if (step && state === "pending") earlier.set(node, again && step.status !== "running" ? { ...step, failures: 0 } : step);
    if (!step || state === "pending") return "pending";
    ends[node] = endOf(step);
    if (state !== "completed" && (!required || record.options.on_failure === "continue")) continued.push(node);
    return state;
  });
  ends.length = compiled.steps.length;
  const run = new Run(compiled, record.parameters as TaskSpec["parameters"], record.options.on_failure, { frontier: { states, continued }, ends });
  return live(id, record, run, earlier, lastSequence(id, store));
}

function live(id: string, record: ExecutionRecord, run: Run, earlier: ReadonlyMap<number, StepRecord>, sequence: number): LiveExecution {
  const { mode, max_parallel } = record.options;
  const { order } = run.compiled.graph.layers();
  const rank = new Int32Array(order.length);
  order.forEach((node, position) => {
    rank[node] = position;
  });
  const group = makeGroup(id, mode === "sequential" ? 1 : max_parallel, mode !== "resource_aware");
  return { id, record, run, group, tasks: new Map(), earlier, queue: [], rank, unwritten: [], sequence };
}

function stateOf({ status }: StepRecord, again: boolean): "completed" | "failed" | "skipped" | "pending" {
  if (status === "completed") return "completed";
  if (again) return "pending";
  if (status === "failed" || status === "timeout" || status === "cancelled") return "failed";
  return status === "skipped" ? "skipped" : "pending";
}

/** How a step ended, as its record says. */
export const endOf = ({ status, result, error, reason }: StepRecord): StepEnd => ({
  status,
  output: (result ?? null) as JsonValue,
  failure: (error as StepEnd["failure"]) ?? null,
  ...(reason === undefined ? {} : { reason }),
});

/** What the scheduler needs to know of a step. */
export function stepSpec({ id, run, record }: LiveExecution, node: number, parameters: TaskSpec["parameters"], demand: TaskSpec["demand"]): TaskSpec {
  const step = run.compiled.steps[node];
  if (!step) throw new RangeError(`No step ${node}`);
  const byPriority = record.options.mode === "priority" || record.options.mode === "resource_aware";
  return {
    id: `${id}/${step.name}`,
    key: keys.step(id, step.name),
    name: step.name,
    module: step.module,
    action: step.action,
    parameters,
    priority: PRIORITY_ORDER[byPriority && step.priority !== "normal" ? step.priority : run.compiled.workflow.priority],
    demand,
    timeoutMs: step.timeoutMs,
    retry: { ...DEFAULT_RETRY, maxRetries: step.maxRetries, delayMs: step.retryDelayMs },
    isolation: step.isolation,
    idempotencyKey: `${id}/${step.name}`,
  };
}
