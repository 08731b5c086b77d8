import { setImmediate as immediate } from "node:timers/promises";
import {
  type InvalidParametersError,
  isMemoryStore,
  type JsonObject,
  type MemoryView,
  showInMemory,
} from "@orch/core";
import { type BookEntry, entryRecord } from "./book-entry.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { EntryTable } from "./entry-table.ts";
import { type ExecutionStats, TaskTally } from "./execution-stats.ts";
import { Neighbours } from "./neighbours.ts";
import { takenElsewhere } from "./orchestrator-failure.ts";
import { shownResult, shownTask, storedTask } from "./shown-task.ts";
import type { Task } from "./task.ts";
import { TASKS } from "./task-key.ts";
import { hasEndedIn, type TaskRecord } from "./task-record.ts";
import type { TaskResult } from "./task-result.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";
import { shownStatus } from "./waiting-causes.ts";

/** A look into the store for each takes 20 µs: after so many others get the event loop. */
const LOOKS_IN_ROW = 256;

/** The tasks of an orchestrator as its callers see them: those in memory, those that left it, those of others. */
export class TaskShelf {
  /** The store is memory, too. */
  readonly isVolatile: boolean;
  readonly #runtime: TaskRuntime;
  readonly #elsewhere: Elsewhere;
  readonly #table: EntryTable;
  readonly #gone = new TaskTally();
  /** They have left memory while their code ran: what that has used is counted when it has returned. */
  readonly #draining = new Set<BookEntry>();
  readonly #neighbours: Neighbours;
  /** The records of tasks that have ended, for whoever reads them in a memory store. */
  readonly #records: MemoryView = {
    get: (id) => {
      const entry = this.here(id);
      return entry && hasEnded(entry) ? entryRecord(entry) : undefined;
    },
    paths: () => [...this.entries].filter(hasEnded).map(({ spec }) => spec.id),
  };

  constructor(runtime: TaskRuntime, table: EntryTable) {
    this.#runtime = runtime;
    this.#table = table;
    this.#elsewhere = runtime.elsewhere;
    this.isVolatile = isMemoryStore(runtime.store);
    this.#neighbours = new Neighbours(runtime.store, runtime.elsewhere.others);
    // To put there what is here already would cost as much as all else together.
    if (this.isVolatile) showInMemory(runtime.store, TASKS, this.#records);
  }

  /** Those in memory, in the order in which they were put there. */
  get entries(): Iterable<BookEntry> {
    return this.#table.values().filter(({ isShown }) => isShown);
  }

  /** A task in memory. */
  here(id: string): BookEntry | undefined {
    const entry = this.#table.get(id);
    return entry?.isShown ? entry : undefined;
  }

  /** The record of a task in memory as it stands, or null. */
  recordHere(id: string): JsonObject | null {
    const entry = this.here(id);
    return entry ? entryRecord(entry) : null;
  }

  put(entry: BookEntry): void {
    entry.isShown = true;
    this.#table.add(entry);
  }

  /** How a task stands: in memory, or as the store has it now. */
  statusOf(id: string): TaskStatus | null {
    const entry = this.here(id);
    return entry ? this.statusHere(entry) : (this.#recorded(id)?.status ?? null);
  }

  /** Whether callers see that a task has ended. */
  hasEnded(id: string): boolean {
    const entry = this.here(id);
    return entry ? hasEnded(entry) : this.#isReadable && hasEndedIn(id, this.#runtime.store);
  }

  /** Whether it would hold up the event loop to ask for all of these at once. */
  areMany({ length }: readonly string[]): boolean {
    return !this.isVolatile && length > LOOKS_IN_ROW;
  }

  /** Those of these ids whose tasks have ended and left memory. Other things go on in between. */
  async endedAway(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const ended = new Set<string>();
    const away = ids.filter((id) => !this.here(id));
    for (let at = 0; at < away.length && !this.#runtime.error; at += LOOKS_IN_ROW) {
      for (const id of away.slice(at, at + LOOKS_IN_ROW))
        if (hasEndedIn(id, this.#runtime.store)) ended.add(id);
      await immediate();
    }
    return ended;
  }

  /** How a task in memory stands: what changes without a record, too. */
  readonly statusHere = (entry: BookEntry): TaskStatus => shownStatus(entry, this.#runtime);

  /** How a task has ended, or null. */
  resultOf(id: string): TaskResult | null {
    const entry = this.here(id);
    return entry ? shownResult(entry) : (this.#stored(id)?.result ?? null);
  }

  /** A task in memory, or as the store has it now. */
  find(id: string): Task | null {
    const entry = this.here(id);
    return entry ? this.show(entry) : this.#stored(id);
  }

  /** A task in memory as it stands. */
  show(entry: BookEntry): Task {
    const task = shownTask(entry);
    task.status = this.statusHere(entry);
    return task;
  }

  /** Why a new task cannot have an id of its caller's own that is not here, or null. */
  refusalOf(id: string): InvalidParametersError | null {
    // What is not here is nowhere.
    if (this.#elsewhere.isAlone) return null;
    if (this.isVolatile) {
      const status = this.#elsewhere.statusOf(id);
      return status && takenElsewhere(id, status);
    }
    const hasRow = this.#elsewhere.hasRow(id);
    if (!hasRow && !this.#neighbours.any) return null;
    const record = this.#elsewhere.find(id);
    return hasRow || record ? takenElsewhere(id, record?.status ?? null) : null;
  }

  /** Tasks leave memory, but not the figures. */
  remove(entries: readonly BookEntry[]): void {
    for (const entry of entries) {
      if (!entry.isShown) continue;
      entry.isShown = false;
      if (entry.live.attemptRunning) this.#draining.add(entry);
      else this.#gone.add(entry, entry.told);
      this.#table.release(entry);
    }
    if (this.#draining.size > 0) this.#countReturned();
  }

  /** The figures of all tasks that were ever here. O(tasks in memory). */
  stats(): ExecutionStats {
    this.#countReturned();
    return this.#gone.with([...this.entries, ...this.#draining], this.statusHere);
  }

  #countReturned(): void {
    for (const entry of this.#draining) {
      if (entry.live.attemptRunning) continue;
      this.#draining.delete(entry);
      this.#gone.add(entry, entry.told);
    }
  }

  #stored(id: string): Task | null {
    const record = this.#recorded(id);
    return record && storedTask(id, record);
  }

  /** What the store has of a task that is not in memory. */
  #recorded(id: string): TaskRecord | null {
    return this.#isReadable && typeof id === "string" ? this.#elsewhere.find(id) : null;
  }

  /** Whether the store has anything that is not here, and is not closed. */
  get #isReadable(): boolean {
    return !this.#elsewhere.isAlone && this.#runtime.closing === null;
  }
}

const hasEnded = ({ told }: BookEntry): boolean => isTerminalStatus(told);
