import { isMemoryStore } from "@orch/core";
import { storedTask } from "./book-entry.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { type ExecutionStats, TaskTally } from "./execution-stats.ts";
import { Neighbours } from "./neighbours.ts";
import type { Task } from "./task.ts";
import { isMadeHere } from "./task-key.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import { isTerminalStatus } from "./task-status.ts";

/** The tasks of an orchestrator as its callers see them: those in memory, those that left it, those of others. */
export class TaskShelf {
  /** The store is memory, too: what is not here is nowhere. */
  readonly isVolatile: boolean;
  readonly #elsewhere: Elsewhere;
  readonly #look: (task: Task) => void;
  readonly #tasks = new Map<string, Task>();
  readonly #gone = new TaskTally();
  readonly #neighbours: Neighbours;

  /** `look` brings up to date what changes without a record. */
  constructor({ store, elsewhere }: Pick<TaskRuntime, "store" | "elsewhere">, look: (task: Task) => void) {
    this.#elsewhere = elsewhere;
    this.#look = look;
    this.isVolatile = isMemoryStore(store);
    this.#neighbours = new Neighbours(store);
  }

  /** Those in memory, in the order in which they were put there. */
  get all(): Task[] {
    const tasks = [...this.#tasks.values()];
    for (const task of tasks) this.#look(task);
    return tasks;
  }

  /** A task in memory. */
  here(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  put(task: Task): void {
    this.#tasks.set(task.id, task);
  }

  /** A task in memory, or as the store has it now. */
  find(id: string): Task | null {
    const task = this.#tasks.get(id);
    if (task) this.#look(task);
    if (task || this.isVolatile) return task ?? null;
    const record = this.#elsewhere.find(id);
    return record && storedTask(id, record);
  }

  /** Whether the store has an unfinished task of this id that is not here: only an id of a caller's own can be. */
  isElsewhere(id: string): boolean {
    if (this.isVolatile || isMadeHere(id) || !this.#neighbours.any) return false;
    const record = this.#elsewhere.find(id);
    return record !== null && !isTerminalStatus(record.status);
  }

  /** Tasks leave memory, but not the figures. */
  remove(tasks: readonly Task[]): void {
    for (const task of tasks) {
      if (this.#tasks.get(task.id) !== task) continue;
      this.#gone.add(task);
      this.#tasks.delete(task.id);
    }
  }

  /** The figures of all tasks that were ever here. O(tasks in memory). */
  stats(): ExecutionStats {
    return this.#gone.with(this.all);
  }
}
