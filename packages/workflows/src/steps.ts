import type { JsonObject } from "@orch/core";
import type { Failure, LiveTask, Turn } from "@orch/tasks";
import { controlOf } from "./control-step.ts";
import { keys } from "./execution-record.ts";
import type { Fans } from "./fans.ts";
import { notRunFact, taskEndedFact } from "./journal.ts";
import { hasPlace, type LiveExecution, noteCompletion } from "./live-execution.ts";
import type { ReadyStep, RunChange, StepEnd } from "./run-change.ts";
import type { Stage } from "./stage.ts";
import { recordOfEnd } from "./step-record.ts";
import { stepSpec } from "./step-spec.ts";
import type { Waits } from "./waits.ts";

/** What a {@link Steps} hands its steps to. */
export interface StepsInit {
  readonly stage: Stage;
  readonly fans: Fans;
  readonly waits: Waits;
  /** Every step of an execution has ended. */
  readonly done: (execution: LiveExecution, turn: Turn) => void;
}

/** Draws the consequences when steps end: gives out those that may run, and records those that will not. */
export class Steps {
  readonly #stage: Stage;
  readonly #fans: Fans;
  readonly #waits: Waits;
  readonly #done: StepsInit["done"];

  constructor({ stage, fans, waits, done }: StepsInit) {
    this.#stage = stage;
    this.#fans = fans;
    this.#waits = waits;
    this.#done = done;
  }

  /** Takes in a change of the run, and everything that follows from it. */
  apply(execution: LiveExecution, change: RunChange, turn: Turn): void {
    const wasAdvancing = execution.isAdvancing;
    execution.isAdvancing = true;
    this.#take(execution, change, turn);
    execution.isAdvancing = wasAdvancing;
    this.advance(execution, turn);
  }

  /**
   * Draws the consequences of the steps that have ended until there are none left. One after the other and not one inside
   * the other: a chain may be as long as a workflow, with steps that end as soon as they begin.
   */
  advance(execution: LiveExecution, turn: Turn): void {
    if (execution.isAdvancing || execution.hasEnded) return;
    execution.isAdvancing = true;
    do {
      for (let next = execution.ended.shift(); next; next = execution.ended.shift())
        this.#take(execution, execution.run.stepEnded(next.node, next.end), turn);
      this.#fill(execution, turn);
    } while (execution.ended.length > 0);
    execution.isAdvancing = false;
    if (execution.run.done && !execution.hasEnded && execution.undoing === null) this.#done(execution, turn);
  }

  /** The task of a step has ended. */
  taskEnded(execution: LiveExecution, node: number, task: LiveTask, turn: Turn): void {
    execution.tasks.delete(node);
    execution.delayed.delete(node);
    if (task.attemptRunning) execution.draining.push(task);
    const { status, failure, value } = task;
    this.#stage.note(execution, taskEndedFact(task), turn);
    // What was not called has done nothing that could be undone.
    if (!task.cached) noteCompletion(execution, node, status);
    this.#stage.stepEnds(execution, node, { status, output: value, failure });
    this.advance(execution, turn);
  }

  #take(execution: LiveExecution, change: RunChange, turn: Turn): void {
    this.#stage.touch(execution);
    for (const { node, end } of change.ended) this.#endWithoutRunning(execution, node, end, turn);
    for (const step of change.start) this.#place(execution, step, turn);
    if (change.cancelRunning) this.#cancelRunning(execution, change.cancelRunning, turn);
  }

  /** Steps that need no place start at once, and what was in flight goes on before anything else begins. */
  #place(execution: LiveExecution, step: ReadyStep, turn: Turn): void {
    const { keepsOrder, record, earlier } = execution;
    const inFlight = earlier.get(step.node)?.status === "running";
    const needsPlace = record.options.mode === "sequential" || !isControl(execution, step.node);
    if (inFlight || (record.parked === null && (!keepsOrder || !needsPlace)))
      this.#start(execution, step, turn);
    else execution.waiting.push(step);
  }

  /** Hands over the steps for which there is a place. */
  #fill(execution: LiveExecution, turn: Turn): void {
    const { waiting, run, keepsOrder } = execution;
    while (execution.record.parked === null && (!keepsOrder || hasPlace(execution))) {
      const next = waiting.shift();
      if (!next) return;
      // Skipped by a stop while it waited.
      if (run.endOf(next.node) === undefined) this.#start(execution, next, turn);
    }
  }

  #start(execution: LiveExecution, step: ReadyStep, turn: Turn): void {
    const { node } = step;
    if (execution.hasEnded) return;
    if (step.items !== null) this.#fans.begin(execution, step, turn);
    else if (isControl(execution, node)) this.#waits.begin(execution, step, turn);
    else this.#submit(execution, step, turn);
  }

  #submit(execution: LiveExecution, { node, parameters }: ReadyStep, turn: Turn): void {
    const earlier = execution.earlier.get(node);
    const place = { execution, node, part: { kind: "step" } } as const;
    const task = this.#stage.submit(place, stepSpec(execution, node, parameters), turn, earlier);
    if (earlier?.status === "running") execution.run.stepBegan(node);
    if (task.dueAt > turn.at) execution.delayed.add(node);
    execution.tasks.set(node, task);
  }

  #cancelRunning(execution: LiveExecution, failure: Failure, turn: Turn): void {
    for (const task of [...execution.tasks.values()]) turn.cancel(task, failure);
    this.#fans.cancelAll(execution, failure, turn);
    this.#waits.cancelAll(execution, failure, turn);
  }

  #endWithoutRunning(execution: LiveExecution, node: number, end: StepEnd, turn: Turn): void {
    const earlier = execution.earlier.get(node);
    const step_name = execution.run.compiled.graph.names[node] ?? "";
    const record = recordOfEnd(end, turn.at, earlier);
    this.#takeBack(execution, node, record, turn);
    turn.put(keys.step(execution.id, step_name), record);
    this.#stage.note(execution, notRunFact(step_name, end, earlier?.attempt ?? 0), turn);
  }

  /** A step that the scheduler has and that has not begun is not to run: its task ends unseen. */
  #takeBack(execution: LiveExecution, node: number, record: JsonObject, turn: Turn): void {
    const task = execution.tasks.get(node);
    if (!task) return;
    execution.tasks.delete(node);
    execution.delayed.delete(node);
    this.#stage.takeBack(task, record, turn);
  }
}

const isControl = ({ run }: LiveExecution, node: number): boolean => {
  const step = run.compiled.steps[node];
  return step !== undefined && controlOf(step) !== null;
};
