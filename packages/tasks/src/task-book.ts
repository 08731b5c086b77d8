import type { JsonObject, OrchestrationError, StoreReader } from "@orch/core";
import { type AdoptMessage, adopt, areUntouched, isParked } from "./adoption.ts";
import { Backlog } from "./backlog.ts";
import { type BookEntry, entryOf, isBroken, isComing, type Upstream } from "./book-entry.ts";
import type { BookInit, BookMessage } from "./book-message.ts";
import { takeCancelRequest } from "./cancel-watch.ts";
import { copyJson } from "./copy-json.ts";
import { mayHaveLetter, takeDeadLetter, takenAlready, writeDeadLetter } from "./dead-letter.ts";
import { armDeadline, disarmDeadline } from "./deadline.ts";
import { skippedFor } from "./dependency-failure.ts";
import { Dependents } from "./dependents.ts";
import type { EntryTable } from "./entry-table.ts";
import { failureOf } from "./failure.ts";
import { FinishedTasks } from "./finished-tasks.ts";
import { Guests } from "./guests.ts";
import type { LiveTask } from "./live-task.ts";
import { takenElsewhere, taskCancelled } from "./orchestrator-failure.ts";
import type { AttemptContext, Participant } from "./participant.ts";
import { NO_SESSION, sessionContext } from "./session-port.ts";
import { isTaken } from "./taken-id.ts";
import { deadLetterKey } from "./task-key.ts";
import { giveResults, resultsOf } from "./task-references.ts";
import { isTerminalStatus, type TerminalStatus } from "./task-status.ts";
import { TaskTeller } from "./task-teller.ts";
import { tidy } from "./tidy.ts";
import type { Turn } from "./turn.ts";

/**
 * Single tasks and what they depend on: hands a task to the scheduler when its dependencies have ended. A task is blocked
 * while a dependency has not ended or is not known yet; one whose dependency ended badly is skipped, unless it continues.
 */
export class TaskBook implements Participant {
  readonly isVolatile: boolean;
  readonly #init: BookInit;
  readonly #entries: EntryTable;
  readonly guests: Guests;
  readonly #dependents = new Dependents();
  readonly #backlog: Backlog;
  readonly #finished: FinishedTasks;
  readonly #teller: TaskTeller;
  readonly #forgotten: BookEntry[] = [];
  /** Tasks that were to be adopted have failed: those that depend on them find their records in the next turn. */
  #hasGivenUp = false;
  /** A task of this process, or one of another that tasks of this one depend on. */
  readonly find = (id: string): Upstream | undefined => this.entry(id) ?? this.guests.get(id);

  constructor(init: BookInit) {
    this.#init = init;
    this.isVolatile = init.isVolatile;
    this.#entries = init.entries;
    this.guests = new Guests(init.elsewhere);
    this.#backlog = new Backlog(init.instance, init);
    this.#finished = new FinishedTasks(init.retention);
    this.#teller = new TaskTeller(init.events, (ended) => init.listener.changed(ended));
  }

  /** Whether there are tasks that have not ended and that others could take over. */
  get isWaiting(): boolean {
    return !this.#backlog.isEmpty;
  }

  /** The entry of a task. */
  entry(id: string): BookEntry | undefined {
    const entry = this.#entries.get(id);
    return entry?.isEntered ? entry : undefined;
  }

  /** In the order in which they were added. */
  *entries(): Iterable<BookEntry> {
    for (const entry of this.#entries.values()) if (entry.isEntered) yield entry;
  }

  /** Forgets those of these tasks that have ended, but for the ones whose results are still needed. O(tasks) */
  forgetEnded(entries: Iterable<BookEntry> = this.entries()): void {
    for (const entry of entries) {
      if (!entry.isEntered || !isTerminalStatus(entry.told)) continue;
      entry.surplus = true;
      if (entry.needed === 0) this.#leave(entry);
    }
  }

  receive(message: BookMessage, turn: Turn): void {
    switch (message.type) {
      case "add":
        this.#add(message, turn);
        return;
      case "cancel":
        this.#cancel(message, turn);
        return;
      case "adopt":
        this.#adopt(message, turn);
        return;
      case "look_outside":
        this.#lookOutside(turn);
        return;
      case "go_on":
        if (this.#hasGivenUp) this.#lookOutside(turn);
        this.#release(turn);
        return;
      default:
        tidy(message, turn, (id) => this.entry(id) !== undefined);
    }
  }

  taskStarted(task: LiveTask, turn: Turn): void {
    const entry = entryOf(task);
    if (entry.recoveries > 0) entry.reruns++;
    this.#teller.started(entry, turn);
  }

  taskRetrying(task: LiveTask, delayMs: number, turn: Turn): void {
    const entry = entryOf(task);
    entry.recoveries = 0;
    this.#teller.retrying(entry, delayMs, turn);
  }

  taskEnded(task: LiveTask, turn: Turn): void {
    this.#tellEnd(entryOf(task), turn);
  }

  turnEnds(turn: Turn): void {
    this.#backlog.turnEnds(turn);
    if (this.#finished.hasSurplus) for (const entry of this.#finished.surplus()) this.#forget(entry, turn);
    if (this.#dependents.mustGoOn()) this.#init.goOn();
  }

  record(task: LiveTask): JsonObject | null {
    const record = this.#backlog.recordOf(entryOf(task));
    if (record !== null) this.#init.elsewhere.wrote(task.spec.id);
    return record;
  }

  context(task: LiveTask): AttemptContext {
    const { spec } = entryOf(task);
    // Copies: what an action does to them must not reach what is stored and handed on.
    const results = spec.dependencies.length > 0 ? () => copyJson(resultsOf(spec, this.find)) : null;
    const parameters = copyJson(task.spec.parameters);
    return {
      parameters,
      results,
      ...(spec.sessionId === null ? NO_SESSION : sessionContext(spec.sessionId, this.#init.sessions)),
    };
  }

  progressed(): void {}

  loopFailed(error: OrchestrationError): void {
    this.#init.listener.failed(error);
  }

  #lookOutside(turn: Turn): void {
    this.#hasGivenUp = false;
    for (const guest of this.guests.look(this.#dependents.countOpen)) this.#spread(guest, turn);
    // Also where nothing has come of it: whoever waits may do so in vain.
    turn.afterCommit(() => this.#init.listener.changed([]));
  }

  #add({ entry, replaces }: BookMessage & { readonly type: "add" }, turn: Turn): void {
    this.#teller.submitted(entry, turn);
    if (!this.isVolatile && entry.spec.hasOwnId && isTaken(entry, turn, this.#init.elsewhere))
      this.#refuse(entry, turn);
    else {
      if (replaces !== null && !takeDeadLetter(replaces, turn)) entry.live.failure = takenAlready(replaces);
      this.#enter(entry, turn);
    }
  }

  #adopt(message: AdoptMessage, turn: Turn): void {
    const { entries, slice, rows } = adopt(message, turn, this, this.#init.concurrency);
    for (const id of slice.failed) this.#init.elsewhere.wrote(id);
    turn.afterCommit(() => message.done(slice));
    if (slice.failed.length > 0) {
      this.#hasGivenUp = true;
      turn.afterCommit(this.#init.goOn);
    }
    for (const entry of entries) {
      this.#entries.add(entry);
      this.#enter(entry, turn);
    }
    // It must not begin once more before that is found.
    for (const { spec } of entries)
      if (takeCancelRequest(spec.id, turn))
        this.#cancel({ type: "cancel", id: spec.id, failure: failureOf(taskCancelled(spec.name)) }, turn);
    const [first] = entries;
    const isDone = (store: StoreReader) => first?.chunk && store.get(first.chunk.key) !== undefined;
    if (first) turn.expect((store) => areUntouched(rows, store) || isDone(store) === true);
  }

  #enter(entry: BookEntry, turn: Turn): void {
    const { spec, live } = entry;
    // Those that wait for it have been waiting for an id, or for a task of another process.
    entry.needed = this.#dependents.countOpen(spec.id);
    this.guests.leave(spec.id);
    entry.isEntered = true;
    this.#backlog.add(entry);
    const over = spec.totalTimeoutMs ? armDeadline(entry, turn, this) : null;
    const broken = spec.dependencies.length > 0 ? this.#join(entry) : null;
    if (!entry.resolved) live.status = "blocked";
    if (entry.recoveries > 0 && isParked(entry)) this.#end(entry, "failed", turn);
    else if (!entry.resolved && live.failure) this.#end(entry, "cancelled", turn);
    else if (over) {
      live.failure = over;
      this.#end(entry, "timeout", turn);
    } else if (broken && !spec.goesOn) this.#skip(entry, broken, turn);
    else if (entry.open === 0) this.#submit(entry, turn);
    else {
      turn.save(live);
      this.#teller.touch(entry, turn);
    }
  }

  /** Puts a task behind its dependencies; returns the first that ended badly, if that matters. */
  #join(entry: BookEntry): Upstream | null {
    let broken: Upstream | null = null;
    for (const id of entry.spec.dependencies) {
      const dependency = this.find(id) ?? this.#invite(id);
      if (dependency) dependency.needed++;
      if (entry.resolved) continue;
      if (dependency && isTerminalStatus(dependency.live.status))
        broken ??= isBroken(dependency) ? dependency : null;
      else {
        entry.open++;
        this.#dependents.add(id, entry);
      }
    }
    return broken;
  }

  /** One that is on its way to the book is not looked for in the store. */
  #invite(id: string): Upstream | undefined {
    const entry = this.#entries.get(id);
    return entry && isComing(entry) ? undefined : this.guests.invite(id);
  }

  /** All dependencies have ended: its placeholders get their values, and the scheduler the task. */
  #submit(entry: BookEntry, turn: Turn): void {
    if (entry.spec.dependencies.length > 0) {
      try {
        giveResults(entry, this.find);
      } catch (error) {
        entry.live.failure = failureOf(error);
        this.#end(entry, "failed", turn);
        return;
      }
    }
    turn.submit(entry.live);
    turn.save(entry.live);
    this.#teller.touch(entry, turn);
  }

  #cancel({ id, failure, status }: BookMessage & { readonly type: "cancel" }, turn: Turn): void {
    const entry = this.entry(id);
    if (!entry || isTerminalStatus(entry.live.status)) return;
    if (entry.live.status !== "blocked") turn.cancel(entry.live, failure, status);
    else {
      entry.live.failure = failure;
      this.#end(entry, status ?? "cancelled", turn);
    }
  }

  #skip(entry: BookEntry, cause: Upstream, turn: Turn): void {
    entry.live.failure = skippedFor(entry, cause);
    this.#end(entry, "skipped", turn);
  }

  #end(entry: BookEntry, status: TerminalStatus, turn: Turn): void {
    entry.live.status = status;
    entry.live.dueAt = 0;
    entry.live.endedAt = turn.at;
    turn.save(entry.live);
    this.#tellEnd(entry, turn);
  }

  #tellEnd(entry: BookEntry, turn: Turn): void {
    this.#backlog.ended(entry, turn);
    if (entry.spec.totalTimeoutMs) disarmDeadline(entry, turn);
    this.#init.concurrency.leave(entry.spec, entry.live.group);
    if (entry.live.status === "completed") entry.recoveries = 0;
    this.#teller.ended(entry, turn);
    if (entry.live.failure !== null) writeDeadLetter(entry, turn);
    this.#finished.add(entry);
    const { dependencies } = entry.spec;
    if (dependencies.length > 0) for (const id of dependencies) this.#letGo(id, turn);
    this.#spread(entry, turn);
  }

  /** A task that has ended was the last to need another one. */
  #letGo(id: string, turn: Turn): void {
    const entry = this.entry(id);
    const dependency = entry ?? this.guests.get(id);
    if (!dependency && this.#dependents.countOpen(id) === 0) this.guests.leave(id);
    if (!dependency || --dependency.needed > 0) return;
    if (!entry) this.guests.leave(id);
    else if (entry.surplus) this.#forget(entry, turn);
  }

  /** A task has ended: those that waited for it go on, or are skipped, and so on down. */
  #spread(ended: Upstream, turn: Turn): void {
    if (this.#dependents.ended(ended)) this.#release(turn);
  }

  #release(turn: Turn): void {
    for (const [ended, dependent] of this.#dependents.take(turn)) {
      dependent.open--;
      if (dependent.live.status !== "blocked") continue;
      if (isBroken(ended) && !dependent.spec.goesOn) this.#skip(dependent, ended, turn);
      else if (dependent.open === 0) this.#submit(dependent, turn);
    }
  }

  /** Somebody else has a task of its id: it ends here, and what is recorded of the other one stays. */
  #refuse(entry: BookEntry, turn: Turn): void {
    const { spec, live } = entry;
    live.failure = failureOf(takenElsewhere(spec.id, null));
    live.status = "failed";
    live.endedAt = turn.at;
    this.#init.concurrency.leave(spec, live.group);
    this.#teller.ended(entry, turn);
    this.#tellForgotten(entry, turn);
  }

  #forget(entry: BookEntry, turn: Turn): void {
    if (!entry.isEntered) return;
    this.#leave(entry);
    if (this.isVolatile && mayHaveLetter(entry)) turn.delete(deadLetterKey(entry.spec.id));
    this.#tellForgotten(entry, turn);
  }

  #leave(entry: BookEntry): void {
    entry.isEntered = false;
    this.#entries.release(entry);
  }

  #tellForgotten(entry: BookEntry, turn: Turn): void {
    if (this.#forgotten.push(entry) > 1) return;
    turn.afterCommit(() => this.#init.listener.forgotten(this.#forgotten.splice(0)));
  }
}
