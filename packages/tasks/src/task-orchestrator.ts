import { EventBus } from "@orch/core";
import { needWord } from "@orch/core/base";
import { Adopter, type RecoveredTasks } from "./adopter.ts";
import { type BlockedTask, blockedReport, blockedTask } from "./blocked-report.ts";
import type { BookEntry } from "./book-entry.ts";
import { CancelWatch } from "./cancel-watch.ts";
import type { Why } from "./cause.ts";
import { Completion } from "./completion.ts";
import { mayHaveLetter } from "./dead-letter.ts";
import { DeadLetters } from "./dead-letters.ts";
import { DeadlockTeller } from "./deadlock.ts";
import { EntryTable } from "./entry-table.ts";
import type { TaskEvent } from "./events.ts";
import type { ExecutionStats } from "./execution-stats.ts";
import { failureOf } from "./failure.ts";
import { joinResources } from "./join-resources.ts";
import { neverReady, taskCancelled } from "./orchestrator-failure.ts";
import {
  checkStop,
  checkWait,
  readOrchestratorOptions,
  type StopOptions,
  type TaskOrchestratorOptions,
  type WaitForTasks,
} from "./orchestrator-options.ts";
import { recordSweeper } from "./record-sweeper.ts";
import { retentionOf } from "./retention.ts";
import { shownResult } from "./shown-task.ts";
import type { Sweeper } from "./sweeper.ts";
import { Task, type TaskInit } from "./task.ts";
import { TaskBook } from "./task-book.ts";
import { isTask, TaskIntake } from "./task-intake.ts";
import { type ListTasksOptions, listStoredTasks, type TaskEntry } from "./task-list.ts";
import type { TaskResult } from "./task-result.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import { TaskShelf } from "./task-shelf.ts";
import { type SpecDefaults, specDefaults, specOf } from "./task-spec.ts";
import { isTerminalStatus, TaskStatus } from "./task-status.ts";
import { shortOf } from "./waiting-causes.ts";
import { whyOf } from "./why.ts";

const STATUSES = Object.values(TaskStatus);

/**
 * Runs single tasks in the order of their priorities and dependencies; every task and every change is in the store before
 * it is told. Tasks start in the order of priority, first in, first out within a level, and at most `maxWorkers` run at
 * once. A caller's `Task` follows what happens to it. Nothing is started before {@link startExecution}, which
 * {@link submitTask} and {@link executeTask} call.
 */
export class TaskOrchestrator {
  readonly runtime: TaskRuntime;
  readonly events: EventBus<TaskEvent>;
  /** Tasks that gave up. */
  readonly deadLetters: DeadLetters;
  readonly #entries = new EntryTable();
  readonly #shelf: TaskShelf;
  readonly #book: TaskBook;
  readonly #defaults: SpecDefaults;
  readonly #intake: TaskIntake;
  readonly #adopter: Adopter;
  readonly #completion: Completion;
  readonly #sweeper: Sweeper;
  readonly #deadlocks = new DeadlockTeller((event) => this.events.emit(event));
  readonly #cancels: CancelWatch;

  /** Throws INVALID_PARAMETERS for options that are none. */
  constructor(given: TaskOrchestratorOptions = {}) {
    const options = readOrchestratorOptions(given);
    this.runtime = joinResources(options);
    this.#defaults = specDefaults(options, this.runtime);
    this.#shelf = new TaskShelf(this.runtime, this.#entries);
    this.events = options.events ?? new EventBus<TaskEvent>({ logger: this.runtime.logger });
    const retention = retentionOf(options.retention, this.#shelf);
    this.#book = this.#makeBook(retention.inMemory);
    this.#sweeper = recordSweeper({ runtime: this.runtime, book: this.#book, shelf: this.#shelf, retention });
    this.#intake = new TaskIntake({
      runtime: this.runtime,
      shelf: this.#shelf,
      book: this.#book,
      defaults: this.#defaults,
      came: () => {
        this.#sweeper.start();
        if (!this.#shelf.isVolatile) this.#cancels.start();
      },
    });
    this.#cancels = new CancelWatch({
      runtime: this.runtime,
      cancel: (id) => this.cancelTask(id),
      statusOf: (id) => this.#shelf.statusOf(id),
    });
    this.#completion = new Completion({ runtime: this.runtime, shelf: this.#shelf, book: this.#book });
    this.#adopter = new Adopter({
      runtime: this.runtime,
      specOf: (request, rest) => specOf(request, { ...this.#defaults, ...rest }),
      post: (message) => this.runtime.post(this.#book, message),
      adopted: (tasks) => this.#takeOver(tasks),
    });
    this.deadLetters = new DeadLetters({
      store: this.runtime.store,
      clock: this.runtime.clock,
      refusal: () => this.runtime.closing,
      discard: (id) => this.runtime.post(this.#book, { type: "discard", id }),
      submit: (request, idempotencyKey, replaces) => {
        this.#intake.add(request, { defaults: { ...this.#defaults, idempotencyKey }, replaces });
        this.startExecution();
      },
    });
    this.runtime.attach(this.#book);
    this.runtime.pause();
    this.runtime.elsewhere.join({
      instance: this.runtime.instance.id,
      find: (id) => this.#shelf.recordHere(id),
      cancel: (id) => this.cancelTask(id),
      joined: () => this.#completion.joined(),
    });
  }

  /** Makes a task and adds it; the loop is not started. Throws as {@link addTask}. */
  createTask(
    name: string,
    module: string,
    action: string,
    options: Omit<TaskInit, "name" | "module" | "action"> = {},
  ): Task {
    const task = new Task({ ...options, name, module, action });
    this.addTask(task);
    return task;
  }

  /**
   * Adds a task and returns its id; it is in the store with the next tick. Its module and action are looked up when it
   * starts. Throws INVALID_PARAMETERS for a bad value, an id that is there already (in the store, too) or a task that has
   * run before; a task whose id another process takes in the same moment fails with that code. Throws LIMIT_EXCEEDED for parameters of more than 1 MiB, and the error that ended the
   * loop when it has ended.
   */
  addTask(init: Task | TaskInit): string {
    return this.#intake.accept(init).spec.id;
  }

  /** Adds a task and starts the loop. */
  submitTask(task: Task | TaskInit): string {
    const id = this.addTask(task);
    this.startExecution();
    return id;
  }

  /** Starts what can start, from now on. */
  startExecution(): void {
    this.runtime.resume();
  }

  /** Alias of {@link startExecution}. */
  startProcessing(): void {
    this.startExecution();
  }

  /** Alias of {@link startExecution}. */
  startBackgroundProcessing(): void {
    this.startExecution();
  }

  /**
   * Starts nothing new; waits for running work, then cancels it. It may be started again. Rejects with INVALID_PARAMETERS,
   * stopping nothing.
   */
  async stopExecution(options: StopOptions = {}): Promise<void> {
    await this.runtime.stop(checkStop(options));
  }

  /**
   * Adds the task if it is new, starts the loop, and resolves when the task has ended, however it ended; at once with the
   * result of one that has, as long as that is kept. Rejects with INVALID_PARAMETERS for an invalid task, with
   * DEPENDENCY_FAILED when it waits for what cannot ever finish, and with the error that ended the loop.
   */
  executeTask(init: Task | TaskInit): Promise<TaskResult> {
    try {
      const own = isTask(init) ? init : null;
      const known = own && this.#shelf.here(own.id);
      // It may have left memory since.
      const earlier = own && !known && isTerminalStatus(own.status) ? this.#shelf.resultOf(own.id) : null;
      if (earlier) return Promise.resolve(earlier);
      const entry = known && known.task === own ? known : this.#intake.accept(init);
      this.startExecution();
      const result = shownResult(entry);
      if (result !== null) return Promise.resolve(result);
      return this.#completion.waitFor([entry]).then(() => this.#resultOf(entry));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Whether all tasks (or those named) have ended, waiting for it up to `timeoutMs`. False at once when what has not ended
   * is blocked for ever, by a cycle or an id that nothing has. Rejects with INVALID_PARAMETERS, and
   * with the error that ended the loop.
   */
  async waitForCompletion(options: WaitForTasks | number = {}): Promise<boolean> {
    const { timeoutMs, taskIds } = checkWait(options);
    if (taskIds === undefined) return this.#completion.waitFor(this.#open(), timeoutMs);
    const away = this.#shelf.areMany(taskIds) ? await this.#shelf.endedAway(taskIds) : null;
    return this.#completion.wait(
      taskIds.filter((id) => !away?.has(id) && !this.#shelf.hasEnded(id)),
      timeoutMs,
    );
  }

  /** Why tasks wait, in the order of adding: for a cycle, for an id that nothing has, for another task, for resources. */
  getBlockedReport(): BlockedTask[] {
    return blockedReport(this.#book.entries(), this.#book.find, (task) => shortOf(task, this.runtime));
  }

  /**
   * What stands in the way of a task now, and of what it waits for, with numbers: when all of it is gone, it starts. Null for
   * an unknown id. O(ready tasks).
   */
  why(id: string): Why | null {
    if (typeof id !== "string") return null;
    return whyOf(id, { book: this.#book, here: (each) => this.#shelf.here(each) }, this.runtime);
  }

  /**
   * Cancels a task that has not ended: it never starts, or its signal is aborted. False for another one. What its code
   * has returned before the next tick still counts.
   */
  cancelTask(id: string): boolean {
    const entry = this.#shelf.here(id);
    if (!entry || isTerminalStatus(entry.told)) return false;
    const failure = failureOf(taskCancelled(entry.spec.name));
    if (!this.runtime.cancelRunning(entry.live, failure))
      this.runtime.post(this.#book, { type: "cancel", id, failure });
    return true;
  }

  /**
   * Cancels a task wherever it is: one of another process by a request, which that finds within 250 ms, or whoever takes the
   * task over when it is gone. Resolves once that is on disk; false for one that has ended or that nobody knows. Throws
   * STORE_LOCKED.
   */
  async requestCancel(id: string): Promise<boolean> {
    if (this.cancelTask(id) || this.runtime.elsewhere.cancelNear(id)) return true;
    const status = this.getTaskStatus(id);
    if (status === null || isTerminalStatus(status)) return false;
    await this.#cancels.ask(id);
    return true;
  }

  /**
   * The task of an id, or null. One that left memory, or is another process's, is read from the store, as long as that is
   * not closed: it does not follow.
   */
  getTask(id: string): Task | null {
    return this.#shelf.find(id);
  }

  /** The result of a task that has ended, made for who asks, else null. O(size) */
  getTaskResult(id: string): TaskResult | null {
    return this.#shelf.resultOf(id);
  }

  /** The status of a task, or null for an unknown id. */
  getTaskStatus(id: string): TaskStatus | null {
    return this.#shelf.statusOf(id);
  }

  /**
   * The tasks in memory in the order of their creation: all that have not ended, and the last that have. Throws
   * INVALID_PARAMETERS for what is no status.
   */
  listTasks(status?: TaskStatus): Task[] {
    if (status !== undefined) needWord("status", status, STATUSES);
    const wanted = [...this.#shelf.entries].filter(
      (entry) => status === undefined || this.#shelf.statusHere(entry) === status,
    );
    return wanted.map((entry) => this.#shelf.show(entry));
  }

  /**
   * The tasks of a store on disk, newest first: those that have ended and whose records are kept, and the unfinished ones of
   * all processes, as they are on disk. One whose process is gone is `interrupted`. O(tasks that are recorded)
   */
  listStoredTasks(options: ListTasksOptions = {}): TaskEntry[] {
    return this.#shelf.isVolatile ? [] : listStoredTasks(this.runtime, options);
  }

  /** Forgets the tasks that have ended and returns how many; they stay in the figures, and in a store on disk. */
  clearCompleted(): number {
    const ended = [...this.#shelf.entries].filter(({ told }) => isTerminalStatus(told));
    this.#shelf.remove(ended);
    this.#book.forgetEnded();
    if (this.#shelf.isVolatile && ended.some(mayHaveLetter) && !this.runtime.error)
      this.runtime.post(this.#book, {
        type: "forget",
        ids: ended.filter(mayHaveLetter).map(({ spec }) => spec.id),
      });
    return ended.length;
  }

  /** Deletes what is recorded of tasks for longer than `retention` says, now; else that happens by itself, in the background. */
  async sweep(): Promise<void> {
    if (!this.#shelf.isVolatile) await this.#sweeper.runNow();
  }

  /** How many tasks there are in which status, how long they took, how many succeeded. O(tasks). */
  getExecutionStats(): ExecutionStats {
    return this.#shelf.stats();
  }

  /**
   * Takes over the tasks of processes that are gone, and resolves when it has them. None of them starts before
   * {@link startExecution}, as all others. What has ended is left alone, an attempt that was in flight counts as lost and
   * starts again with the next number and the same idempotency key, a delay before a retry goes on. One whose record is
   * damaged ends as failed (STORE_CORRUPT), and no other with it. Then it keeps looking, once a second, until {@link close}. Call it when the handlers given in
   * code are registered: tasks whose action is not known stay where they are and are returned as waiting. A task whose
   * process died three times in a row while it ran is set aside (EXECUTION_PARKED), see {@link deadLetters}. Rejects with
   * the error that ended the loop.
   */
  async recover(): Promise<RecoveredTasks> {
    if (this.runtime.error) throw this.runtime.error;
    const found = await this.#adopter.scan();
    this.#adopter.watch();
    return found;
  }

  /** Ends everything, see {@link TaskRuntime.close}: waits up to `graceMs` for running work. Closes the store. */
  async close(options?: { readonly graceMs?: number }): Promise<void> {
    await this.runtime.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #resultOf(entry: BookEntry): TaskResult {
    const { id, name } = entry.spec;
    const result = shownResult(entry);
    if (result === null) throw neverReady(name, blockedTask(id, this.#book.find));
    return result;
  }

  #lookForDeadlock(): void {
    if (this.runtime.idle) this.#deadlocks.look(this.getBlockedReport());
  }

  /** The tasks in memory that have not ended. */
  #open(): BookEntry[] {
    const open: BookEntry[] = [];
    for (const entry of this.#shelf.entries) if (!isTerminalStatus(entry.told)) open.push(entry);
    return open;
  }

  #takeOver(entries: readonly BookEntry[]): void {
    for (const entry of entries) this.#shelf.put(entry);
    this.#completion.adopted(entries);
    if (entries.length === 0) return;
    this.#cancels.start();
    this.#cancels.look();
  }

  #makeBook(retention: number): TaskBook {
    return new TaskBook({
      instance: this.runtime.instance.id,
      events: this.events,
      concurrency: this.#defaults.concurrency,
      retention,
      isVolatile: this.#shelf.isVolatile,
      elsewhere: this.runtime.elsewhere,
      sessions: this.runtime.sessions,
      entries: this.#entries,
      goOn: () => this.runtime.post(this.#book, { type: "go_on" }),
      listener: {
        changed: (ended) => {
          this.#completion.changed(ended);
          this.#sweeper.noteEnds(ended.length);
          if (this.events.hasListeners("tasks_deadlocked")) this.#lookForDeadlock();
        },
        forgotten: (entries) => this.#shelf.remove(entries),
        failed: (error) => {
          this.#completion.fail(error);
          this.#adopter.fail(error);
          this.#cancels.close();
          if (error.code === "EXECUTOR_SHUTDOWN") this.#sweeper.closeInOrder();
          else this.#sweeper.close();
        },
      },
    });
  }
}
