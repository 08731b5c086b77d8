import { isMemoryStore, type Store, type StoreReader } from "@orch/core";
import {
  type BacklogTask,
  backlogOf,
  backlogOwners,
  type Marks,
  marksOf,
  recordIn,
  remainsInRow,
} from "./backlog-row.ts";
import { damagedKey } from "./damaged-record.ts";
import { type NearTasks, nearTasksOf } from "./near-tasks.ts";
import { OthersVersion } from "./others-version.ts";
import { StoredIds } from "./stored-ids.ts";
import { taskKey } from "./task-key.ts";
import { parseTask, readTask, type TaskRecord } from "./task-record.ts";
import { remainsIn, type TaskRemains } from "./task-remains.ts";
import type { TaskStatus } from "./task-status.ts";

/** An unfinished task of another instance. */
interface Found {
  readonly owner: string;
  readonly task: BacklogTask;
  readonly marks: Marks;
}

/**
 * Tasks that are not in this process's memory: those that have ended, by their records, and unfinished ones of other
 * instances, by their backlogs. The backlogs are read once in a turn of the event loop, and only when another process has
 * written since: O(unfinished tasks of the others). On a memory store the other orchestrators are asked themselves.
 */
export class Elsewhere {
  readonly #store: Store;
  readonly #instance: string;
  /** What others than this process have written. */
  readonly others: OthersVersion;
  readonly #ids: StoredIds;
  /** The orchestrators on a memory store, this one too; null for a store on disk. */
  readonly #near: NearTasks[] | null;
  #found: ReadonlyMap<string, Found> = new Map();
  #version: number | null = null;
  #isFresh = false;
  #since: number | null = null;
  /** What other processes had written by then. */
  #foreign = 0;
  #lookedIn: StoreReader | null = null;

  /** `instance` is this process. */
  constructor(store: Store, instance: string) {
    this.#store = store;
    this.#instance = instance;
    this.others = new OthersVersion(store);
    this.#ids = StoredIds.of(store);
    this.#near = isMemoryStore(store) ? nearTasksOf(store) : null;
  }

  /** Whether nobody else can have tasks in the store: it is memory, and of one orchestrator. */
  get isAlone(): boolean {
    return this.#near !== null && this.#near.length < 2;
  }

  /** The tasks of this orchestrator can be seen by others on a memory store; nothing happens with one on disk. */
  join(tasks: NearTasks): void {
    this.#near?.push(tasks);
    if (!this.isAlone) for (const each of this.#near ?? []) each.joined();
  }

  /** Cancels an unfinished task of another orchestrator on a memory store; false for any other. */
  cancelNear(id: string): boolean {
    return this.#othersNear().some((each) => each.cancel(id));
  }

  /** The record of a task, or null for an id that nothing has. Throws as {@link readTask}. */
  find(id: string): TaskRecord | null {
    const ended = readTask(id, this.#store);
    if (ended !== null) return ended;
    if (this.#near !== null) return this.#findNear(id);
    this.#refresh();
    const found = this.#found.get(id);
    return found ? recordIn(found.task, found.marks, this.#store) : null;
  }

  /** What can be read of a task whose record is damaged. One in a backlog has not ended, as far as is known. */
  remains(id: string): TaskRemains {
    this.#refresh();
    const found = this.#found.get(id);
    if (!found) return remainsIn(id, this.#store);
    return { status: "running", ...remainsInRow(found.task, found.marks, this.#store) };
  }

  /** How a task stands; null for an id that nothing has, and where a damaged record does not say. */
  statusOf(id: string): TaskStatus | null {
    try {
      return this.find(id)?.status ?? null;
    } catch (error) {
      if (damagedKey(error) === null) throw error;
      return this.remains(id).status ?? null;
    }
  }

  /**
   * Whether a task has a row of its own: it has ended, or is large. O(1); nothing is read for an id of a caller's own while
   * the store has none like it.
   */
  hasRow(id: string): boolean {
    this.#lookAtVersion();
    return this.#ids.mayHave(id, this.#foreign) && this.#store.get(taskKey(id)) !== undefined;
  }

  /** The task gets a row of its own. */
  wrote(id: string): void {
    this.#ids.wrote(id);
  }

  /** A version of the store that all that is read in this turn of the event loop belongs to, or to a later one. */
  get version(): number {
    return this.#lookAtVersion();
  }

  #lookAtVersion(): number {
    if (this.#since === null) {
      // Not a later one than that of the backlogs as they were read in this turn.
      this.#since = (this.#isFresh ? this.#version : null) ?? this.others.now();
      this.#foreign = this.#store.foreignVersion();
      setImmediate(() => {
        this.#since = null;
      });
    }
    return this.#since;
  }

  /** Whether another instance has a task of this id that has not ended, asked within a transaction. */
  isTaken(id: string, tx: StoreReader): boolean {
    this.#lookIn(tx);
    return this.#found.has(id);
  }

  /** Whether another process has written since a version, asked within a transaction. */
  hasChanged(version: number, tx: StoreReader): boolean {
    this.#lookIn(tx);
    return this.#version !== version;
  }

  /** The instance that has an unfinished task, or null. */
  ownerOf(id: string): string | null {
    const near = this.#othersNear().find((each) => each.find(id) !== null);
    if (near) return near.instance;
    this.#refresh();
    return this.#found.get(id)?.owner ?? null;
  }

  /** What was read earlier in this turn of the event loop may be from before the transaction. */
  #lookIn(tx: StoreReader): void {
    if (this.#lookedIn === tx) return;
    this.#lookedIn = tx;
    this.#readAgain();
  }

  #othersNear(): NearTasks[] {
    return this.#near?.filter(({ instance }) => instance !== this.#instance) ?? [];
  }

  #findNear(id: string): TaskRecord | null {
    for (const { find } of this.#othersNear()) {
      const record = find(id);
      if (record !== null) return parseTask(record);
    }
    return null;
  }

  #refresh(): void {
    if (this.#isFresh) return;
    this.#isFresh = true;
    setImmediate(() => {
      this.#isFresh = false;
    });
    this.#readAgain();
  }

  #readAgain(): void {
    const version = this.others.now();
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
