import { type InvalidParametersError, isMemoryStore } from "@orch/core";
import { storedTask } from "./book-entry.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { type ExecutionStats, TaskTally } from "./execution-stats.ts";
import { Neighbours } from "./neighbours.ts";
import { takenElsewhere } from "./orchestrator-failure.ts";
import type { Task } from "./task.ts";
import { isMadeHere } from "./task-key.ts";
import type { TaskRuntime } from "./task-runtime.ts";

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

  /** Why a new task cannot have an id that is not here, or null: only one of a caller's own can be in the store already. */
  refusalOf(id: string): InvalidParametersError | null {
    if (this.isVolatile || isMadeHere(id)) return null;
    const hasRow = this.#elsewhere.hasRow(id);
    if (!hasRow && !this.#neighbours.any) return null;
    const record = this.#elsewhere.find(id);
    return hasRow || record ? takenElsewhere(id, record?.status ?? null) : null;
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
