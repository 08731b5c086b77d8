import { Ring } from "@orch/dag";
import { type Group, type LiveTask, makeGroup, type TaskSpec } from "@orch/tasks";
import type { ExecutionRecord } from "./execution-record.ts";
import type { Fan } from "./fan.ts";
import type { LogEnd, NewLine } from "./log-rows.ts";
import type { Run } from "./run.ts";
import type { ReadyStep, StepEnd } from "./run-change.ts";
import { StepQueue } from "./step-queue.ts";
import { rankOf } from "./step-rank.ts";
import type { ExecutionEvent } from "./stored-events.ts";
import type { StepRecord } from "./stored-step.ts";
import type { Completion, DoneItem, Undoing } from "./undoing.ts";
import type { Wait } from "./wait.ts";

/** What a step asks of the ledger, or null. */
export type StepDemand = TaskSpec["demand"];

/** A `foreach` step that runs: its items, and the tasks of those that are out, by index. */
export interface LiveFan {
  readonly step: ReadyStep;
  /** A parameter of the run that does not reach the items; null for none. */
  readonly listName: string | null;
  readonly fan: Fan;
  readonly tasks: Map<number, LiveTask>;
  /** Its items run other workflows, and make no tasks. */
  readonly runsWorkflows: boolean;
  /** Those of them that are out, by index. */
  readonly waits: Map<number, Wait>;
  /** What earlier attempts at items left behind. */
  readonly earlier: ReadonlyMap<number, StepRecord>;
  readonly startedAt: number;
  /** A number for this start of the step. */
  readonly attempt: number;
  /** Those that are out are being cancelled. */
  isCancelling: boolean;
  /** Somebody hands out items now. */
  isFilling: boolean;
}

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
  /** `foreach` steps that run. */
  readonly fans: Map<number, LiveFan>;
  /** Steps that wait for something other than an action, and hold nothing meanwhile. */
  readonly waits: Map<number, Wait>;
  /** Tasks that have ended while their code still ran. */
  readonly draining: LiveTask[];
  /** What earlier attempts left behind, for steps that go on after a crash or are run again. */
  readonly earlier: ReadonlyMap<number, StepRecord>;
  /** Steps that begin from nothing: what lies in the store of their items is being deleted in the turn that takes over. */
  readonly anew: ReadonlySet<number>;
  /** Ready steps that wait, for a place or until the execution goes on. */
  readonly waiting: StepQueue;
  /** Whether steps wait for a place here, in the order of the mode; else the scheduler sees all of them at once. */
  readonly keepsOrder: boolean;
  /** Steps that have ended, with consequences still to be drawn. */
  readonly ended: Ring<{ readonly node: number; readonly end: StepEnd }>;
  /** It had ended before, and runs again. */
  readonly isAgain: boolean;
  /** Somebody draws them now. */
  isAdvancing: boolean;
  /** Steps that have completed and can be undone. */
  readonly completions: Map<number, Completion>;
  /** Items that have completed, of the `foreach` steps that can be undone. */
  readonly doneItems: Map<number, Map<number, DoneItem>>;
  /** What is being undone; null while its steps run. */
  undoing: Undoing | null;
  /** Events of this tick, not written yet. */
  unwritten: ExecutionEvent[];
  /** The last sequence number that was given. */
  sequence: number;
  /** What its steps have logged, not written yet. */
  unlogged: NewLine[];
  /** How far its log has come; null before this process has written to it. */
  log: LogEnd | null;
  /** Executions that its steps have given up and that are still being undone: it ends after them. */
  readonly leaving: Set<string>;
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
  readonly anew?: ReadonlySet<number>;
  /** @default none */
  readonly earlier?: ReadonlyMap<number, StepRecord>;
  /** @default none */
  readonly completions?: ReadonlyMap<number, Completion>;
  /** @default none */
  readonly doneItems?: ReadonlyMap<number, ReadonlyMap<number, DoneItem>>;
  /** The last event that is stored. @default 0 */
  readonly sequence?: number;
  /** It had ended before. @default false */
  readonly isAgain?: boolean;
}

/** An execution as the scheduler's participant holds it. */
export function liveExecution({
  id,
  record,
  run,
  demands,
  earlier = new Map(),
  completions = new Map(),
  doneItems = new Map(),
  anew = new Set(),
  sequence = 0,
  isAgain = false,
}: LiveExecutionInit): LiveExecution {
  const { mode } = record.options;
  const keepsOrder = mode !== "resource_aware";
  return {
    id,
    record,
    run,
    group: makeGroup(id, limitOf(record), keepsOrder),
    demands,
    tasks: new Map(),
    delayed: new Set(),
    fans: new Map(),
    waits: new Map(),
    draining: [],
    earlier,
    anew,
    waiting: new StepQueue(rankOf(run, keepsOrder ? mode : "priority")),
    keepsOrder,
    ended: new Ring(),
    isAgain,
    isAdvancing: false,
    completions: new Map(completions),
    doneItems: new Map([...doneItems].map(([node, items]) => [node, new Map(items)])),
    undoing: null,
    unwritten: [],
    sequence,
    unlogged: [],
    log: null,
    leaving: new Set(),
    hasEnded: false,
  };
}

/** How many attempts of an execution run at once, at most: none while it is parked. */
export const limitOf = ({ options, parked }: ExecutionRecord): number => {
  if (parked) return 0;
  return options.mode === "sequential" ? 1 : options.max_parallel;
};

/**
 * The event that was noted last says that a step completed: its undo comes before those of all that completed earlier. An
 * execution that it has run (`child`) is undone by itself.
 */
export function noteCompletion(
  execution: LiveExecution,
  node: number,
  status: StepEnd["status"],
  child: string | null = null,
): void {
  const isUndoable = child !== null || execution.run.compiled.steps[node]?.undo;
  if (status === "completed" && isUndoable)
    execution.completions.set(node, { at: execution.sequence, child });
}

/** The same for an item of a step. */
export function noteItem(
  execution: LiveExecution,
  { node, item }: { readonly node: number; readonly item: number },
  { status, output }: Pick<StepEnd, "status" | "output">,
  child: string | null = null,
): void {
  const isUndoable = child !== null || execution.run.compiled.steps[node]?.undo;
  if (status !== "completed" || !isUndoable) return;
  const items = execution.doneItems.get(node) ?? new Map<number, DoneItem>();
  items.set(item, { at: execution.sequence, output, child });
  execution.doneItems.set(node, items);
}

/**
 * Whether another step may be handed to the scheduler. Steps beyond the limit stay in the queue, where they keep the order
 * of the mode. In mode sequential a step that waits, for its next attempt or for anything else, holds its place.
 */
export function hasPlace({ tasks, delayed, fans, waits, group, record }: LiveExecution): boolean {
  const isSequential = record.options.mode === "sequential";
  const waiting = isSequential ? waits.size : -delayed.size;
  return tasks.size + placesOf(fans, isSequential) + waiting < group.limit;
}

/** A step whose items run other workflows holds no place, as any that waits. */
function placesOf(fans: LiveExecution["fans"], isSequential: boolean): number {
  if (isSequential) return fans.size;
  let places = 0;
  for (const { runsWorkflows } of fans.values()) if (!runsWorkflows) places++;
  return places;
}

/** Whatever waits in an execution: steps, and items that run other workflows. */
export const allWaits = ({ waits, fans }: LiveExecution): Wait[] => [
  ...waits.values(),
  ...[...fans.values()].flatMap((fan) => [...fan.waits.values()]),
];
