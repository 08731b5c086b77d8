import type { JsonObject, JsonValue } from "@orch/core";
import { BACKLOG, MARKS } from "./backlog-row.ts";
import { type BookEntry, entryMark, entryRecord, isBulky } from "./book-entry.ts";
import { isTerminalStatus } from "./task-status.ts";
import type { Turn } from "./turn.ts";

/** A row holds this many tasks at most, however many came: who takes them over takes rows. */
const MOST_IN_ROW = 128;

/** A row of the store that says how tasks stand. */
export interface Chunk {
  readonly key: string;
  /** Of two rows that say something of a task, the one with the higher number counts; a mark's is higher than that of its task's row. */
  readonly number: number;
  /** How many of them need it. */
  open: number;
}

/**
 * The tasks of an instance that have not ended, so that another process finds them when the instance is dead. All that came
 * in a tick share a row, with their records (128 at most); what has changed of others in a tick shares a row, too. A row is deleted when
 * the last task needs it no more. So a task costs one row of its own, written when it ends: rows that are written in the
 * order of time share pages, while a row per task that is found and changed again costs two thirds of the throughput.
 */
export class Backlog {
  readonly #instance: string;
  /** Nobody else sees the store, and nothing of it outlives this process: tasks are in memory only. */
  readonly #isVolatile: boolean;
  #number = 0;
  #came: BookEntry[] = [];
  #open = 0;
  #changed: BookEntry[] = [];
  /** The number of a row of marks that nobody needs since this turn; 0 for none. */
  #vacant = 0;

  constructor(instance: string, { isVolatile }: { readonly isVolatile: boolean }) {
    this.#instance = instance;
    this.#isVolatile = isVolatile;
  }

  /** Whether there is no task that has not ended and that others could take over. */
  get isEmpty(): boolean {
    return this.#open === 0;
  }

  /** A task came in this tick. */
  add(entry: BookEntry): void {
    if (this.#isVolatile) return;
    this.#open++;
    entry.isApart ||= isBulky(entry);
    this.#came.push(entry);
  }

  /** The record of a task that has changed, or null when it needs no row of its own. */
  recordOf(entry: BookEntry): JsonObject | null {
    if (this.#isVolatile) return null;
    if (!isOpen(entry)) return entryRecord(entry);
    // Its placeholders may have got large values.
    entry.isApart ||= entry.live.spec !== entry.spec && isBulky(entry);
    if (entry.isApart) return entryRecord(entry);
    // What came in this tick gets its record at the end of it.
    if (entry.chunk) this.#changed.push(entry);
    return null;
  }

  /** A task has ended. */
  ended(entry: BookEntry, turn: Turn): void {
    if (this.#isVolatile) return;
    this.#open--;
    leave(entry.chunk, turn);
    this.#leaveMark(entry, turn);
    entry.chunk = null;
  }

  /** The tick is over: what came or changed in it and has not ended is written. */
  turnEnds(turn: Turn): void {
    const open = this.#came.filter(isOpen);
    for (let at = 0; at < open.length; at += MOST_IN_ROW) {
      const came = open.slice(at, at + MOST_IN_ROW);
      const chunk = this.#chunk(BACKLOG, came, ++this.#number);
      for (const entry of came) entry.chunk = chunk;
      turn.put(chunk.key, came.map(inRow));
    }
    const changed = this.#changed.filter(isOpen);
    if (changed.length > 0) this.#mark(changed, turn);
    this.#came = [];
    this.#changed = [];
    this.#vacant = 0;
  }

  /** One row says what has changed of all of them. */
  #mark(changed: readonly BookEntry[], turn: Turn): void {
    const last = Math.max(...changed.map(({ chunk, mark }) => (mark ?? chunk)?.number ?? 0));
    for (const entry of changed) this.#leaveMark(entry, turn);
    // A row that is free is written over: one page, where to delete it and to write another is three.
    const number = this.#vacant >= last && this.#vacant > 0 ? this.#vacant : ++this.#number;
    const chunk = this.#chunk(MARKS, changed, number);
    for (const entry of changed) entry.mark = chunk;
    turn.put(chunk.key, changed.map(entryMark));
  }

  #leaveMark(entry: BookEntry, turn: Turn): void {
    const { mark } = entry;
    entry.mark = null;
    if (mark !== null && leave(mark, turn)) this.#vacant = Math.max(this.#vacant, mark.number);
  }

  #chunk(collection: string, { length: open }: readonly BookEntry[], number: number): Chunk {
    return { key: `${collection}${this.#instance}/${String(number).padStart(10, "0")}`, number, open };
  }
}

/** A task as it lies in a row of tasks that came together. */
function inRow(entry: BookEntry): JsonValue {
  const { id } = entry.spec;
  if (entry.isApart) return id;
  const record = entryRecord(entry);
  record["id"] = id;
  return record;
}

const isOpen = ({ live }: BookEntry): boolean => !isTerminalStatus(live.status);

/** A task needs the row no more; whether nobody does now. */
function leave(chunk: Chunk | null, turn: Turn): boolean {
  if (chunk === null || --chunk.open > 0) return false;
  turn.delete(chunk.key);
  return true;
}
