import type { JsonValue, StoreReader, StoreTransaction } from "@orch/core";
import type { Failure } from "./failure.ts";
import type { Group } from "./group.ts";
import type { Input } from "./input.ts";
import type { LiveTask } from "./live-task.ts";

/** What has to be done once the tick is committed. */
export type Command =
  | { readonly type: "start"; readonly task: LiveTask }
  | { readonly type: "abort"; readonly task: LiveTask; readonly failure: Failure }
  /** Posts `input` after the delay, in place of what was to be posted for the task (or another object) before. */
  | { readonly type: "post_later"; readonly task: object; readonly delayMs: number; readonly input: Input }
  /** What was to be posted for the task is not wanted any more. */
  | { readonly type: "post_nothing"; readonly task: object }
  | { readonly type: "look_again"; readonly delayMs: number }
  | { readonly type: "call"; readonly call: () => void };

/** What a participant has the scheduler do in a turn. */
export interface Orders {
  readonly submit: (task: LiveTask, turn: Turn) => void;
  readonly cancel: (task: LiveTask, failure: Failure, turn: Turn, status?: "cancelled" | "timeout") => void;
  readonly setLimit: (group: Group, limit: number) => void;
}

/** When a {@link Turn} is, and what it reads. */
export interface TurnInit {
  readonly at: number;
  readonly monotonic: number;
  readonly store: StoreReader;
}

/** One tick: its instant, what it writes, and what follows from it after the commit. */
export class Turn {
  /** The instant of the tick, milliseconds since the epoch. */
  readonly at: number;
  /** The same on the monotonic clock. */
  readonly monotonic: number;
  /** What lay in the store before the tick. */
  readonly store: StoreReader;
  /** The writes, by key; `undefined` deletes. Only the last write of a key counts. */
  readonly writes = new Map<string, JsonValue | undefined>();
  /** In the order in which they were given. @internal */
  readonly commands: Command[] = [];
  readonly #orders: Orders;
  readonly #unsaved: LiveTask[] = [];
  readonly #expected: ((store: StoreReader) => boolean)[] = [];

  constructor({ at, monotonic, store }: TurnInit, orders: Orders) {
    this.at = at;
    this.monotonic = monotonic;
    this.store = store;
    this.#orders = orders;
  }

  put(key: string, value: JsonValue): void {
    this.writes.set(key, value);
  }

  delete(key: string): void {
    this.writes.set(key, undefined);
  }

  /**
   * What was decided rests on something that another process can change. `holds` is asked again when the commit failed
   * and is tried once more: by then it may hold no longer, or the failed commit may have reached the disk after all.
   */
  expect(holds: (store: StoreReader) => boolean): void {
    this.#expected.push(holds);
  }

  /** Whether everything that the turn rests on still holds. */
  holds(store: StoreReader): boolean {
    return this.#expected.every((each) => each(store));
  }

  /** The record of `task` has changed: it is made once, at the end of the turn, however often the task changes in it. */
  save(task: LiveTask): void {
    if (task.isUnsaved || task.owner.isVolatile) return;
    task.isUnsaved = true;
    this.#unsaved.push(task);
  }

  /** Puts the records of what was saved among the writes. */
  writeRecords(): void {
    for (const task of this.#unsaved.splice(0)) {
      task.isUnsaved = false;
      const record = task.owner.record(task);
      if (record !== null) this.writes.set(task.spec.key, record);
    }
  }

  /** Makes the writes. */
  writeTo(store: StoreTransaction): void {
    // A pair and a step of an iterator for each would be more than the write itself makes.
    this.writes.forEach((value, key) => {
      if (value === undefined) store.delete(key);
      else store.put(key, value);
    });
  }

  /** Gives the scheduler a task that may run now. */
  submit(task: LiveTask): void {
    this.#orders.submit(task, this);
  }

  /** Ends a task; its running attempt is aborted. Nothing happens to one that has ended. */
  cancel(task: LiveTask, failure: Failure, status: "cancelled" | "timeout" = "cancelled"): void {
    this.#orders.cancel(task, failure, this, status);
  }

  /** Changes how many tasks of a group run at once; with 0 none of them starts, and what runs goes on. */
  setLimit(group: Group, limit: number): void {
    this.#orders.setLimit(group, limit);
  }

  /** Calls `call` after the commit: to publish an event, to settle a promise. What it throws is logged. */
  afterCommit(call: () => void): void {
    this.commands.push({ type: "call", call });
  }
}
