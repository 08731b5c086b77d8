import type { JsonObject, OrchestrationError } from "@orch/core";
import {
  type AttemptContext,
  type Failure,
  fence,
  type LiveTask,
  liveTask,
  type Participant,
  type Turn,
} from "@orch/tasks";
import { Draining } from "./draining.ts";
import type {
  BeginMessage,
  CancelMessage,
  ExecutionListener,
  ExecutionMessage,
  TakeOverMessage,
} from "./execution-message.ts";
import { asRecord, keys } from "./execution-record.ts";
import { begunFact, endedFact, type Fact, note, notRunFact, taskEndedFact, writeEvents } from "./journal.ts";
import { hasPlace, type LiveExecution } from "./live-execution.ts";
import type { ReadyStep, RunChange, StepEnd } from "./run-change.ts";
import { recordOfEnd, recordOfTask, setResultsApart } from "./step-record.ts";
import { stepSpec } from "./step-spec.ts";
import { isStillOurs, stillStopping } from "./take-over.ts";

/** A stored delay before a retry is never longer than this, whatever the wall clock has done meanwhile. */
const LONGEST_DELAY_MS = 30_000;

/**
 * The executions that this process runs, as the scheduler's participant: turns what happens to tasks into what happens
 * to runs, and writes both in the same transaction. A step record is written when an attempt starts and when it ends, the
 * execution's own only at its start and end, the events of a tick as one record.
 */
export class Executions implements Participant {
  readonly #live = new Map<string, LiveExecution>();
  readonly #touched = new Set<LiveExecution>();
  readonly #byTask = new WeakMap<LiveTask, { readonly execution: LiveExecution; readonly node: number }>();
  readonly #draining = new Draining();
  /** Records of the steps whose tasks ended unseen. */
  readonly #takenBack = new WeakMap<LiveTask, JsonObject>();
  readonly #instance: string;
  readonly #listener: ExecutionListener;

  constructor(instance: string, listener: ExecutionListener) {
    this.#instance = instance;
    this.#listener = listener;
  }

  /** The execution, while this process runs it: until its end is on disk. */
  get(id: string): LiveExecution | undefined {
    return this.#live.get(id);
  }

  receive(message: ExecutionMessage, turn: Turn): void {
    if (message.type === "begin") {
      turn.put(keys.definition(message.execution.id), message.definition);
      this.#begin(message.execution, turn, message);
    } else if (message.type === "take_over") this.#takeOver(message, turn);
    else this.#cancel(message, turn);
  }

  taskStarted(task: LiveTask, turn: Turn): void {
    const place = this.#byTask.get(task);
    if (!place) return;
    place.execution.delayed.delete(place.node);
    place.execution.run.stepBegan(place.node);
    this.#tell(task, { type: "step_started", attempt: task.attempt }, turn);
  }

  taskRetrying(task: LiveTask, delayMs: number, turn: Turn): void {
    const place = this.#byTask.get(task);
    if (!place) return;
    const error = task.failure?.message ?? "";
    this.#tell(
      task,
      { type: "step_retrying", attempt: task.attempt, error, delay_seconds: delayMs / 1000 },
      turn,
    );
    place.execution.delayed.add(place.node);
    this.#fill(place.execution, turn);
  }

  taskEnded(task: LiveTask, turn: Turn): void {
    const place = this.#byTask.get(task);
    if (!place) return;
    const { execution, node } = place;
    execution.tasks.delete(node);
    execution.delayed.delete(node);
    if (task.attemptRunning) execution.draining.push(task);
    const { status, failure, value } = task;
    this.#note(execution, taskEndedFact(task), turn);
    this.#apply(execution, execution.run.stepEnded(node, { status, output: value, failure }), turn);
  }

  record(task: LiveTask): JsonObject {
    return this.#takenBack.get(task) ?? recordOfTask(task);
  }

  /** Moves large results apart, writes this tick's events, and ends the executions that are done. */
  turnEnds(turn: Turn): void {
    for (const execution of this.#touched) {
      if (execution.run.done && !execution.hasEnded) this.#end(execution, turn);
      writeEvents(execution, turn, (event) => this.#listener.event(event));
    }
    this.#touched.clear();
    setResultsApart(turn);
  }

  context(task: LiveTask): AttemptContext {
    const place = this.#byTask.get(task);
    if (!place) return { parameters: {}, results: () => ({}), session: null, history: [] };
    const { id, run, record } = place.execution;
    const session = record.session_id === null ? {} : { sessionId: record.session_id };
    // A copy: what an action does to it must not reach what is stored and handed on.
    const results = () => structuredClone(run.results());
    return {
      executionId: id,
      stepName: task.spec.name,
      ...session,
      parameters: run.parameters,
      results,
      session: null,
      history: [],
    };
  }

  progressed(task: LiveTask, fraction: number, text: string): void {
    const place = this.#byTask.get(task);
    if (place) this.#listener.progress(place.execution, task.spec.name, fraction, text);
  }

  loopFailed(error: OrchestrationError): void {
    this.#listener.failed(error);
  }

  #takeOver({ id, load, from, begun, refused }: TakeOverMessage, turn: Turn): void {
    if (this.#live.has(id)) {
      turn.afterCommit(begun);
      return;
    }
    let execution: LiveExecution;
    try {
      const draining = this.#draining.stepsOf(id);
      if (draining.length > 0) throw stillStopping(id, draining);
      execution = load(turn);
    } catch (error) {
      turn.afterCommit(() => refused(error));
      return;
    }
    if (from !== null) fence(from, turn);
    const { record } = execution;
    execution.record = { ...record, owner: this.#instance, epoch: record.epoch + 1 };
    turn.expect((store) => isStillOurs(id, record.epoch, this.#instance, store));
    this.#begin(execution, turn, { begun, refusal: null });
  }

  #begin(
    execution: LiveExecution,
    turn: Turn,
    { begun, refusal }: Pick<BeginMessage, "begun" | "refusal">,
  ): void {
    const { id, run, record } = execution;
    this.#live.set(id, execution);
    turn.put(keys.execution(id), asRecord(record));
    turn.put(keys.active(id), true);
    turn.afterCommit(begun);
    this.#note(execution, begunFact(execution), turn);
    this.#apply(execution, refusal ? run.cancel(refusal.failure, refusal.status) : run.begin(), turn);
  }

  #cancel({ id, failure, status }: CancelMessage, turn: Turn): void {
    const execution = this.#live.get(id);
    // What is done ends as it did, although its end is not on disk yet.
    if (execution && !execution.run.done) this.#apply(execution, execution.run.cancel(failure, status), turn);
  }

  #apply(execution: LiveExecution, change: RunChange, turn: Turn): void {
    this.#touched.add(execution);
    for (const { node, end } of change.ended) this.#endWithoutRunning(execution, node, end, turn);
    for (const step of change.start) {
      // What was in flight goes on before anything else begins.
      if (execution.queue === null || execution.earlier.get(step.node)?.status === "running")
        this.#submit(execution, step, turn);
      else execution.queue.push(step);
    }
    const { cancelRunning } = change;
    if (cancelRunning) for (const task of [...execution.tasks.values()]) turn.cancel(task, cancelRunning);
    this.#fill(execution, turn);
  }

  /** Hands over the steps for which there is a place. */
  #fill(execution: LiveExecution, turn: Turn): void {
    const { queue, run } = execution;
    while (queue !== null && hasPlace(execution)) {
      const next = queue.shift();
      if (!next) return;
      // Skipped by a stop while it waited.
      if (run.endOf(next.node) === undefined) this.#submit(execution, next, turn);
    }
  }

  #submit(execution: LiveExecution, { node, parameters }: ReadyStep, turn: Turn): void {
    const task = liveTask(stepSpec(execution, node, parameters), this, execution.group);
    const earlier = execution.earlier.get(node);
    if (earlier) {
      task.attempt = earlier.attempt;
      task.failures = earlier.failures;
      task.executionMs = earlier.execution_ms;
      task.startedAt = earlier.started_at;
      task.dueAt = Math.min(earlier.due_at ?? 0, turn.at + LONGEST_DELAY_MS);
      if (earlier.status === "running") execution.run.stepBegan(node);
      if (task.dueAt > turn.at) execution.delayed.add(node);
    }
    execution.tasks.set(node, task);
    this.#byTask.set(task, { execution, node });
    turn.submit(task);
  }

  #endWithoutRunning(execution: LiveExecution, node: number, end: StepEnd, turn: Turn): void {
    const earlier = execution.earlier.get(node);
    const step_name = execution.run.compiled.graph.names[node] ?? "";
    const record = recordOfEnd(end, turn.at, earlier);
    this.#takeBack(execution, node, record, turn);
    turn.put(keys.step(execution.id, step_name), record);
    this.#note(execution, notRunFact(step_name, end, earlier?.attempt ?? 0), turn);
  }

  /** A step that the scheduler has and that has not begun is not to run: its task ends unseen. */
  #takeBack(execution: LiveExecution, node: number, record: JsonObject, turn: Turn): void {
    const task = execution.tasks.get(node);
    if (!task) return;
    execution.tasks.delete(node);
    execution.delayed.delete(node);
    this.#byTask.delete(task);
    this.#takenBack.set(task, record);
    turn.cancel(task, NOT_BEGUN);
  }

  #end(execution: LiveExecution, turn: Turn): void {
    const { id, run, record } = execution;
    const { status, errors, warnings, errorCode } = run.end();
    execution.hasEnded = true;
    execution.record = {
      ...record,
      status,
      ended_at: turn.at,
      errors: firstOf(errors),
      warnings: firstOf([...record.warnings, ...warnings]),
      error_code: errorCode,
    };
    turn.put(keys.execution(id), asRecord(execution.record));
    turn.delete(keys.active(id));
    this.#note(execution, endedFact(execution.record), turn);
    turn.afterCommit(() => {
      this.#live.delete(id);
      this.#draining.add(id, execution.draining);
      this.#listener.ended(id);
    });
  }

  #tell(task: LiveTask, fact: Fact, turn: Turn): void {
    const place = this.#byTask.get(task);
    if (place) this.#note(place.execution, { ...fact, step_name: task.spec.name } as Fact, turn);
  }

  #note(execution: LiveExecution, fact: Fact, turn: Turn): void {
    note(execution, fact, turn);
    this.#touched.add(execution);
  }
}

/** Seen by nobody: the record of the step says why it was skipped. */
const NOT_BEGUN: Failure = {
  message: "Not begun",
  type: "TaskCancelledError",
  code: "CANCELLED",
  details: {},
  suggestions: [],
  retryable: false,
};

/** Lines of an execution's record at most: each step has its own record with all of it. */
const MOST_LINES = 100;

const firstOf = (lines: readonly string[]): string[] =>
  lines.length <= MOST_LINES
    ? [...lines]
    : [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more`];
