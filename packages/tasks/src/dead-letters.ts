import { type Clock, newId, StorageError, type Store, toDate } from "@orch/core";
import { type DeadLetter, type DeadLetterList, listDeadLetters, readDeadLetter } from "./dead-letter.ts";
import { TaskNotFoundError } from "./errors.ts";
import { readTask, taskOf } from "./task-record.ts";
import { requestOf, type TaskRequest } from "./task-request.ts";

/** What {@link DeadLetters} works with. */
interface DeadLettersInit {
  readonly store: Store;
  readonly clock: Clock;
  readonly submit: (request: TaskRequest, idempotencyKey: string, replaces: string) => void;
  readonly discard: (id: string) => void;
}

/**
 * Tasks that gave up: they failed or timed out with no retry left, or were set aside because their process died again and
 * again while they ran (EXECUTION_PARKED). Of all processes on one store.
 */
export class DeadLetters {
  readonly #init: DeadLettersInit;

  /** @internal */
  constructor(init: DeadLettersInit) {
    this.#init = init;
  }

  /** The newest first, for ids that were made here; ids of the caller's own are in the order of their characters. */
  list(options: DeadLetterList = {}): DeadLetter[] {
    return listDeadLetters(this.#init.store, options);
  }

  /** That a task gave up, and why; null when it did not, or was submitted again or discarded since. */
  get(id: string): DeadLetter | null {
    return readDeadLetter(id, this.#init.store);
  }

  /**
   * Submits a task that gave up again and returns the id of the new task: the same work with the same idempotency key and
   * all its retries. When another process is faster, the new task is cancelled. Throws TASK_NOT_FOUND when there is none,
   * STORE_CORRUPT when its record was damaged: what it was to do is not known whole.
   */
  retry(id: string): string {
    const { store, clock, submit } = this.#init;
    const record = this.get(id) && readTask(id, store);
    if (!record) throw noDeadLetter(id);
    if (record.is_damaged) throw lost(id);
    const task = taskOf(newId(), record, toDate(clock.now()));
    task.metadata = { ...task.metadata, retry_of: id };
    submit(requestOf(task), record.idempotency_key ?? id, id);
    return task.id;
  }

  /** Lets a task that gave up go: it leaves the list, its record stays. False when there is none. */
  discard(id: string): boolean {
    if (this.get(id) === null) return false;
    this.#init.discard(id);
    return true;
  }
}

const lost = (id: string): StorageError =>
  new StorageError(`Task '${id}' cannot be submitted again: its record was damaged`, {
    code: "STORE_CORRUPT",
    retryable: false,
    details: { task_id: id },
    suggestions: ["Submit a new task with the same parameters, or let it go with discardDeadLetter."],
  });

const noDeadLetter = (id: string): TaskNotFoundError =>
  new TaskNotFoundError(`There is no dead letter of task '${id}'`, {
    details: { task_id: id },
    suggestions: ["List them with deadLetters.list(). One that was submitted again or discarded is gone."],
  });
