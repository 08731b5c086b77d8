import type { JsonValue } from "@orch/core";
import type { BookEntry } from "./book-entry.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { taskKey } from "./task-key.ts";
import type { Turn } from "./turn.ts";

/**
 * Whether the id of a new task, given by its caller, is one that the store has: of a task that has ended, or of one that another process has.
 * When it is free, the turn rests on that: somebody else may take it before a refused commit is tried again.
 */
export function isTaken({ spec, freeSince }: BookEntry, turn: Turn, elsewhere: Elsewhere): boolean {
  const { id } = spec;
  const key = taskKey(id);
  if (freeSince === null || elsewhere.hasChanged(freeSince, turn.store)) {
    if (turn.store.get(key) !== undefined || elsewhere.isTaken(id, turn.store)) return true;
  }
  // The commit that was refused may have reached the disk: then its own row lies there.
  const isOwn = (row: JsonValue | undefined) => row === undefined || isEqual(row, turn.writes.get(key));
  turn.expect((tx) => isOwn(tx.get(key)) && !elsewhere.isTaken(id, tx));
  return false;
}

const isEqual = (one: JsonValue, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
