import { ChurnMap } from "@orch/core/base";
import type { BookEntry } from "./book-entry.ts";

/**
 * The tasks of an orchestrator that are in memory, by id, in the order in which they came: those that its callers see, and
 * those that the book has. Most are both for all of their life; a second table would cost each a tenth of its time.
 */
export class EntryTable extends ChurnMap<string, BookEntry> {
  /** Puts in what is shown or in the book from now on; what had its id before leaves. */
  add(entry: BookEntry): void {
    this.set(entry.spec.id, entry);
  }

  /** Takes out what is neither shown nor in the book any more. */
  release(entry: BookEntry): void {
    const { id } = entry.spec;
    if (!entry.isShown && !entry.isEntered && this.get(id) === entry) this.delete(id);
  }
}
