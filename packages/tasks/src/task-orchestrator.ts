import { EventBus, InvalidParametersError } from "@orch/core";
import { TaskCancelledError } from "./errors.ts";
import type { TaskEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { Task, type TaskInit } from "./task.ts";
import { TaskBook } from "./task-book.ts";
import type { TaskResult } from "./task-result.ts";
import { TaskRuntime, type TaskRuntimeOptions } from "./task-runtime.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";
import { Waiters } from "./waiters.ts";

/** Options of a {@link TaskOrchestrator}. */
export interface TaskOrchestratorOptions extends TaskRuntimeOptions {
  readonly events?: EventBus<TaskEvent>;
}

/** How long {@link TaskOrchestrator.stopExecution} waits for running work by default. */
const STOP_MS = 5000;

/** Runs single tasks in the order of their priorities and dependencies; every task and every change is in the store. */
export class TaskOrchestrator {
  readonly runtime: TaskRuntime;
  readonly events: EventBus<TaskEvent>;
  readonly #tasks = new Map<string, Task>();
  readonly #book: TaskBook;
  readonly #waiters = new Waiters();

  constructor(options: TaskOrchestratorOptions = {}) {
    this.runtime = new TaskRuntime(options);
    this.events = options.events ?? new EventBus<TaskEvent>({ logger: this.runtime.logger });
    this.#book = new TaskBook({
      ledger: this.runtime.ledger,
      events: this.events,
      onEnd: (task) => this.#waiters.ended(task.id),
      onFailure: (error) => this.#waiters.fail(error),
    });
    this.runtime.attach(this.#book);
    this.runtime.pause();
  }

  /** Makes a task and adds it; the loop is not started. */
  createTask(name: string, module: string, action: string, options: Omit<TaskInit, "name" | "module" | "action"> = {}): Task {
    const task = new Task({ ...options, name, module, action });
    this.addTask(task);
    return task;
  }

  /** Adds a task and returns its id. It is on disk with the next tick. Throws INVALID_PARAMETERS for an id that is there already. */
  addTask(init: Task | TaskInit): string {
    const task = Task.from(init);
    if (this.#tasks.has(task.id)) throw new InvalidParametersError(`Task '${task.id}' exists already`, { details: { task_id: task.id } });
    this.runtime.post(this.#book, { type: "add", task });
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

  /** Starts nothing new; waits for running work, then aborts it. It may be started again. */
  async stopExecution({ timeoutMs = STOP_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    await this.runtime.stop(timeoutMs);
  }

  /** Adds the task if it is new, starts the loop, and resolves when the task has ended, however it ended. */
  async executeTask(init: Task | TaskInit): Promise<TaskResult> {
    const task = Task.from(init);
    if (this.#tasks.get(task.id) !== task) this.addTask(task);
    this.startExecution();
    if (!isTerminalStatus(task.status)) await this.#waiters.wait([task.id], this.runtime.clock);
    return task.result as TaskResult;
  }

  /** Whether all tasks (or those named) have ended, waiting for it up to `timeoutMs`; without it for ever. */
  async waitForCompletion(options: { readonly timeoutMs?: number; readonly taskIds?: readonly string[] } | number = {}): Promise<boolean> {
    const { timeoutMs, taskIds } = typeof options === "number" ? { timeoutMs: options } : options;
    const tasks = taskIds ? taskIds.flatMap((id) => this.#tasks.get(id) ?? []) : [...this.#tasks.values()];
    const open = tasks.filter(({ status }) => !isTerminalStatus(status)).map(({ id }) => id);
    return this.#waiters.wait(open, this.runtime.clock, timeoutMs);
  }

  /** Cancels a task that has not ended; false for another one. */
  cancelTask(id: string): boolean {
    const task = this.#tasks.get(id);
    if (!task || isTerminalStatus(task.status)) return false;
    const failure = failureOf(new TaskCancelledError(`Task '${task.name}' was cancelled`));
    this.runtime.post(this.#book, { type: "cancel", id, failure });
    return true;
  }

  getTask(id: string): Task | null {
    return this.#tasks.get(id) ?? null;
  }

  /** The result of a task that has ended, else null. */
  getTaskResult(id: string): TaskResult | null {
    return this.#tasks.get(id)?.result ?? null;
  }

  getTaskStatus(id: string): TaskStatus | null {
    return this.#tasks.get(id)?.status ?? null;
  }

  /** Tasks in the order of their creation. */
  listTasks(status?: TaskStatus): Task[] {
    return [...this.#tasks.values()].filter((task) => status === undefined || task.status === status);
  }

  /** Stops, ends threads and closes the store. */
  async close(options?: { readonly graceMs?: number }): Promise<void> {
    await this.runtime.close(options);
  }
}
