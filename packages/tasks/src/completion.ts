import type { BookEntry } from "./book-entry.ts";
import { Outside } from "./outside.ts";
import { type Prospect, Prospects } from "./prospects.ts";
import type { TaskBook } from "./task-book.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import type { TaskShelf } from "./task-shelf.ts";
import type { Turn } from "./turn.ts";
import { type Waitable, Waiters } from "./waiters.ts";

/** What a {@link Completion} works with. */
interface CompletionInit {
  readonly runtime: TaskRuntime;
  readonly shelf: TaskShelf;
  readonly book: TaskBook;
}

/** Promises that wait for tasks of this process and of others, and know when what they wait for can never end. */
export class Completion {
  readonly #init: CompletionInit;
  readonly #waiters = new Waiters({ isReviewed: true });
  readonly #outside: Outside;
  readonly #prospects: Prospects;
  /** A question is on its way behind all that was posted: when it comes back, that is decided. */
  #isAsking = false;

  constructor(init: CompletionInit) {
    this.#init = init;
    const { runtime, book } = init;
    this.#prospects = new Prospects(init);
    this.#outside = new Outside({
      runtime,
      isDependedOn: () => book.guests.open > 0,
      isLackedIn: () => book.guests.lacksSome,
      changed: () => {
        if (!runtime.error) runtime.post(book, { type: "look_outside" });
      },
      ended: (id) => this.#waiters.ended(id),
      looked: () => this.#review(),
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
    const awaited = ids.map((id) => shelf.here(id) ?? id);
    const unknown = awaited.filter((each) => typeof each === "string");
    const theirs = runtime.elsewhere.isAlone ? [] : unknown.filter((id) => this.#outside.watch(id, waiter));
    try {
      // What was posted may bring what a task lacks, but not one of an unknown id.
      if (unknown.length === ids.length && theirs.length === 0) return false;
      return await this.#await(awaited, timeoutMs);
    } finally {
      for (const id of theirs) this.#outside.unwatch(id, waiter);
      if (theirs.length > 0) this.#review();
    }
  }

  /** The same for tasks in memory, each once. */
  waitFor(entries: readonly BookEntry[], timeoutMs?: number): Promise<boolean> {
    const { error } = this.#init.runtime;
    if (entries.length === 0) return Promise.resolve(true);
    return error ? Promise.reject(error) : this.#await(entries, timeoutMs);
  }

  /** These have ended, or others have changed. */
  changed(ended: readonly BookEntry[]): void {
    for (const entry of ended) {
      this.#waiters.endedHere(entry);
      if (this.#waiters.hasNamed) this.#waiters.ended(entry.spec.id);
    }
    this.#outside.look();
    this.#review();
  }

  /** These are tasks of this process now. */
  adopted(tasks: readonly BookEntry[]): void {
    for (const { spec } of tasks) this.#outside.forget(spec.id);
    if (tasks.length === 0) return;
    // What they depend on was not known before.
    this.#prospects.forget();
    this.#waiters.doubtAll();
    this.#review();
  }

  /** Another orchestrator has come to the store: it may bring what is lacking. */
  joined(): void {
    this.#outside.look();
  }

  /** Nothing will end any more. */
  fail(error: Parameters<Waiters["fail"]>[0]): void {
    this.#waiters.fail(error);
    this.#outside.close();
  }

  #await(awaited: readonly (BookEntry | string)[], timeoutMs: number | undefined): Promise<boolean> {
    const last = awaited.at(-1);
    const isSure = typeof last === "object" && last.spec.dependencies.length === 0;
    const ended = this.#waiters.waitFor(awaited, this.#init.runtime.clock, timeoutMs, isSure);
    if (!isSure) this.#review();
    return ended;
  }

  /** Who waits in vain is told, as soon as all is decided that was posted by now: it may end what is waited for. */
  #review(): void {
    const { runtime } = this.#init;
    if (this.#waiters.size === 0) return;
    // All wait in vain when tasks that are blocked for ever are all that is left.
    if (runtime.idle && !this.#outside.isWaiting) this.#waiters.giveUp();
    else if (this.#waiters.doubted === 0 || this.#isAsking || runtime.error) return;
    else if (runtime.pending) this.#ask();
    else this.#look(this.#waiters.doubted);
  }

  #ask(): void {
    this.#isAsking = true;
    this.#init.runtime.post(this.#asked, this.#waiters.doubted);
  }

  /** Gets how many were to be looked at when it was posted. */
  readonly #asked = {
    receive: (many: number, turn: Turn): void => {
      turn.afterCommit(() => {
        this.#isAsking = false;
        // What else has ended in this turn may not be told yet: nobody but these is answered.
        const { pending } = this.#init.runtime;
        this.#look(pending ? many : this.#waiters.doubted);
        if (pending && this.#waiters.doubted > 0) this.#ask();
      });
    },
  };

  #look(many: number): void {
    this.#prospects.begin();
    this.#waiters.review(many, this.#prospectOf);
  }

  readonly #prospectOf = (awaited: Waitable | string): Prospect => {
    const entry = typeof awaited === "string" ? this.#init.shelf.here(awaited) : (awaited as BookEntry);
    if (entry) return this.#prospects.of(entry);
    return this.#outside.isWatching(awaited as string) ? "open" : "vain";
  };
}
