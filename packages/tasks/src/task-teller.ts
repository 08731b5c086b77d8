import type { EventBus } from "@orch/core";
import type { BookEntry } from "./book-entry.ts";
import { END_EVENTS, type TaskEvent } from "./events.ts";
import { showProgress } from "./shown-task.ts";
import { isTerminalStatus } from "./task-status.ts";
import type { Turn } from "./turn.ts";

/** Tells what happens to tasks, after it is stored: events, and what callers see of the tasks. */
export class TaskTeller {
  readonly #events: EventBus<TaskEvent>;
  readonly #changed: (ended: readonly BookEntry[]) => void;
  /** Changed in this turn. */
  #touched: BookEntry[] = [];
  /** One for all turns: a function that makes one pays for it in every call, also where it makes none. */
  readonly #showAll = () => this.#show();

  /** `changed` gets the tasks that have ended; all that have changed show it by then. */
  constructor(events: EventBus<TaskEvent>, changed: (ended: readonly BookEntry[]) => void) {
    this.#events = events;
    this.#changed = changed;
  }

  /** The caller's task shows after the commit how it stands then. */
  touch(entry: BookEntry, turn: Turn): void {
    const { length } = this.#touched;
    if (length === 0) turn.afterCommit(this.#showAll);
    if (length === 0 || this.#touched[length - 1] !== entry) this.#touched.push(entry);
  }

  submitted(entry: BookEntry, turn: Turn): void {
    if (this.#events.hasListeners("task_submitted"))
      this.#emit({ type: "task_submitted", ...named(entry) }, turn);
  }

  started(entry: BookEntry, turn: Turn): void {
    this.touch(entry, turn);
    if (this.#events.hasListeners("task_started"))
      this.#emit({ type: "task_started", ...named(entry) }, turn);
  }

  retrying(entry: BookEntry, delayMs: number, turn: Turn): void {
    this.touch(entry, turn);
    if (!this.#events.hasListeners("task_retrying")) return;
    const { attempt, failure } = entry.live;
    const rest = { error: failure?.message ?? "", attempt, delay_seconds: delayMs / 1000 };
    this.#emit({ type: "task_retrying", ...named(entry), ...rest }, turn);
  }

  ended(entry: BookEntry, turn: Turn): void {
    this.touch(entry, turn);
    const { status, executionMs, failure } = entry.live;
    if (!isTerminalStatus(status) || !this.#events.hasListeners(END_EVENTS[status])) return;
    const type = END_EVENTS[status];
    const end = { ...named(entry), execution_time: executionMs / 1000 };
    this.#emit(
      type === "task_failed" ? { type, ...end, error: failure?.message ?? "" } : { type, ...end },
      turn,
    );
  }

  #show(): void {
    const touched = this.#touched;
    this.#touched = [];
    const ended: BookEntry[] = [];
    for (const entry of touched) {
      if (isTerminalStatus(entry.told)) continue;
      entry.told = entry.live.status;
      if (entry.task) showProgress(entry.task, entry);
      if (isTerminalStatus(entry.told)) ended.push(entry);
    }
    this.#changed(ended);
  }

  #emit(event: TaskEvent, turn: Turn): void {
    turn.afterCommit(() => this.#events.emit(event));
  }
}

const named = ({ spec: { id, name } }: BookEntry) => ({ task_id: id, task_name: name });
