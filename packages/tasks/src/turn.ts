import type { JsonValue, StoreReader } from "@orch/core";
import type { Failure } from "./failure.ts";
import type { LiveTask } from "./live-task.ts";

/** What has to be done once the tick is committed. */
export type Command =
  | { readonly type: "start"; readonly task: LiveTask }
  | { readonly type: "abort"; readonly task: LiveTask; readonly failure: Failure }
  | { readonly type: "retry_later"; readonly task: LiveTask; readonly delayMs: number }
  | { readonly type: "look_again"; readonly delayMs: number }
  | { readonly type: "call"; readonly call: () => void };

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
  /** In the order in which they were given. */
  readonly commands: Command[] = [];
  readonly #submit: (task: LiveTask, turn: Turn) => void;
  readonly #cancel: (task: LiveTask, failure: Failure, turn: Turn) => void;

  constructor(init: {
    readonly at: number;
    readonly monotonic: number;
    readonly store: StoreReader;
    readonly submit: (task: LiveTask, turn: Turn) => void;
    readonly cancel: (task: LiveTask, failure: Failure, turn: Turn) => void;
  }) {
    this.at = init.at;
    this.monotonic = init.monotonic;
    this.store = init.store;
    this.#submit = init.submit;
    this.#cancel = init.cancel;
  }

  put(key: string, value: JsonValue): void {
    this.writes.set(key, value);
  }

  delete(key: string): void {
    this.writes.set(key, undefined);
  }

  /** Gives the scheduler a task that may run now. */
  submit(task: LiveTask): void {
    this.#submit(task, this);
  }

  /** Ends a task; its running attempt is aborted. Nothing happens to one that has ended. */
  cancel(task: LiveTask, failure: Failure): void {
    this.#cancel(task, failure, this);
  }

  /** Calls `call` after the commit: to publish an event, to settle a promise. */
  afterCommit(call: () => void): void {
    this.commands.push({ type: "call", call });
  }
}
