import { isStuck, type Verdicts } from "./blocked-report.ts";
import type { BookEntry } from "./book-entry.ts";
import { Outside } from "./outside.ts";
import type { TaskBook } from "./task-book.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import type { TaskShelf } from "./task-shelf.ts";
import { Waiters } from "./waiters.ts";

/** What a {@link Completion} works with. */
interface CompletionInit {
  readonly runtime: TaskRuntime;
  readonly shelf: TaskShelf;
  readonly book: TaskBook;
}

/** Promises that wait for tasks of this process and of others, and know when what they wait for can never end. */
export class Completion {
  readonly #init: CompletionInit;
  readonly #waiters = new Waiters();
  readonly #outside: Outside;

  constructor(init: CompletionInit) {
    this.#init = init;
    const { runtime, book } = init;
    this.#outside = new Outside({
      runtime,
      isDependedOn: () => book.guests.open > 0,
      isLackedIn: () => book.guests.lacksSome,
      changed: () => {
        if (!runtime.error) runtime.post(book, { type: "look_outside" });
      },
      ended: (id) => this.#waiters.ended(id),
      looked: () => this.#giveUp(),
    });
  }

  /**
   * Resolves true when tasks that have not ended have, false after `timeoutMs` and as soon as it is known that none of them
   * can. Rejects with the error that ended the loop.
   */
  async wait(given: readonly string[], timeoutMs?: number): Promise<boolean> {
    const { runtime, shelf } = this.#init;
    const ids = [...new Set(given)];
    if (ids.length === 0) return true;
    if (runtime.error) throw runtime.error;
    const waiter = {};
    const theirs = shelf.isVolatile
      ? []
      : ids.filter((id) => !shelf.here(id) && this.#outside.watch(id, waiter));
    try {
      if (this.#isVain(ids)) return false;
      const awaited = ids.map((id) => shelf.here(id) ?? id);
      return await this.#waiters.waitFor(awaited, runtime.clock, timeoutMs);
    } finally {
      for (const id of theirs) this.#outside.unwatch(id, waiter);
      if (theirs.length > 0) this.#giveUp();
    }
  }

  /** The same for tasks in memory, each once. */
  waitFor(entries: readonly BookEntry[], timeoutMs?: number): Promise<boolean> {
    const { runtime } = this.#init;
    if (entries.length === 0) return Promise.resolve(true);
    if (runtime.error) return Promise.reject(runtime.error);
    // What was posted is not decided: it may end each of them.
    const isVain = !runtime.pending && this.#isVain(entries.map(({ spec }) => spec.id));
    return isVain ? Promise.resolve(false) : this.#waiters.waitFor(entries, runtime.clock, timeoutMs);
  }

  /** These have ended, or others have changed. */
  changed(ended: readonly BookEntry[]): void {
    for (const entry of ended) {
      this.#waiters.endedHere(entry);
      if (this.#waiters.hasNamed) this.#waiters.ended(entry.spec.id);
    }
    this.#outside.look();
    this.#giveUp();
  }

  /** These are tasks of this process now. */
  adopted(tasks: readonly BookEntry[]): void {
    for (const { spec } of tasks) this.#outside.forget(spec.id);
  }

  /** Nothing will end any more. */
  fail(error: Parameters<Waiters["fail"]>[0]): void {
    this.#waiters.fail(error);
    this.#outside.close();
  }

  /** All wait in vain when tasks that are blocked for ever are all that is left. */
  #giveUp(): void {
    if (this.#waiters.size > 0 && this.#init.runtime.idle && !this.#outside.isWaiting) this.#waiters.giveUp();
  }

  /** Whether none of these will end, as far as is known. What was posted and is not decided may bring the missing one, but not an unknown id. */
  #isVain(ids: readonly string[]): boolean {
    const { runtime, shelf, book } = this.#init;
    if (runtime.idle && !this.#outside.isWaiting) return true;
    const verdicts: Verdicts = new Map();
    const { pending } = runtime;
    return ids.every((id) => {
      if (this.#outside.isWatching(id)) return false;
      return shelf.here(id) ? !pending && isStuck(id, book.find, verdicts) : true;
    });
  }
}
