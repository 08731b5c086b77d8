import type { JsonObject, JsonValue } from "@orch/core";
import { type Failure, failureOf, isTerminalStatus, type LiveTask, type Turn } from "@orch/tasks";
import { asRecord, keys } from "./execution-record.ts";
import { listNameOf, withoutList } from "./list-name.ts";
import type { LiveExecution } from "./live-execution.ts";
import type { RunEnd, StepEnd } from "./run-change.ts";
import type { Stage } from "./stage.ts";
import { resolveItems, resolveUndo } from "./step-parameters.ts";
import { recordOfEnd } from "./step-record.ts";
import { undoSpec } from "./step-spec.ts";
import { readUndos } from "./stored-step.ts";
import { type DonePart, partsToUndo, stepOfUndo, type Undoing, undoName } from "./undoing.ts";

/** What {@link Undos} are made of. */
export interface UndosInit {
  readonly stage: Stage;
  /** All is undone. */
  readonly done: (execution: LiveExecution, end: RunEnd, turn: Turn) => void;
  /** What begins to undo what an execution has done that a step has run; null where there is nothing to undo. */
  readonly undoChild: (child: string, parent: LiveExecution, turn: Turn) => (() => void) | null;
}

/**
 * Takes back what the steps of a failed or cancelled execution have done: one after the other, the last first, items of
 * lists and executions inside of it among them. An undo that fails for good hinders no other; it is told among the errors.
 * One that has ended is never run again.
 */
export class Undos {
  readonly #init: UndosInit;
  readonly #stage: Stage;

  constructor(init: UndosInit) {
    this.#init = init;
    this.#stage = init.stage;
  }

  /** Begins, or goes on after a crash; at once done when there is nothing to undo. */
  begin(execution: LiveExecution, end: RunEnd, turn: Turn): void {
    const { id, record } = execution;
    const earlier = record.undoing === null ? new Map() : readUndos(id, turn.store);
    const left = partsToUndo(execution, (name) => isTerminalStatus(earlier.get(name)?.status ?? "pending"));
    const errors = [...earlier].flatMap(([name, { status, error }]) =>
      isTerminalStatus(status) && status !== "completed" ? [failedLine(name, error?.message)] : [],
    );
    if (left.length === 0) {
      this.#init.done(execution, { ...end, errors: [...end.errors, ...errors] }, turn);
      return;
    }
    execution.undoing = { end, left, errors, task: null, part: null, earlier, lists: new Map() };
    this.decide(execution, end, turn);
    turn.setLimit(execution.group, 1);
    this.#next(execution, turn);
  }

  /** Keeps how an execution is to end, which nothing else tells after a crash. A second time changes nothing. */
  decide(execution: LiveExecution, { errorCode, ...end }: RunEnd, turn: Turn): void {
    const { id, record } = execution;
    if (record.undoing !== null) return;
    const { errors, warnings } = end;
    const undoing = { ...end, errors: [...errors], warnings: [...warnings], error_code: errorCode };
    execution.record = { ...record, parked: null, undoing };
    turn.put(keys.execution(id), asRecord(execution.record));
  }

  /** An undo has ended. */
  ended(execution: LiveExecution, task: LiveTask, turn: Turn): void {
    const { undoing } = execution;
    if (!undoing?.part) return;
    undoing.task = null;
    if (task.attemptRunning) execution.draining.push(task);
    const { status, failure } = task;
    this.#note(execution, undoing.part, { status, output: null, failure }, turn, task);
    this.#next(execution, turn);
  }

  /** What an execution has done that a step has run is to be undone now: by now its end is on disk. */
  beginChild(execution: LiveExecution, child: string, turn: Turn): void {
    const { undoing } = execution;
    if (undoing?.part?.child !== child) return;
    try {
      const go = this.#init.undoChild(child, execution, turn);
      if (go) {
        this.#noteStart(execution, undoing.part, turn);
        go();
        return;
      }
    } catch (error) {
      this.#endWithoutTask(execution, undoing.part, failureOf(error), turn);
    }
    this.#next(execution, turn);
  }

  /** An execution that was being undone has ended; `errors` are what could not be undone of it. */
  childEnded(execution: LiveExecution, child: string, errors: readonly string[], turn: Turn): void {
    const { undoing } = execution;
    if (undoing?.part?.child !== child) return;
    const [error] = errors;
    const failure = error === undefined ? null : { ...NOT_UNDONE, message: error, details: { errors } };
    this.#endWithoutTask(execution, undoing.part, failure, turn);
    this.#next(execution, turn);
  }

  /** A loop, since those that cannot be started end at once. */
  #next(execution: LiveExecution, turn: Turn): void {
    const { undoing } = execution;
    if (!undoing) return;
    for (let part = undoing.left.pop(); part !== undefined; part = undoing.left.pop()) {
      undoing.part = part;
      if (this.#start(execution, undoing, part, turn)) return;
    }
    const { end, errors } = undoing;
    execution.undoing = null;
    this.#init.done(execution, { ...end, errors: [...end.errors, ...errors] }, turn);
  }

  #start(execution: LiveExecution, undoing: Undoing, part: DonePart, turn: Turn): boolean {
    const { node, child } = part;
    const { id } = execution;
    if (child !== null) {
      // It may have ended in this very turn: what it begins from must be on disk.
      this.#stage.postLater(`${id}/undo`, { type: "undo_child", id, child }, 0, turn);
      return true;
    }
    let parameters: JsonObject;
    try {
      parameters = parametersOf(execution, undoing, part);
    } catch (error) {
      this.#endWithoutTask(execution, part, failureOf(error), turn);
      return false;
    }
    const spec = undoSpec(execution, part, parameters);
    if (spec === null) return false;
    const place = { execution, node, part: { kind: "undo", item: part.item } } as const;
    undoing.task = this.#stage.submit(place, spec, turn, undoing.earlier.get(nameOf(execution, part)));
    return true;
  }

  /** Of an undo for which there is no task the record is made here. */
  #endWithoutTask(execution: LiveExecution, part: DonePart, failure: Failure | null, turn: Turn): void {
    const status = failure === null ? "completed" : "failed";
    const end: StepEnd = { status, output: null, failure };
    const name = nameOf(execution, part);
    const record = recordOfEnd(end, turn.at, execution.undoing?.earlier.get(name));
    const child = part.child === null ? {} : { child: part.child };
    turn.put(keys.undo(execution.id, name), { ...record, ...child });
    this.#note(execution, part, end, turn);
  }

  #noteStart(execution: LiveExecution, part: DonePart, turn: Turn): void {
    this.#stage.note(execution, { type: "undo_started", ...about(execution, part), attempt: 1 }, turn);
  }

  #note(
    execution: LiveExecution,
    part: DonePart,
    { status, failure }: StepEnd,
    turn: Turn,
    task?: LiveTask,
  ): void {
    const { attempt = part.child === null ? 0 : 1, executionMs = 0 } = task ?? {};
    if (status === "completed") {
      const execution_time = executionMs / 1000;
      this.#stage.note(
        execution,
        { type: "undo_completed", ...about(execution, part), attempt, execution_time },
        turn,
      );
      return;
    }
    const { message: error = "unknown", code: error_code = "" } = failure ?? {};
    execution.undoing?.errors.push(failedLine(nameOf(execution, part), error));
    this.#stage.note(
      execution,
      { type: "undo_failed", ...about(execution, part), attempt, error, error_code },
      turn,
    );
  }
}

/** What an event says of a part. */
function about({ run }: LiveExecution, { node, item }: DonePart) {
  const step_name = run.compiled.steps[node]?.name ?? "";
  return item === null ? { step_name } : { step_name, item };
}

const nameOf = ({ run }: LiveExecution, { node, item }: DonePart): string =>
  undoName(run.compiled.steps[node]?.name ?? "", item);

/** Throws where a reference leads nowhere. */
function parametersOf(execution: LiveExecution, { lists }: Undoing, { node, item }: DonePart): JsonObject {
  const { run, doneItems } = execution;
  const step = run.compiled.steps[node];
  const done = doneItems.get(node);
  if (item === null) return resolveUndo(run, node, outputOf(execution, node, lists));
  const list = listOf(execution, node, lists);
  const output = done?.get(item)?.output ?? null;
  const parameters = resolveUndo(run, node, output, { item: list[item] ?? null, index: item });
  return withoutList(
    parameters,
    listNameOf({ foreach: step?.foreach ?? null, parameters: step?.undo?.parameters ?? {} }),
  );
}

/** What a step gave; of a `foreach` that has failed half-way null for each item that did not complete. */
function outputOf(execution: LiveExecution, node: number, lists: Undoing["lists"]): JsonValue {
  const { run, doneItems } = execution;
  const end = run.endOf(node);
  if (end?.status === "completed" || run.compiled.steps[node]?.foreach === null) return end?.output ?? null;
  const done = doneItems.get(node);
  return listOf(execution, node, lists).map((_, index) => done?.get(index)?.output ?? null);
}

/** The same for each item of a step: looked up once. */
function listOf({ run }: LiveExecution, node: number, lists: Undoing["lists"]): readonly JsonValue[] {
  const list = lists.get(node) ?? resolveItems(run, node);
  lists.set(node, list);
  return list;
}

/** Of a child whose undos have not all completed. */
const NOT_UNDONE = {
  type: "WorkflowExecutionError",
  code: "WORKFLOW_EXECUTION_FAILED",
  suggestions: [],
  retryable: false,
} as const;

function failedLine(name: string, message = "unknown"): string {
  const [, index] = name.split("/");
  const item = index === undefined ? "" : `, item ${Number(index)},`;
  return `Undo of step ${stepOfUndo(name)}${item} failed: ${message}`;
}
