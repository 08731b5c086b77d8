import { readArgument } from "@orch/core/base";
import { type BookEntry, bookEntry } from "./book-entry.ts";
import { existsAlready, notPending } from "./orchestrator-failure.ts";
import { Task, type TaskInit } from "./task.ts";
import type { TaskBook } from "./task-book.ts";
import { plainRequest, requestOf, type TaskRequest } from "./task-request.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import type { TaskShelf } from "./task-shelf.ts";
import { type SpecDefaults, specOf } from "./task-spec.ts";
import { refuseUnfit } from "./unfit-task.ts";

/** What a {@link TaskIntake} works with. */
interface IntakeInit {
  readonly runtime: TaskRuntime;
  readonly shelf: TaskShelf;
  readonly book: TaskBook;
  readonly defaults: SpecDefaults;
  /** Called when the first task has come in. */
  readonly came: () => void;
}

/** What is said of a task that is added, beside what it asks for. */
interface Adding {
  /** @default those of the orchestrator */
  readonly defaults?: SpecDefaults;
  /** The caller's own. @default null */
  readonly task?: Task | null;
  /** The id of a dead letter that it is the next try of. @default null */
  readonly replaces?: string | null;
  /** See {@link BookEntry.freeSince}. @default null */
  readonly freeSince?: number | null;
}

/** Takes new tasks in: checks them, puts them on the shelf, and sends them to the book. */
export class TaskIntake {
  readonly #init: IntakeInit;
  #hasCome = false;

  constructor(init: IntakeInit) {
    this.#init = init;
  }

  /** A task of a caller's. Throws as `TaskOrchestrator.addTask`, and changes nothing then. */
  accept(init: Task | TaskInit): BookEntry {
    const { runtime, shelf, book } = this.#init;
    const plain = isTask(init) ? null : plainRequest(init);
    const task = plain ? null : readArgument("task", () => Task.from(init));
    const request = plain ?? requestOf(task as Task);
    const { id, hasOwnId } = request;
    // Nobody has an id that was made just now.
    const mayBeHere = task !== null || hasOwnId;
    if (mayBeHere && shelf.here(id)) throw existsAlready(id);
    if (task && task.status !== "pending") throw notPending(task);
    if (runtime.error) throw runtime.error;
    // One that was cleared, and that others still need, is in the book alone.
    if (mayBeHere && book.entry(id)) throw existsAlready(id);
    const freeSince = hasOwnId ? runtime.elsewhere.version : null;
    const refusal = hasOwnId ? shelf.refusalOf(id) : null;
    if (refusal !== null) throw refusal;
    refuseUnfit(request);
    return this.add(request, { task, freeSince });
  }

  /** A task that nothing speaks against. Throws INVALID_PARAMETERS for resources that make no demand. */
  add(request: TaskRequest, adding: Adding): BookEntry {
    const { runtime, shelf, book } = this.#init;
    const { defaults = this.#init.defaults, task = null, replaces = null, freeSince = null } = adding;
    const spec = specOf(request, defaults);
    const group = defaults.concurrency.enter(request);
    const entry = bookEntry(spec, { owner: book, group, task, freeSince });
    runtime.post(book, { type: "add", entry, replaces });
    shelf.put(entry);
    if (!this.#hasCome) this.#init.came();
    this.#hasCome = true;
    return entry;
  }
}

/** Whether something is a task already. A proxy that was revoked is none. */
export function isTask(given: unknown): given is Task {
  try {
    return given instanceof Task;
  } catch {
    return false;
  }
}
