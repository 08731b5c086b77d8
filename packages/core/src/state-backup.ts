import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OrchestrationError, StorageError } from "./errors.ts";
import { newRandomId } from "./ids.ts";
import { makeDirectory } from "./make-directory.ts";
import { sqliteStore } from "./sqlite.ts";
import { asStorageError } from "./sqlite-error.ts";
import type { Store } from "./store.ts";

/** What a backup holds. */
export interface StateBackup {
  /** The copy of the database. */
  readonly file: string;
  /** The directory beside it with the large values; it is there when there are any. */
  readonly blobs: string;
  readonly bytes: number;
  readonly blobCount: number;
}

/** A value that somebody deletes while it is copied makes the copy old: then a newer one is made. */
const MOST_TRIES = 5;
const USES = "blob_uses/";

/**
 * Copies the state of a state directory, as of one moment, while others go on writing: the database into `file`, and large
 * values into `<file>-blobs`. The copy is checked before it gets its name: it opens, it is whole, and every large value that
 * it names is there with the bytes that it had. Nobody is held up. Never writes over anything. Throws STORAGE_ERROR;
 * STORE_CORRUPT where the state itself is damaged.
 */
export function backupState(directory: string, file: string): StateBackup {
  const [source, target] = [join(directory, "state.db"), resolve(file)];
  if ((statSync(source, { throwIfNoEntry: false })?.size ?? 0) === 0) throw nothingThere(source);
  if (existsSync(target) || existsSync(blobsOf(target))) throw alreadyThere(target);
  const draft = `${target}.${newRandomId()}.draft`;
  try {
    makeDirectory(dirname(target), { mode: 0o700 });
    for (let tries = 1; ; tries++) {
      copyDatabase(source, draft);
      const missing = copyBlobs(draft, join(directory, "blobs"));
      if (missing === null) break;
      if (tries === MOST_TRIES) throw missing;
      removeDraft(draft);
    }
    const blobCount = giveName(draft, target);
    return { file: target, blobs: blobsOf(target), bytes: statSync(target).size, blobCount };
  } catch (error) {
    throw error instanceof OrchestrationError ? error : asStorageError(error, target);
  } finally {
    removeDraft(draft);
  }
}

const blobsOf = (file: string): string => `${file}-blobs`;

/** As of one moment, in one read transaction. The file is there before, so that its mode is ours. */
function copyDatabase(source: string, draft: string): void {
  writeFileSync(draft, "", { flag: "wx", mode: 0o600 });
  const database = new DatabaseSync(source, { readOnly: true });
  try {
    database.prepare("VACUUM INTO ?").run(draft);
  } finally {
    database.close();
  }
  const copy = new DatabaseSync(draft, { readOnly: true });
  try {
    const [row] = copy.prepare("PRAGMA integrity_check(1)").all();
    const found = Object.values(row ?? {})[0];
    if (found !== "ok") throw damaged(source, String(found));
  } finally {
    copy.close();
  }
}

/** Copies what the records of the copy name; returns what is missing, or null. */
function copyBlobs(draft: string, from: string): StorageError | null {
  // Opened as any state is: what a store would refuse is no backup.
  const store = sqliteStore(draft, { allowSharedDirectory: true });
  try {
    const to = blobsOf(draft);
    const keys = new Map<string, string[]>();
    for (const [key] of store.list(USES, { fields: [] })) {
      const [, name = "", ...rest] = key.split("/");
      keys.set(name, [...(keys.get(name) ?? []), rest.join("/")]);
    }
    if (keys.size > 0) mkdirSync(to, { mode: 0o700 });
    for (const name of keys.keys()) copyIfThere(join(from, name), join(to, name));
    for (const key of new Set([...keys.values()].flat())) {
      const missing = readable(key, store);
      if (missing !== null) return missing;
    }
    return null;
  } finally {
    store.close();
  }
}

function copyIfThere(from: string, to: string): void {
  if (!existsSync(from)) return;
  copyFileSync(from, to);
  syncFile(to);
}

/** A record is read with all that it names, which is compared with its hash. */
function readable(key: string, store: Store): StorageError | null {
  try {
    store.get(key);
    return null;
  } catch (error) {
    if (error instanceof StorageError && error.code === "STORE_CORRUPT") return error;
    throw error;
  }
}

/** The blobs first: who finds the file finds them, too. */
function giveName(draft: string, target: string): number {
  syncFile(draft);
  const blobs = blobsOf(draft);
  const count = existsSync(blobs) ? readdirSync(blobs).length : 0;
  if (count > 0) renameSync(blobs, blobsOf(target));
  renameSync(draft, target);
  return count;
}

function syncFile(path: string): void {
  const descriptor = openSync(path, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeDraft(draft: string): void {
  for (const path of [draft, `${draft}-wal`, `${draft}-shm`]) rmSync(path, { force: true });
  rmSync(blobsOf(draft), { recursive: true, force: true });
}

const nothingThere = (path: string): StorageError =>
  new StorageError(`There is nothing to back up: ${path} is not there, or is empty`, {
    retryable: false,
    details: { path },
    suggestions: ["Check the base directory. State is made by the first run."],
  });

const alreadyThere = (path: string): StorageError =>
  new StorageError(`${path} is there already, and is not written over`, {
    retryable: false,
    details: { path },
    suggestions: ["Take another name."],
  });

const damaged = (path: string, why: string): StorageError =>
  new StorageError(`The state database ${path} is damaged: ${why}`, {
    code: "STORE_CORRUPT",
    retryable: false,
    details: { path },
    suggestions: ["Restore it from an earlier backup. Nothing was changed."],
  });
