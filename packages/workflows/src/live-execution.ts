import { type Group, type LiveTask, makeGroup, type TaskSpec } from "@orch/tasks";
import type { ExecutionRecord, StepRecord } from "./execution-record.ts";
import type { Run } from "./run.ts";
import { StepQueue } from "./step-queue.ts";
import { rankOf } from "./step-rank.ts";
import type { ExecutionEvent } from "./stored-events.ts";

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
