import type { StoreReader } from "@orch/core";
import type { BookEntry } from "./book-entry.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { taskKey } from "./task-key.ts";
import type { Turn } from "./turn.ts";

/**
 * Whether the id of a new task, given by its caller, is one that the store has: of a task that has ended, or of one that
 * another process has. When it is free, the turn rests on that: somebody else may take it before a refused commit is tried
 * again.
 */
export function isTaken({ spec, freeSince }: BookEntry, turn: Turn, elsewhere: Elsewhere): boolean {
  const { id } = spec;
  const key = taskKey(id);
  if (freeSince === null || elsewhere.hasChanged(freeSince, turn.store)) {
    if (turn.store.get(key) !== undefined || elsewhere.isTaken(id, turn.store)) return true;
  }
  turn.expect((tx) => isFree(key, turn, tx) && !elsewhere.isTaken(id, tx));
  return false;
}

/** Whether nobody has the row of a task. The commit that was refused may have reached the disk: then its own lies there. */
function isFree(key: string, turn: Turn, tx: StoreReader): boolean {
  const row = tx.get(key);
  return row === undefined || JSON.stringify(row) === JSON.stringify(turn.writes.get(key));
}
