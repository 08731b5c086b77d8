import type { JsonObject } from "@orch/core";
import { ChurnMap } from "@orch/core/base";
import {
  type Failure,
  type LiveTask,
  liveTask,
  type Participant,
  type TaskSpec,
  type Turn,
} from "@orch/tasks";
import type { ExecutionListener, ExecutionMessage } from "./execution-message.ts";
import { type Fact, note } from "./journal.ts";
import type { LiveExecution } from "./live-execution.ts";
import type { StepEnd } from "./run-change.ts";
import { recordOfTask } from "./step-record.ts";
import type { StepRecord } from "./stored-step.ts";
import type { TaskPlace } from "./task-place.ts";

/** What a {@link Stage} is made of. */
export interface StageInit {
  readonly instance: string;
  readonly listener: ExecutionListener;
  /** From 0 to 1, for delays. */
  readonly random: () => number;
  /** Who the tasks belong to. */
  readonly owner: Participant;
  /** Posts a message to the executions after a while; returns the undo. Called after a commit. */
  readonly later: (message: ExecutionMessage, delayMs: number) => () => void;
}

/** What the parts that run executions share: who is there, which task belongs where, what was noted in this turn. */
export class Stage {
  readonly instance: string;
  readonly listener: ExecutionListener;
  readonly random: () => number;
  /** The executions that this process runs, until their end is on disk. */
  readonly live = new ChurnMap<string, LiveExecution>();
  readonly #init: StageInit;
  /** Those to which something happened in this turn. */
  #touched = new Set<LiveExecution>();
  readonly #places = new WeakMap<LiveTask, TaskPlace>();
  /** Records of the steps whose tasks ended unseen. */
  readonly #takenBack = new WeakMap<LiveTask, JsonObject>();
  /** Undoes the timers, by execution and what they are for. */
  readonly #timers = new Map<string, () => void>();

  constructor(init: StageInit) {
    this.#init = init;
    this.instance = init.instance;
    this.listener = init.listener;
    this.random = init.random;
  }

  /** Where a task belongs; undefined for one that was taken back. */
  placeOf(task: LiveTask): TaskPlace | undefined {
    return this.#places.get(task);
  }

  /** Hands a task to the scheduler. `earlier` is what attempts before left behind. */
  submit(place: TaskPlace, spec: TaskSpec, turn: Turn, earlier?: StepRecord): LiveTask {
    const task = liveTask(spec, this.#init.owner, place.execution.group);
    if (earlier) {
      task.attempt = earlier.attempt;
      task.failures = earlier.failures;
      task.executionMs = earlier.execution_ms;
      const { usage } = earlier;
      if (usage) task.usage = { cpuMs: usage.cpu_ms, peakBytes: usage.peak_bytes };
      task.startedAt = earlier.started_at;
      // Never longer than its policy says, whatever the wall clock has done meanwhile.
      task.dueAt = Math.min(earlier.due_at ?? 0, turn.at + spec.retry.maxDelayMs);
    }
    this.#places.set(task, place);
    turn.submit(task);
    return task;
  }

  /** Ends a task that has not begun, unseen; `record` is what is left of it. */
  takeBack(task: LiveTask, record: JsonObject, turn: Turn): void {
    this.#places.delete(task);
    this.#takenBack.set(task, record);
    turn.cancel(task, NOT_BEGUN);
  }

  /** Ends a task of an execution that takes no notice any more. */
  dismiss(task: LiveTask, failure: Failure, turn: Turn): void {
    this.#places.delete(task);
    turn.cancel(task, failure);
  }

  /** The record of a task, as it stands. */
  recordOf(task: LiveTask): JsonObject {
    const record = this.#takenBack.get(task) ?? recordOfTask(task);
    const place = this.#places.get(task);
    const completion = place && completionOf(place);
    return completion === undefined ? record : { ...record, completion };
  }

  /** Something happens to an execution in this turn. */
  touch(execution: LiveExecution): void {
    this.#touched.add(execution);
  }

  /** Those that were touched since this was asked last. */
  takeTouched(): Iterable<LiveExecution> {
    const touched = this.#touched;
    // Not cleared: tables of a set hang together, and keep what was in them from the quick collections.
    if (touched.size > 0) this.#touched = new Set();
    return touched;
  }

  /** Numbers a fact as the execution's next event. */
  note(execution: LiveExecution, fact: Fact, turn: Turn): void {
    note(execution, fact, turn);
    this.touch(execution);
  }

  /** A step has ended; whoever advances its execution draws the consequences. */
  stepEnds(execution: LiveExecution, node: number, end: StepEnd): void {
    execution.ended.push({ node, end });
    this.touch(execution);
  }

  /** Posts `message` after a while, in place of what was to be posted under `key`. Begins to count after the commit. */
  postLater(key: string, message: ExecutionMessage, delayMs: number, turn: Turn): void {
    turn.afterCommit(() => {
      this.stopTimer(key);
      const fire = this.#init.later(message, delayMs);
      this.#timers.set(key, fire);
    });
  }

  /** What was to be posted under `key` is not wanted any more. */
  stopTimer(key: string): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  /** Nothing is posted any more. */
  stopTimers(): void {
    for (const undo of this.#timers.values()) undo();
    this.#timers.clear();
  }
}

/** The number of the event with which it completed, for what can be undone. */
function completionOf({ execution, node, part }: TaskPlace): number | undefined {
  if (part.kind === "step") return execution.completions.get(node)?.at;
  return part.kind === "item" ? execution.doneItems.get(node)?.get(part.index)?.at : undefined;
}

/** Seen by nobody: the record of the step says why it was skipped. */
const NOT_BEGUN = {
  message: "Not begun",
  type: "TaskCancelledError",
  code: "CANCELLED",
  details: {},
  suggestions: [],
  retryable: false,
} as const;
