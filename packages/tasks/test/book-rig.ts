import { EventBus, memoryStore, systemClock } from "@orch/core";
import { Ledger, SharedLedger } from "@orch/resources";
import { bookEntry } from "../src/book-entry.ts";
import { Concurrency } from "../src/concurrency.ts";
import { Elsewhere } from "../src/elsewhere.ts";
import { EntryTable } from "../src/entry-table.ts";
import type { TaskEvent } from "../src/events.ts";
import { failureOf } from "../src/failure.ts";
import type { LiveTask } from "../src/live-task.ts";
import { Scheduler } from "../src/scheduler.ts";
import { NO_SESSIONS } from "../src/session-port.ts";
import { Task, type TaskInit } from "../src/task.ts";
import { TaskBook } from "../src/task-book.ts";
import { requestOf } from "../src/task-request.ts";
import { specOf } from "../src/task-spec.ts";
import { Turn } from "../src/turn.ts";
import { BAD, OK } from "./scheduler-rig.ts";

const CANCELLED = failureOf(new Error("cancelled"));
const NOTHING = { changed: () => {}, forgotten: () => {}, failed: () => {} };
const store = memoryStore();

/** The book of tasks and the scheduler without loop, clock or store: each call is one turn. */
export class BookRig {
  readonly book: TaskBook;
  /** `id#attempt` in the order of the starts. */
  readonly started: string[] = [];
  readonly #entries = new EntryTable();
  readonly #ledger = new Ledger();
  readonly #concurrency = new Concurrency({}, this.#ledger);
  readonly #scheduler: Scheduler;
  #at = 1000;
  #isLeft = false;

  constructor(limit: number) {
    const ledger = new SharedLedger({ ledger: this.#ledger, clock: systemClock, store: null });
    this.#scheduler = new Scheduler({ limit, ledger });
    this.book = new TaskBook({
      instance: "i",
      events: new EventBus<TaskEvent>(),
      listener: NOTHING,
      concurrency: this.#concurrency,
      retention: 1000,
      isVolatile: true,
      elsewhere: new Elsewhere(store, "i"),
      sessions: NO_SESSIONS,
      entries: this.#entries,
      goOn: () => {
        this.#isLeft = true;
      },
    });
  }

  add(init: TaskInit): void {
    const request = requestOf(new Task({ ...init, module: "m", action: "a" }));
    const spec = specOf(request, {
      ledger: this.#ledger,
      cache: false,
      concurrency: this.#concurrency,
      sessions: NO_SESSIONS,
    });
    const entry = bookEntry(spec, { owner: this.book, group: null });
    this.#entries.add(entry);
    this.#turn((turn) => this.book.receive({ type: "add", entry, replaces: null }, turn));
  }

  /** The code of the running attempt returns. */
  end(id: string, isGood: boolean): void {
    const task = this.#live(id);
    const end = { task, attempt: task.attempt, outcome: isGood ? OK : BAD, durationMs: 1, chance: 0 };
    this.#turn((turn) => this.#scheduler.attemptEnded(end, turn));
  }

  /** The delay before the next attempt is over. */
  due(id: string): void {
    const task = this.#live(id);
    this.#turn((turn) => this.#scheduler.retryDue(task, task.attempt, turn));
  }

  cancel(id: string): void {
    this.#turn((turn) => this.book.receive({ type: "cancel", id, failure: CANCELLED }, turn));
  }

  /** Id, status and number of attempts of every task, in the order of adding. */
  get standings(): (readonly [string, string, number])[] {
    return Array.from(this.book.entries(), ({ spec, live }) => [spec.id, live.status, live.attempt] as const);
  }

  get running(): number {
    return this.#scheduler.running;
  }

  #live(id: string): LiveTask {
    const live = this.book.entry(id)?.live;
    if (!live) throw new Error(`${id} is not in the book`);
    return live;
  }

  #turn(decide: (turn: Turn) => void): void {
    this.#at++;
    const turn = new Turn({ at: this.#at, monotonic: this.#at, store }, this.#scheduler);
    decide(turn);
    this.#scheduler.admit(turn, Number.POSITIVE_INFINITY);
    turn.writeRecords();
    this.book.turnEnds(turn);
    for (const command of turn.commands) {
      if (command.type === "call") command.call();
      if (command.type === "start") this.started.push(`${command.task.spec.id}#${command.task.attempt}`);
    }
    if (!this.#isLeft) return;
    this.#isLeft = false;
    this.#turn((next) => this.book.receive({ type: "go_on" }, next));
  }
}
