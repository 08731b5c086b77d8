import type { JsonValue, StoreReader } from "@orch/core";
import type { Ledger } from "./ledger.ts";
import {
  type LedgerTime,
  levelsKey,
  levelsOfRecord,
  levelsRecord,
  listLevels,
  parseLevels,
} from "./usage-record.ts";

/**
 * The tokens of rates and the bursts of a ledger in the store: what is left of a quota outlives the process, and is one
 * for all. Instants are stored on the wall clock, with how much that was ahead of the clock of the machine.
 */
export class LevelRows {
  readonly #ledger: Ledger;
  /** The records by resource, as they are on disk as far as is known. */
  readonly #known = new Map<string, string>();
  /** The same before the last {@link write}, which may not have reached the disk. */
  #before = new Map<string, string | undefined>();
  readonly #touched = new Set<string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Something was taken of or given back to `names`. */
  touch(names: readonly string[]): void {
    for (const name of names) if (this.#ledger.others.hasLevels(name)) this.#touched.add(name);
  }

  /** Whether {@link write} has something to write. */
  get isTouched(): boolean {
    return this.#touched.size > 0;
  }

  /** Takes over what others have written; after what they hold was taken in. */
  agree(reader: StoreReader, now: number, time: LedgerTime): void {
    for (const [, value] of listLevels(reader)) {
      const record = parseLevels(value);
      const text = JSON.stringify(record);
      const isNews = this.#known.get(record.resource) !== text;
      // What others hold may have moved the burst of this ledger; the record says how it is.
      if (!isNews && (record.burst === null || this.#touched.has(record.resource))) continue;
      const levels = levelsOfRecord(record, time, now);
      this.#ledger.others.setLevels(record.resource, isNews ? levels : { ...levels, tokens: {} }, now);
      this.#known.set(record.resource, text);
    }
  }

  /** Writes what has changed since it was read or written last. */
  write(turn: { put(key: string, value: JsonValue): void }, by: string, time: LedgerTime): void {
    if (this.#touched.size === 0) return;
    this.#before = new Map();
    for (const name of this.#touched) {
      const levels = this.#ledger.others.levelsOf(name);
      if (levels === null) continue;
      const record = levelsRecord(name, by, levels, time);
      const text = JSON.stringify(record);
      if (text === this.#known.get(name)) continue;
      this.#before.set(name, this.#known.get(name));
      this.#known.set(name, text);
      turn.put(levelsKey(name), record);
    }
    this.#touched.clear();
  }

  /** Whether others have written the levels of one of `names` since; a write of this process may or may not be there. */
  changedBehind(reader: StoreReader, names: Iterable<string>): boolean {
    for (const name of names) {
      const value = reader.get(levelsKey(name));
      const text = value === undefined ? undefined : JSON.stringify(value);
      if (text !== this.#known.get(name) && !(this.#before.has(name) && text === this.#before.get(name)))
        return true;
    }
    return false;
  }

  /** The last {@link write} was undone. */
  forgetWritten(): void {
    for (const [name, text] of this.#before) {
      if (text === undefined) this.#known.delete(name);
      else this.#known.set(name, text);
    }
    this.#before.clear();
  }

  /** Lets the next {@link agree} take everything anew, for resources that were just added. */
  forget(): void {
    this.#known.clear();
  }
}
