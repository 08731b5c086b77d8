import { isMemoryStore, type Store } from "@orch/core";
import { type BacklogTask, backlogOf, backlogOwners, type Marks, marksOf, recordIn } from "./backlog-row.ts";
import { readTask, type TaskRecord } from "./task-record.ts";

/** An unfinished task of another instance. */
interface Found {
  readonly owner: string;
  readonly task: BacklogTask;
  readonly marks: Marks;
}

/**
 * Tasks that are not in this process's memory: those that have ended, by their records, and unfinished ones of other
 * instances, by their backlogs. The backlogs are read once in a turn of the event loop, and only when another process has
 * written since: O(unfinished tasks of the others).
 */
export class Elsewhere {
  readonly #store: Store;
  readonly #instance: string;
  #found: ReadonlyMap<string, Found> = new Map();
  #version: number | null = null;
  #isFresh = false;

  /** `instance` is this process. */
  constructor(store: Store, instance: string) {
    this.#store = store;
    this.#instance = instance;
  }

  /** The record of a task, or null for an id that nothing has and for a record that cannot be read. */
  find(id: string): TaskRecord | null {
    const ended = readTask(id, this.#store);
    if (ended !== null || isMemoryStore(this.#store)) return ended;
    this.#refresh();
    const found = this.#found.get(id);
    return found ? recordIn(found.task, found.marks, this.#store) : null;
  }

  /** The instance that has an unfinished task, or null. */
  ownerOf(id: string): string | null {
    this.#refresh();
    return this.#found.get(id)?.owner ?? null;
  }

  #refresh(): void {
    if (this.#isFresh) return;
    this.#isFresh = true;
    setImmediate(() => {
      this.#isFresh = false;
    });
    const version = this.#store.foreignVersion();
    if (version === this.#version) return;
    this.#version = version;
    this.#found = new Map(
      backlogOwners(this.#store)
        .filter((owner) => owner !== this.#instance)
        .flatMap((owner) => this.#tasksOf(owner)),
    );
  }

  #tasksOf(owner: string): [id: string, found: Found][] {
    const marks = marksOf(owner, this.#store);
    const tasks = backlogOf(owner, this.#store).flatMap((row) => row.tasks);
    return tasks.map((task) => [task.id, { owner, task, marks }]);
  }
}
