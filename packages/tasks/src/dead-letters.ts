import { type Clock, newId, type OrchestrationError, StorageError, type Store, toDate } from "@orch/core";
import { needOptions, readArgument, shownName, shownValue, wrongArgument } from "@orch/core/base";
import { type DeadLetter, type DeadLetterList, listDeadLetters, readDeadLetter } from "./dead-letter.ts";
import { TaskNotFoundError } from "./errors.ts";
import { TASK_ID } from "./task-key.ts";
import { readTask, taskOf } from "./task-record.ts";
import { requestOf, type TaskRequest } from "./task-request.ts";

/** What {@link DeadLetters} works with. */
interface DeadLettersInit {
  readonly store: Store;
  readonly clock: Clock;
  readonly submit: (request: TaskRequest, idempotencyKey: string, replaces: string) => void;
  readonly discard: (id: string) => void;
  /** The error of calls that come when the store is closed, or null. */
  readonly refusal: () => OrchestrationError | null;
}

const LIST_OPTIONS = { limit: true, after: true } as const satisfies Record<keyof DeadLetterList, true>;

/**
 * Tasks that gave up: they failed or timed out with no retry left, or were set aside because their process died again and
 * again while they ran (EXECUTION_PARKED). Of all processes on one store. When that is closed all calls throw
 * EXECUTOR_SHUTDOWN.
 */
export class DeadLetters {
  readonly #init: DeadLettersInit;

  /** @internal */
  constructor(init: DeadLettersInit) {
    this.#init = init;
  }

  /**
   * The newest first, for ids that were made here; ids of the caller's own are in the order of their characters. Throws
   * INVALID_PARAMETERS.
   */
  list(options: DeadLetterList = {}): DeadLetter[] {
    const checked = checkList(options);
    this.#refuseClosed();
    return listDeadLetters(this.#init.store, checked);
  }

  /** That a task gave up, and why; null when it did not, or was submitted again or discarded since. */
  get(id: string): DeadLetter | null {
    this.#refuseClosed();
    return typeof id === "string" ? readDeadLetter(id, this.#init.store) : null;
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

  #refuseClosed(): void {
    const refusal = this.#init.refusal();
    if (refusal) throw refusal;
  }
}

/** A copy of which dead letters are listed. Throws INVALID_PARAMETERS. */
function checkList(options: DeadLetterList): DeadLetterList {
  const what = "the options of deadLetters.list";
  needOptions(what, options, LIST_OPTIONS);
  const { limit = 100, after } = readArgument(what, () => ({ ...options }));
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0))
    throw wrongArgument("limit", "a whole number from 0", limit);
  if (after === undefined) return { limit };
  if (typeof after !== "string" || !TASK_ID.test(after))
    throw wrongArgument("after", "the id of a task", after);
  return { limit, after };
}

const lost = (id: string): StorageError =>
  new StorageError(`Task '${id}' cannot be submitted again: its record was damaged`, {
    code: "STORE_CORRUPT",
    retryable: false,
    details: { task_id: id },
    suggestions: ["Submit a new task with the same parameters, or let it go with discardDeadLetter."],
  });

const noDeadLetter = (id: string): TaskNotFoundError =>
  new TaskNotFoundError(`There is no dead letter of task ${shownName(id)}`, {
    details: { task_id: typeof id === "string" ? id : shownValue(id) },
    suggestions: ["List them with deadLetters.list(). One that was submitted again or discarded is gone."],
  });
