import type { JsonValue } from "@orch/core";
import { Ring } from "@orch/dag";
import type { Failure } from "@orch/tasks";
import type { ItemFailure } from "./item-failure.ts";
import type { StepEnd } from "./run-change.ts";

/** How an item ended. */
export type ItemEnd = Pick<StepEnd, "status" | "output" | "failure">;

/** What a {@link Fan} is made from. */
export interface FanInit {
  readonly size: number;
  /** Items that are out at once, at most. */
  readonly limit: number;
  readonly policy: ItemFailure;
  /** Items that have ended already, by index. @default none */
  readonly ended?: ReadonlyMap<number, ItemEnd>;
  /** Items that were out when the process before died: they go on first, whatever has failed meanwhile. @default none */
  readonly inFlight?: readonly number[];
}

/**
 * The state of a `foreach` step: which items have ended how, and which is to run next. Pure. Items are given out one by
 * one, in order, so that a list of any length costs its outputs and no more. Every call is O(1), the end O(items).
 */
export class Fan {
  readonly size: number;
  readonly #limit: number;
  readonly #policy: ItemFailure;
  readonly #outputs: JsonValue[];
  /** What has ended or is given out apart from the order. */
  readonly #isTaken: Uint8Array;
  readonly #inFlight: Ring<number>;
  #next = 0;
  #out = 0;
  #failed = 0;
  #first: { readonly index: number; readonly end: ItemEnd } | null = null;
  #cancelled: Failure | null = null;

  constructor({ size, limit, policy, ended = new Map(), inFlight = [] }: FanInit) {
    this.size = size;
    this.#limit = limit;
    this.#policy = policy;
    this.#outputs = new Array<JsonValue>(size).fill(null);
    this.#isTaken = new Uint8Array(size);
    this.#inFlight = new Ring(inFlight.filter((index) => index < size));
    for (const index of this.#inFlight) this.#isTaken[index] = 1;
    for (const [index, end] of ended) if (index < size) this.#settle(index, end);
  }

  /** Items that were out when the process before died, and were not given out since. */
  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** Whether it has ended: nothing is out, and nothing more will be. */
  get done(): boolean {
    if (this.#out > 0 || (this.#inFlight.length > 0 && this.#cancelled === null)) return false;
    return this.#isStopped || this.#upcoming() === this.size;
  }

  /** Why what is out is to be cancelled; null while it goes on. */
  get cancelled(): Failure | null {
    if (this.#cancelled) return this.#cancelled;
    return this.#policy === "cancel" ? (this.#first?.end.failure ?? null) : null;
  }

  /** Gives out the next item; undefined when none may run now. */
  next(): number | undefined {
    if (this.#cancelled !== null || this.#out >= this.#limit) return undefined;
    const before = this.#inFlight.shift();
    if (before !== undefined) {
      this.#out++;
      return before;
    }
    if (this.#isStopped) return undefined;
    const index = this.#upcoming();
    if (index === this.size) return undefined;
    this.#next = index + 1;
    this.#out++;
    return index;
  }

  /** An item that was given out has ended. */
  ended(index: number, end: ItemEnd): void {
    this.#out--;
    this.#settle(index, end);
  }

  /** Nothing more is given out, and the step ends as cancelled. */
  cancel(failure: Failure): void {
    this.#cancelled ??= failure;
  }

  /** How the step ended, once it is {@link done}: its output is the list of outputs, in order. */
  end(): StepEnd {
    if (this.#cancelled) return { status: "cancelled", output: null, failure: this.#cancelled };
    if (this.#first === null) return { status: "completed", output: this.#outputs, failure: null };
    const { index, end } = this.#first;
    const message = `item ${index} ${end.status === "timeout" ? "timed out" : end.status}: ${end.failure?.message ?? "unknown"}`;
    if (this.#policy !== "continue")
      return { status: "failed", output: null, failure: ofItem(index, end, message) };
    const warning = `${this.#failed} of ${this.size} items failed, first ${message}`;
    return { status: "completed", output: this.#outputs, failure: null, warning };
  }

  get #isStopped(): boolean {
    return this.#cancelled !== null || (this.#first !== null && this.#policy !== "continue");
  }

  #upcoming(): number {
    while (this.#next < this.size && this.#isTaken[this.#next] === 1) this.#next++;
    return this.#next;
  }

  #settle(index: number, end: ItemEnd): void {
    this.#isTaken[index] = 1;
    if (end.status === "completed") {
      this.#outputs[index] = end.output;
      return;
    }
    this.#failed++;
    const first = this.#first;
    if (first === null || rank(index, end, this.size) < rank(first.index, first.end, this.size))
      this.#first = { index, end };
  }
}

/** The first item in the list is the reason; not one that was cancelled because another one failed. */
const rank = (index: number, { status }: ItemEnd, size: number): number =>
  status === "cancelled" ? size + index : index;

const ofItem = (index: number, { status, failure }: ItemEnd, message: string): Failure => ({
  type: "TaskExecutionError",
  code: "TASK_EXECUTION_FAILED",
  suggestions: [],
  retryable: false,
  ...failure,
  message,
  details: { ...failure?.details, item: index, item_status: status },
});
