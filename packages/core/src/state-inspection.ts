import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { errorMessage } from "./errors.ts";

/** What is seen of a state directory by looking alone. */
export interface StateFacts {
  /** What others may do with the directory or a file in it that they should not, in sentences. */
  readonly exposed: readonly string[];
  /** What SQLite finds wrong with the database, at most ten lines; null where there is none, or it is empty. */
  readonly damage: readonly string[] | null;
  /** Of the database, bytes. */
  readonly bytes: number;
  readonly blobs: number;
}

/** Looks at a state directory; null when there is none. Reads the whole database, and writes nothing into it. */
export function inspectState(directory: string): StateFacts | null {
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return null;
  const file = join(directory, "state.db");
  const bytes = lstatSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return {
    exposed: process.platform === "win32" ? [] : exposedIn(directory),
    damage: bytes === 0 ? null : damageOf(file),
    bytes,
    blobs: countBlobs(directory),
  };
}

/** How many large values lie in a state directory. */
export const countBlobs = (directory: string): number =>
  namesIn(join(directory, "blobs")).filter((name) => /^[0-9a-f]{64}$/.test(name)).length;

function exposedIn(directory: string): string[] {
  const paths = [directory, ...namesIn(directory).map((name) => join(directory, name))];
  const me = process.getuid?.();
  return paths.flatMap((path) => {
    const { mode, uid } = lstatSync(path, { throwIfNoEntry: false }) ?? { mode: 0, uid: me };
    return [
      ...((mode & 0o077) === 0 ? [] : [`${path} can be used by others (mode ${(mode & 0o777).toString(8)})`]),
      ...(uid === me ? [] : [`${path} belongs to another user`]),
    ];
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function damageOf(file: string): string[] {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    const rows = database.prepare("PRAGMA integrity_check(10)").all();
    return rows.map((row) => String(Object.values(row)[0])).filter((line) => line !== "ok");
  } catch (error) {
    return [errorMessage(error)];
  } finally {
    database?.close();
  }
}
