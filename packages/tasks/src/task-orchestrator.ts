import { EventBus, InvalidParametersError } from "@orch/core";
import { type BlockedTask, blockedReport, isStuck } from "./blocked-report.ts";
import { DependencyFailedError, TaskCancelledError } from "./errors.ts";
import type { TaskEvent } from "./events.ts";
import { type ExecutionStats, TaskTally } from "./execution-stats.ts";
import { failureOf } from "./failure.ts";
import { Task, type TaskInit } from "./task.ts";
import { TaskBook } from "./task-book.ts";
import type { TaskResult } from "./task-result.ts";
import { TaskRuntime, type TaskRuntimeOptions } from "./task-runtime.ts";
import { specOf } from "./task-spec.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";
import { Waiters } from "./waiters.ts";

/** Options of a {@link TaskOrchestrator}. */
export interface TaskOrchestratorOptions extends TaskRuntimeOptions {
  /** Where it is told what happens to tasks. @default a bus of its own */
  readonly events?: EventBus<TaskEvent>;
  /** Whether results are cached of tasks that do not say it themselves. @default false */
  readonly cache?: boolean;
}

/** What {@link TaskOrchestrator.waitForCompletion} waits for, and how long. */
export interface WaitForTasks {
  /** @default for ever */
  readonly timeoutMs?: number;
  /** @default all tasks that were added so far */
  readonly taskIds?: readonly string[];
}

/** How long {@link TaskOrchestrator.stopExecution} waits for running work by default. */
const STOP_MS = 5000;

/**
 * Runs single tasks in the order of their priorities and dependencies; every task and every change is in the store before
 * it is told. Tasks start in the order of priority, first in, first out within a level, and at most `maxWorkers` run at
 * once. A caller's `Task` follows what happens to it. Nothing is started before {@link startExecution}, which
 * {@link submitTask} and {@link executeTask} call.
 */
export class TaskOrchestrator {
  readonly runtime: TaskRuntime;
  readonly events: EventBus<TaskEvent>;
  readonly #tasks = new Map<string, Task>();
  readonly #cleared = new TaskTally();
  readonly #book: TaskBook;
  readonly #cache: boolean;
  readonly #waiters = new Waiters();

  constructor(options: TaskOrchestratorOptions = {}) {
    this.runtime = new TaskRuntime(options);
    this.#cache = options.cache ?? false;
    this.events = options.events ?? new EventBus<TaskEvent>({ logger: this.runtime.logger });
    this.#book = new TaskBook(this.events, {
      changed: (ended) => {
        for (const { id } of ended) this.#waiters.ended(id);
        // Tasks that are blocked for ever are all that is left.
        if (this.#waiters.size > 0 && this.runtime.idle) this.#waiters.giveUp();
      },
      failed: (error) => this.#waiters.fail(error),
    });
    this.runtime.attach(this.#book);
    this.runtime.pause();
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
   * starts. Throws INVALID_PARAMETERS for a bad value, an id that is there already or a task that has run before, and the
   * error that ended the loop when it has ended.
   */
  addTask(init: Task | TaskInit): string {
    const task = Task.from(init);
    if (this.#tasks.has(task.id))
      throw new InvalidParametersError(`Task '${task.id}' exists already`, { details: { task_id: task.id } });
    if (task.status !== "pending") throw notPending(task);
    const spec = specOf(task, { ledger: this.runtime.ledger, cache: this.#cache });
    this.runtime.post(this.#book, { type: "add", task, spec });
    this.#tasks.set(task.id, task);
    return task.id;
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

  /** Starts nothing new; waits for running work, then cancels it. It may be started again. */
  async stopExecution({ timeoutMs = STOP_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    await this.runtime.stop(timeoutMs);
  }

  /**
   * Adds the task if it is new, starts the loop, and resolves when the task has ended, however it ended. Rejects with
   * INVALID_PARAMETERS for an invalid task, with DEPENDENCY_FAILED when it waits for what cannot ever finish, and with the
   * error that ended the loop.
   */
  async executeTask(init: Task | TaskInit): Promise<TaskResult> {
    const task = Task.from(init);
    if (this.#tasks.get(task.id) !== task) this.addTask(task);
    this.startExecution();
    if (task.result === null) await this.#wait([task.id]);
    if (task.result === null) throw this.#neverReady(task);
    return task.result;
  }

  /**
   * Whether all tasks (or those named) have ended, waiting for it up to `timeoutMs`. False at once when what has not ended
   * is blocked for ever, by a cycle or an id that nothing has. Rejects with the error that ended the loop.
   */
  async waitForCompletion(options: WaitForTasks | number = {}): Promise<boolean> {
    const { timeoutMs, taskIds } = typeof options === "number" ? { timeoutMs: options } : options;
    const ids = taskIds ?? [...this.#tasks.keys()];
    const open = ids.filter((id) => (this.#tasks.get(id)?.result ?? null) === null);
    return this.#wait(open, timeoutMs);
  }

  /** Why tasks wait, in the order of adding: for a cycle, for an id that nothing has, for another task, for resources. */
  getBlockedReport(): BlockedTask[] {
    return blockedReport(this.#book.entries(), (id) => this.#book.entry(id));
  }

  /**
   * Cancels a task that has not ended: it never starts, or its signal is aborted. False for another one. What its code
   * has returned before the next tick still counts.
   */
  cancelTask(id: string): boolean {
    const task = this.#tasks.get(id);
    if (!task || isTerminalStatus(task.status)) return false;
    const failure = failureOf(new TaskCancelledError(`Task '${task.name}' was cancelled`));
    this.runtime.post(this.#book, { type: "cancel", id, failure });
    return true;
  }

  /** The task of an id, or null. */
  getTask(id: string): Task | null {
    return this.#tasks.get(id) ?? null;
  }

  /** The result of a task that has ended, else null. */
  getTaskResult(id: string): TaskResult | null {
    return this.#tasks.get(id)?.result ?? null;
  }

  /** The status of a task, or null for an unknown id. */
  getTaskStatus(id: string): TaskStatus | null {
    return this.#tasks.get(id)?.status ?? null;
  }

  /** Tasks in the order of their creation. */
  listTasks(status?: TaskStatus): Task[] {
    return [...this.#tasks.values()].filter((task) => status === undefined || task.status === status);
  }

  /** Forgets the tasks that have ended and returns how many; they stay in the store and in the figures. */
  clearCompleted(): number {
    const ended = [...this.#tasks.values()].filter(({ result }) => result !== null);
    for (const task of ended) {
      this.#cleared.add(task);
      this.#tasks.delete(task.id);
    }
    this.#book.forgetEnded();
    return ended.length;
  }

  /** How many tasks there are in which status, how long they took, how many succeeded. O(tasks). */
  getExecutionStats(): ExecutionStats {
    return this.#cleared.with(this.#tasks.values());
  }

  /** Ends everything, see {@link TaskRuntime.close}: waits up to `graceMs` for running work. Closes the store. */
  async close(options?: { readonly graceMs?: number }): Promise<void> {
    await this.runtime.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #wait(ids: readonly string[], timeoutMs?: number): Promise<boolean> {
    if (ids.length === 0) return Promise.resolve(true);
    if (this.runtime.idle || this.#areStuck(ids))
      return this.runtime.error ? Promise.reject(this.runtime.error) : Promise.resolve(false);
    return this.#waiters.wait(ids, this.runtime.clock, timeoutMs);
  }

  /** Whether none of these can end. Only what is decided counts: what was posted may bring the missing one. */
  #areStuck(ids: readonly string[]): boolean {
    if (this.runtime.pending) return false;
    const stuck = new Set(this.getBlockedReport().flatMap((each) => (isStuck(each) ? each.taskId : [])));
    return stuck.size > 0 && ids.every((id) => stuck.has(id));
  }

  #neverReady(task: Task): DependencyFailedError {
    const { path = [], reason } = this.getBlockedReport().find(({ taskId }) => taskId === task.id) ?? {};
    return new DependencyFailedError(
      `Task '${task.name}' can never start: ${reason === "cycle" ? "its dependencies form a cycle" : "a dependency does not exist"}`,
      {
        details: { task_id: task.id, reason, path },
        suggestions: ["Add the missing task, or leave the dependency out."],
      },
    );
  }
}

const notPending = ({ id, status }: Task): InvalidParametersError =>
  new InvalidParametersError(`Task '${id}' is ${status} already: a task runs once`, {
    details: { task_id: id, status },
    suggestions: ["Make a new task."],
  });
