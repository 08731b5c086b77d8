import { errorMessage, OrchestrationError } from "@orch/core";
import { type Failure, failureOf, type LiveTask, type Turn } from "@orch/tasks";
import { keys } from "./execution-record.ts";
import { allWaits, type LiveExecution } from "./live-execution.ts";
import type { RunEnd, StepEnd } from "./run-change.ts";
import type { Stage } from "./stage.ts";
import { recordOfEnd, recordOfFan, recordOfWait } from "./step-record.ts";
import { keyOf as keyOfWait, timerOf } from "./wait-keeper.ts";

/**
 * Whether an error says something of the execution that was decided on, and not of the store or the loop: a damaged record,
 * or a bug. Then that execution ends and no other one does.
 */
export const isOfExecution = (error: unknown): boolean =>
  !(error instanceof OrchestrationError) || error.code === "STORE_CORRUPT" || !isOfStore(error);

/** Whether an error says that what was asked makes no sense; then nothing has changed. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof OrchestrationError &&
  (error.code === "INVALID_STATE" || error.code === "INVALID_PARAMETERS");

const isOfStore = ({ code }: OrchestrationError): boolean => code.startsWith("STORE_");

/** How an execution ends in which `error` came up while it was decided what follows. */
export function endOfBreakdown(id: string, error: unknown): RunEnd {
  const errors = [`Execution '${id}' cannot go on: ${errorMessage(error)}`];
  const errorCode = error instanceof OrchestrationError ? error.code : "INTERNAL_ERROR";
  return { status: "failed", errors, warnings: [], errorCode };
}

/** The executions that `execution` is a part of, the outermost first, itself, and those that are a part of it. */
export function familyOf(execution: LiveExecution, live: Stage["live"]): LiveExecution[] {
  const family = [execution];
  for (let { parent } = execution.record; parent; ) {
    const above = live.get(parent.execution_id);
    if (!above) break;
    family.unshift(above);
    parent = above.record.parent;
  }
  const ids = new Set(family.map(({ id }) => id));
  for (const each of live.values()) {
    if (!ids.has(each.record.parent?.execution_id ?? "") || ids.has(each.id)) continue;
    ids.add(each.id);
    family.push(each);
  }
  return family;
}

/** Ends whatever an execution has under way, without any consequence in it. */
export function drop(execution: LiveExecution, error: unknown, stage: Stage, turn: Turn): void {
  const failure = failureOf(error);
  const tasks = [...execution.tasks.values(), ...[...execution.fans.values()].flatMap(tasksOf)];
  if (execution.undoing?.task) tasks.push(execution.undoing.task);
  for (const task of tasks) {
    stage.dismiss(task, failure, turn);
    if (task.attemptRunning) execution.draining.push(task);
  }
  closeRecords(execution, failure, stage, turn);
  execution.tasks.clear();
  execution.delayed.clear();
  execution.fans.clear();
  execution.waits.clear();
  execution.waiting.clear();
  execution.ended.clear();
  execution.undoing = null;
}

const tasksOf = ({ tasks }: { readonly tasks: ReadonlyMap<number, LiveTask> }): LiveTask[] => [
  ...tasks.values(),
];

/** Steps that have no task have ended, too. */
function closeRecords(execution: LiveExecution, failure: Failure, stage: Stage, turn: Turn): void {
  const end: StepEnd = { status: "cancelled", output: null, failure };
  const { names } = execution.run.compiled.graph;
  const keyOf = (node: number) => keys.step(execution.id, names[node] ?? "");
  for (const [node, fan] of execution.fans) turn.put(keyOf(node), recordOfFan(fan, turn.at, end));
  for (const wait of allWaits(execution)) {
    turn.put(keyOfWait(execution, wait), recordOfWait({ ...wait, dueAt: 0 }, turn.at, end));
    turn.afterCommit(() => stage.stopTimer(timerOf(execution.id, wait)));
  }
  // In flight when its process died, and not begun again yet.
  for (const [node, step] of execution.earlier) {
    const { tasks, fans, waits, run } = execution;
    const isOpen = step.status === "running" && run.endOf(node) === undefined;
    if (!isOpen || tasks.has(node) || fans.has(node) || waits.has(node)) continue;
    const child = step.child === undefined ? {} : { child: step.child };
    turn.put(keyOf(node), { ...recordOfEnd(end, turn.at, step), ...child });
  }
}
