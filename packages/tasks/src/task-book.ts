import type { EventBus, JsonObject, OrchestrationError } from "@orch/core";
import { type BookEntry, bookEntry, isBroken, showProgress, taskRecord } from "./book-entry.ts";
import { DependencyFailedError } from "./errors.ts";
import { END_EVENTS, type TaskEvent } from "./events.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { LiveTask, TaskSpec } from "./live-task.ts";
import type { AttemptContext, Participant } from "./participant.ts";
import type { Task } from "./task.ts";
import { resolveReferences, resultsOf } from "./task-references.ts";
import { isTerminalStatus } from "./task-status.ts";
import type { Turn } from "./turn.ts";

/** What is posted to the book. */
export type BookMessage =
  | { readonly type: "add"; readonly task: Task; readonly spec: TaskSpec }
  | { readonly type: "cancel"; readonly id: string; readonly failure: Failure };

/** What the book tells, after the commit. */
export interface BookListener {
  /** The tasks that have changed show it now. Those that have ended are in `ended`. */
  changed(ended: readonly Task[]): void;
  /** Nothing more will happen. */
  failed(error: OrchestrationError): void;
}

/**
 * Single tasks and what they depend on: hands a task to the scheduler when its dependencies have ended. A task is blocked
 * while a dependency has not ended or is not known yet; one whose dependency ended badly is skipped, unless it continues.
 */
export class TaskBook implements Participant {
  readonly #entries = new Map<string, BookEntry>();
  /** Who waits for a task, also for one that is not there yet. */
  readonly #dependents = new Map<string, BookEntry[]>();
  readonly #events: EventBus<TaskEvent>;
  readonly #listener: BookListener;
  /** Changed in this turn. */
  #touched: BookEntry[] = [];
  /** Ended in this turn, their dependents not looked at yet: a list, since a chain of skips may be long. */
  readonly #ended: BookEntry[] = [];
  #spreading = false;

  constructor(events: EventBus<TaskEvent>, listener: BookListener) {
    this.#events = events;
    this.#listener = listener;
  }

  /** The entry of a task. */
  entry(id: string): BookEntry | undefined {
    return this.#entries.get(id);
  }

  /** All entries, in the order in which they were added. */
  entries(): Iterable<BookEntry> {
    return this.#entries.values();
  }

  /** Forgets the tasks that have ended, but for those whose results are still needed. O(tasks). */
  forgetEnded(): void {
    const unfinished = [...this.#entries.values()].filter(({ live }) => !isTerminalStatus(live.status));
    const needed = new Set(unfinished.flatMap(({ dependencies }) => dependencies));
    for (const [id, { live }] of this.#entries)
      if (isTerminalStatus(live.status) && !needed.has(id)) this.#entries.delete(id);
  }

  receive(message: BookMessage, turn: Turn): void {
    if (message.type === "add") this.#add(bookEntry(message.task, message.spec, this), turn);
    else this.#cancel(message.id, message.failure, turn);
  }

  taskStarted({ spec }: LiveTask, turn: Turn): void {
    const entry = this.#touch(spec.id, turn);
    if (entry) this.#emit("task_started", turn, () => ({ type: "task_started", ...named(entry) }));
  }

  taskRetrying({ spec, attempt, failure }: LiveTask, delayMs: number, turn: Turn): void {
    const entry = this.#touch(spec.id, turn);
    const error = failure?.message ?? "";
    if (entry)
      this.#emit("task_retrying", turn, () => ({
        type: "task_retrying",
        ...named(entry),
        error,
        attempt,
        delay_seconds: delayMs / 1000,
      }));
  }

  taskEnded({ spec }: LiveTask, turn: Turn): void {
    const entry = this.#entries.get(spec.id);
    if (entry) this.#spread(entry, turn);
  }

  turnEnds(): void {}

  record({ spec }: LiveTask): JsonObject {
    const entry = this.#entries.get(spec.id);
    return entry ? taskRecord(entry) : {};
  }

  context({ spec }: LiveTask): AttemptContext {
    const entry = this.#entries.get(spec.id);
    const results = () => (entry ? resultsOf(entry, (id) => this.#entries.get(id)) : {});
    return { parameters: spec.parameters, results, session: null, history: [] };
  }

  progressed(): void {}

  loopFailed(error: OrchestrationError): void {
    this.#listener.failed(error);
  }

  #add(entry: BookEntry, turn: Turn): void {
    const { task, dependencies, live } = entry;
    this.#entries.set(task.id, entry);
    this.#emit("task_submitted", turn, () => ({ type: "task_submitted", ...named(entry) }));
    let broken: BookEntry | null = null;
    for (const id of dependencies) {
      const dependency = this.#entries.get(id);
      if (dependency && isTerminalStatus(dependency.live.status))
        broken ??= isBroken(dependency) ? dependency : null;
      else {
        entry.open++;
        const waiting = this.#dependents.get(id);
        if (waiting) waiting.push(entry);
        else this.#dependents.set(id, [entry]);
      }
    }
    live.status = "blocked";
    if (broken && task.onDependencyFailure === "skip") this.#skip(entry, broken, turn);
    else if (entry.open === 0) this.#submit(entry, turn);
    else turn.save(live);
    this.#touch(task.id, turn);
  }

  /** All dependencies have ended: its placeholders get their values, and the scheduler the task. */
  #submit(entry: BookEntry, turn: Turn): void {
    try {
      const parameters = resolveReferences(entry, (id) => this.#entries.get(id));
      const { live } = entry;
      const { cache } = live.spec;
      if (parameters !== live.spec.parameters || (cache && entry.dependencies.length > 0)) {
        const dependencies = () => resultsOf(entry, (id) => this.#entries.get(id));
        const spec = { ...live.spec, parameters, cache: cache ? { ...cache, dependencies } : null };
        entry.live = { ...live, spec };
      }
    } catch (error) {
      entry.live.failure = failureOf(error);
      this.#end(entry, "failed", turn);
      return;
    }
    turn.submit(entry.live);
    turn.save(entry.live);
    this.#touch(entry.task.id, turn);
  }

  #cancel(id: string, failure: Failure, turn: Turn): void {
    const entry = this.#entries.get(id);
    if (!entry || isTerminalStatus(entry.live.status)) return;
    if (entry.live.status !== "blocked") turn.cancel(entry.live, failure);
    else {
      entry.live.failure = failure;
      this.#end(entry, "cancelled", turn);
    }
  }

  #skip(entry: BookEntry, cause: BookEntry, turn: Turn): void {
    const root =
      cause.live.status === "skipped"
        ? (cause.live.failure?.details["dependency"] ?? cause.task.name)
        : cause.task.name;
    const message = `Task '${entry.task.name}' was skipped, because '${String(root)}' did not complete`;
    entry.live.failure = failureOf(new DependencyFailedError(message, { details: { dependency: root } }));
    this.#end(entry, "skipped", turn);
  }

  /** Ends a task that the scheduler does not have. */
  #end(entry: BookEntry, status: "failed" | "cancelled" | "skipped", turn: Turn): void {
    entry.live.status = status;
    entry.live.endedAt = turn.at;
    turn.save(entry.live);
    this.#spread(entry, turn);
  }

  /** A task has ended: those that waited for it go on, or are skipped, and so on down. */
  #spread(entry: BookEntry, turn: Turn): void {
    this.#ended.push(entry);
    if (this.#spreading) return;
    this.#spreading = true;
    // A loop over an array also visits what is pushed on the way.
    for (const next of this.#ended) {
      this.#tellEnd(next, turn);
      this.#release(next, turn);
    }
    this.#ended.length = 0;
    this.#spreading = false;
  }

  #release(entry: BookEntry, turn: Turn): void {
    const dependents = this.#dependents.get(entry.task.id) ?? [];
    this.#dependents.delete(entry.task.id);
    for (const dependent of dependents) {
      dependent.open--;
      if (dependent.live.status !== "blocked") continue;
      if (isBroken(entry) && dependent.task.onDependencyFailure === "skip")
        this.#skip(dependent, entry, turn);
      else if (dependent.open === 0) this.#submit(dependent, turn);
    }
  }

  #tellEnd(entry: BookEntry, turn: Turn): void {
    this.#touch(entry.task.id, turn);
    const { status, executionMs, failure } = entry.live;
    if (!isTerminalStatus(status)) return;
    const type = END_EVENTS[status];
    const execution_time = executionMs / 1000;
    const end =
      type === "task_failed"
        ? { type, error: failure?.message ?? "", execution_time }
        : { type, execution_time };
    this.#emit(type, turn, () => ({ ...end, ...named(entry) }));
  }

  /** The caller's task shows after the commit how it stands then. */
  #touch(id: string, turn: Turn): BookEntry | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    if (this.#touched.length === 0) turn.afterCommit(() => this.#show());
    if (this.#touched.at(-1) !== entry) this.#touched.push(entry);
    return entry;
  }

  #show(): void {
    const touched = this.#touched;
    this.#touched = [];
    const ended: Task[] = [];
    for (const entry of touched) {
      if (entry.task.result !== null) continue;
      showProgress(entry);
      if (entry.task.result !== null) ended.push(entry.task);
    }
    this.#listener.changed(ended);
  }

  #emit(type: TaskEvent["type"], turn: Turn, make: () => TaskEvent): void {
    if (this.#events.hasListeners(type)) turn.afterCommit(() => this.#events.emit(make()));
  }
}

const named = ({ task: { id, name } }: BookEntry) => ({ task_id: id, task_name: name });
