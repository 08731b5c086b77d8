import { isObject, type JsonValue, OrchestrationError, type StoreReader } from "@orch/core";
import { type Ended, NewestEnds } from "./newest-ends.ts";

/** Records that one look at the store takes, at most and at first. */
const MOST_ROWS = 256;
const FIRST_ROWS = 32;

/** What a {@link SweepPass} goes through. */
interface SweepPassInit {
  /** The collection, with its slash. */
  readonly prefix: string;
  readonly fields: readonly string[];
  /** How many are kept, those that ended last. */
  readonly maxCount: number;
  /** How long one is kept, milliseconds. */
  readonly maxAgeMs: (id: string) => number;
  /** How long one is kept even beyond `maxCount`, milliseconds. */
  readonly leastMs: (id: string) => number;
  /** When it ended, or null for what has not ended, and for what is kept for another reason. */
  readonly endOf: (id: string, record: Readonly<Record<string, JsonValue>>) => number | null;
}

/** One pass over the records of a collection, a bounded number at a time, that finds those that are kept no longer. */
export class SweepPass {
  readonly #init: SweepPassInit;
  readonly #newest: NewestEnds;
  #after: string | null = null;
  #rows = FIRST_ROWS;
  /** Among the next records is a damaged one: they are looked at one by one until it is found. */
  #isCareful = false;
  #isOver = false;

  constructor(init: SweepPassInit) {
    this.#init = init;
    this.#newest = new NewestEnds(init.maxCount);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Looks at the next records; returns those that have to go as far as age and number tell. */
  next(store: StoreReader, now: number): Ended[] {
    const { prefix, fields } = this.#init;
    const after = this.#after === null ? {} : { after: this.#after };
    try {
      const limit = this.#isCareful ? 1 : this.#rows;
      const rows = store.list(prefix, { ...after, fields, limit });
      this.#after = rows.at(-1)?.[0] ?? this.#after;
      this.#isOver = rows.length < limit;
      return rows.flatMap(([key, record]) => this.#look(key.slice(prefix.length), record, now));
    } catch (error) {
      this.#stepOver(error);
      return [];
    }
  }

  /** A look has taken this long: the next one is larger, or smaller. */
  took(ms: number, wantedMs: number): void {
    if (ms > wantedMs) this.#rows = Math.max(1, this.#rows >> 1);
    else if (ms < wantedMs / 2) this.#rows = Math.min(MOST_ROWS, this.#rows * 2);
  }

  #look(id: string, record: JsonValue, now: number): Ended[] {
    const { endOf, maxAgeMs, leastMs } = this.#init;
    const endedAt = isObject(record) ? endOf(id, record as Readonly<Record<string, JsonValue>>) : null;
    if (endedAt === null) return [];
    const ended = { id, endedAt };
    if (now - endedAt > maxAgeMs(id)) return [ended];
    const surplus = this.#newest.offer(ended);
    return surplus && now - surplus.endedAt > leastMs(surplus.id) ? [surplus] : [];
  }

  /** A damaged record stays, and is passed over. */
  #stepOver(error: unknown): void {
    const key = error instanceof OrchestrationError && error.code === "STORE_CORRUPT" && error.details["key"];
    if (typeof key !== "string") throw error;
    if (this.#isCareful) this.#after = key;
    this.#isCareful = !this.#isCareful;
  }
}
