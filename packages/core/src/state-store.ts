import { statSync } from "node:fs";
import { join } from "node:path";
import { lazyStore } from "./lazy-store.ts";
import { sqliteStore } from "./sqlite.ts";
import type { SqliteOptions } from "./sqlite-file.ts";
import type { Store } from "./store.ts";

/** Where the state of a base directory lies. */
export const stateDirectory = (baseDir: string): string => join(baseDir, ".workflows");

/**
 * The durable store `state.db` of a state directory, whose file is made by the first write: looking leaves no trace. Throws
 * as `sqliteStore`, when the file is first used.
 */
export function stateStore(directory: string, options: Omit<SqliteOptions, "blobs"> = {}): Store {
  const path = fileIn(directory);
  return lazyStore(path, () => sqliteStore(path, { ...options, blobs: join(directory, "blobs") }));
}

const fileIn = (directory: string): string => join(directory, "state.db");

/** A file is empty for some milliseconds while another process makes it. */
const MADE_WITHIN_MS = 5000;

/** What is to be said of a state file that is there and has nothing in it; null for any other. `now`: since the epoch. */
export function emptyStateNote(directory: string, now: number): string | null {
  const path = fileIn(directory);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > 0 || now - found.mtimeMs < MADE_WITHIN_MS) return null;
  return `The state file ${path} is empty, and is taken for a new one: if there were executions in it, bring it back from a backup`;
}
