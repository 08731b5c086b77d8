import type { JsonObject } from "@orch/core";
import { failureOf, isTerminalStatus, type LiveTask, type Turn } from "@orch/tasks";
import { asRecord, keys } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";
import type { RunEnd, StepEnd } from "./run-change.ts";
import type { Stage } from "./stage.ts";
import { resolveUndo } from "./step-parameters.ts";
import { recordOfEnd } from "./step-record.ts";
import { undoSpec } from "./step-spec.ts";
import { readUndos } from "./stored-step.ts";
import { stepsToUndo } from "./undoing.ts";

/**
 * Takes back what the steps of a failed or cancelled execution have done: one after the other, the last first. An undo
 * that fails for good hinders no other; it is told among the errors. One that has ended is never run again.
 */
export class Undos {
  readonly #stage: Stage;
  readonly #done: (execution: LiveExecution, end: RunEnd, turn: Turn) => void;

  constructor(stage: Stage, done: (execution: LiveExecution, end: RunEnd, turn: Turn) => void) {
    this.#stage = stage;
    this.#done = done;
  }

  /** Begins, or goes on after a crash; at once done when there is nothing to undo. */
  begin(execution: LiveExecution, end: RunEnd, turn: Turn): void {
    const { id, record } = execution;
    const earlier = record.undoing === null ? new Map() : readUndos(id, turn.store);
    const left = stepsToUndo(execution, (step) => isTerminalStatus(earlier.get(step)?.status ?? "pending"));
    const errors = [...earlier].flatMap(([step, { status, error }]) =>
      isTerminalStatus(status) && status !== "completed" ? [failedLine(step, error?.message)] : [],
    );
    if (left.length === 0) {
      this.#done(execution, { ...end, errors: [...end.errors, ...errors] }, turn);
      return;
    }
    execution.undoing = { end, left, errors, task: null, earlier };
    if (record.undoing === null) {
      const undoing = {
        ...end,
        errors: [...end.errors],
        warnings: [...end.warnings],
        error_code: end.errorCode,
      };
      const { errorCode: _, ...stored } = undoing;
      execution.record = { ...record, parked: null, undoing: stored };
      turn.put(keys.execution(id), asRecord(execution.record));
    }
    turn.setLimit(execution.group, 1);
    this.#next(execution, turn);
  }

  /** An undo has ended. */
  ended(execution: LiveExecution, node: number, task: LiveTask, turn: Turn): void {
    const { undoing } = execution;
    if (!undoing) return;
    undoing.task = null;
    if (task.attemptRunning) execution.draining.push(task);
    const { status, failure } = task;
    this.#note(execution, node, { status, output: null, failure }, turn, task);
    this.#next(execution, turn);
  }

  /** A loop, since those that cannot be started end at once. */
  #next(execution: LiveExecution, turn: Turn): void {
    const { undoing } = execution;
    if (!undoing) return;
    for (let node = undoing.left.pop(); node !== undefined; node = undoing.left.pop()) {
      if (this.#start(execution, node, turn)) return;
    }
    const { end, errors } = undoing;
    execution.undoing = null;
    this.#done(execution, { ...end, errors: [...end.errors, ...errors] }, turn);
  }

  #start(execution: LiveExecution, node: number, turn: Turn): boolean {
    const name = execution.run.compiled.steps[node]?.name ?? "";
    const before = execution.undoing?.earlier.get(name);
    let parameters: JsonObject;
    try {
      parameters = resolveUndo(execution.run, node);
    } catch (error) {
      const end: StepEnd = { status: "failed", output: null, failure: failureOf(error) };
      turn.put(keys.undo(execution.id, name), recordOfEnd(end, turn.at, before));
      this.#note(execution, node, end, turn);
      return false;
    }
    const spec = undoSpec(execution, node, parameters);
    if (spec === null || execution.undoing === null) return false;
    const place = { execution, node, part: { kind: "undo" } } as const;
    execution.undoing.task = this.#stage.submit(place, spec, turn, before);
    return true;
  }

  #note(
    execution: LiveExecution,
    node: number,
    { status, failure }: StepEnd,
    turn: Turn,
    task?: LiveTask,
  ): void {
    const step_name = execution.run.compiled.steps[node]?.name ?? "";
    const { attempt = 0, executionMs = 0 } = task ?? {};
    if (status === "completed") {
      const execution_time = executionMs / 1000;
      this.#stage.note(execution, { type: "undo_completed", step_name, attempt, execution_time }, turn);
      return;
    }
    const { message: error = "unknown", code: error_code = "" } = failure ?? {};
    execution.undoing?.errors.push(failedLine(step_name, error));
    this.#stage.note(execution, { type: "undo_failed", step_name, attempt, error, error_code }, turn);
  }
}

const failedLine = (step: string, message = "unknown"): string => `Undo of step ${step} failed: ${message}`;
