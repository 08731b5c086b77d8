import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { InvalidParametersError, StorageError } from "./errors.ts";
import { isObject } from "./json.ts";
import {
  APPLICATION_ID,
  corrupt,
  prepareDirectory,
  prepareFile,
  refuseNewer,
  SCHEMA_VERSION,
} from "./sqlite-disk.ts";
import { asStorageError } from "./sqlite-error.ts";
import { openPatiently } from "./sqlite-patience.ts";

/** Older versions can lose committed writes when two processes write (a race in the WAL code). */
const OLDEST_SQLITE = [3, 51, 3] as const;
/** The primary result code of a damaged file (https://sqlite.org/rescode.html#corrupt). */
const SQLITE_CORRUPT = 11;
/** Up to this size a file is checked whole when it is opened, which takes milliseconds. */
const CHECKED_BYTES = 8 * 1024 * 1024;
/** What the WAL file is cut to after a checkpoint. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

/** How safe a commit is: `full` survives power loss, `normal` only the death of the process. */
export type Durability = "full" | "normal";
/** What `PRAGMA synchronous` says. */
const SYNCHRONOUS = { full: 2, normal: 1 } as const satisfies Record<Durability, number>;

/** Options of `sqliteStore`. */
export interface SqliteOptions {
  /** How safe a commit is: `full` survives power loss, `normal` only the death of the process. @default "full" */
  readonly durability?: Durability;
  /**
   * Takes a directory that belongs to another user, or that others can write: whoever can write there can change or
   * replace the file. @default false
   */
  readonly allowSharedDirectory?: boolean;
  /** Directory of the files for what is too large for a row; of this store alone. @default the path with `-blobs` behind it */
  readonly blobs?: string;
}

/**
 * Opens the database file at `path`, creating directory (0700) and file (0600) when they are missing. A file that is
 * damaged, foreign or of a newer version is refused and left byte for byte as it is. One that another process has locked
 * is waited for, whatever step meets the lock: for two seconds, then STORE_LOCKED is thrown.
 */
export function openDatabase(path: string, options: SqliteOptions = {}): DatabaseSync {
  const { durability = "full", allowSharedDirectory: allowShared = false } = options;
  if (!Object.hasOwn(SYNCHRONOUS, durability)) {
    throw new InvalidParametersError(
      `The durability of a store is full or normal, not ${JSON.stringify(durability)}`,
    );
  }
  try {
    checkSqlite();
    prepareDirectory(path, { allowShared });
    return openPatiently(path, (timeout) => {
      const isEmpty = prepareFile(path) || inspect(path, timeout) === 0;
      return withDatabase(path, { timeout }, (database) => {
        if (isEmpty) initialise(database, path);
        configure(database, path, durability);
        return database;
      });
    });
  } catch (error) {
    throw asStorageError(error, path);
  }
}

/** Opens and hands on; closes again when `use` throws. */
function withDatabase<Result>(
  path: string | URL,
  options: { readOnly?: boolean; timeout: number },
  use: (database: DatabaseSync) => Result,
): Result {
  const database = new DatabaseSync(path, { ...options, enableForeignKeyConstraints: true });
  try {
    return use(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * The version of a file, which is 0 when its first transaction of all was cut off and has been undone. Refuses one that
 * is damaged, foreign or too new, and leaves it as it is.
 */
function inspect(path: string, timeout: number): number {
  const seesHead = () => lookAtHead(path, timeout);
  // The one who closes last moves the WAL file into the database: seen in between, a look can find neither whole.
  if (!seesHead() && walSize(path) === 0 && !seesHead()) throw corrupt(path, "is damaged");
  const walBytes = walSize(path);
  // What a process that died has left in the WAL file counts, but a connection that could write would move it into the
  // database when it closes. A rollback journal is only there when the first transaction was cut off; to undo it is to write.
  const readOnly = walBytes > 0 && !existsSync(`${path}-journal`);
  return withDatabase(path, { readOnly, timeout }, (database) => {
    const version = Number(pragma(database, "user_version"));
    if (version !== 0) refuseForeign(database, path);
    refuseNewer(version, path);
    if (statSync(path).size <= CHECKED_BYTES) {
      const result = pragma(database, "quick_check(1)");
      if (result !== "ok") throw corrupt(path, `is damaged: ${String(result)}`);
    }
    database.close();
    return version;
  });
}

/**
 * Looks at the file alone: no lock is taken, no WAL file looked at, nothing beside it made. Refuses what is foreign or too
 * new; false when it cannot be read so. That need not be damage: in the middle of a checkpoint, or when a process died in
 * one, the file names pages that are only in the WAL file yet.
 */
function lookAtHead(path: string, timeout: number): boolean {
  const head = pathToFileURL(path);
  head.searchParams.set("immutable", "1");
  try {
    withDatabase(head, { readOnly: true, timeout }, (database) => {
      refuseForeign(database, path);
      refuseNewer(Number(pragma(database, "user_version")), path);
      database.close();
    });
    return true;
  } catch (error) {
    if (isObject(error) && Number(error["errcode"]) % 256 === SQLITE_CORRUPT) return false;
    throw error;
  }
}

function refuseForeign(database: DatabaseSync, path: string): void {
  if (pragma(database, "application_id") !== APPLICATION_ID)
    throw corrupt(path, "is the database of another program");
}

const walSize = (path: string): number => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Marks the file as ours, before anything else is in it. Two processes may find it empty at once: the second one waits
 * for the first and leaves what it finds.
 */
function initialise(database: DatabaseSync, path: string): void {
  database.exec("BEGIN IMMEDIATE");
  const version = Number(pragma(database, "user_version"));
  refuseNewer(version, path);
  if (version === 0)
    database.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${SCHEMA_VERSION}`);
  database.exec("COMMIT");
}

/** Sets what this store relies on and reads it back, since SQLite passes over what it does not know or cannot do. */
function configure(database: DatabaseSync, path: string, durability: Durability): void {
  const fullfsync = Number(durability === "full");
  const wanted: readonly (readonly [name: string, value: string | number, seen: string | number])[] = [
    ["journal_mode", "WAL", "wal"],
    ["synchronous", SYNCHRONOUS[durability], SYNCHRONOUS[durability]],
    ["fullfsync", fullfsync, fullfsync],
    ["foreign_keys", "ON", 1],
    ["trusted_schema", "OFF", 0],
    ["journal_size_limit", WAL_LIMIT_BYTES, WAL_LIMIT_BYTES],
    // The last one: only while opening it is right to wait.
    ["busy_timeout", 0, 0],
  ];
  for (const [name, value, expected] of wanted) {
    database.exec(`PRAGMA ${name}=${value}`);
    const seen = pragma(database, name);
    if (seen === expected) continue;
    throw new StorageError(`SQLite keeps ${name} at ${String(seen)} in ${path}`, {
      retryable: false,
      details: { path, pragma: name },
    });
  }
}

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** Throws STORE_VERSION when SQLite is older than 3.51.3; `text` is its version, that of the running one unless given. */
export function checkSqlite(text: string = sqliteVersion()): void {
  const version = text.split(".").map(Number);
  const different = OLDEST_SQLITE.findIndex((part, index) => (version[index] ?? 0) !== part);
  if (different < 0 || (version[different] ?? 0) > (OLDEST_SQLITE[different] ?? 0)) return;
  throw new StorageError(
    `SQLite ${text} can lose committed writes; orch needs ${OLDEST_SQLITE.join(".")} or newer`,
    {
      code: "STORE_VERSION",
      retryable: false,
      details: { sqlite: text, oldest: OLDEST_SQLITE.join(".") },
      suggestions: ["Use a newer Node.js 24 or 26."],
    },
  );
}

function sqliteVersion(): string {
  const database = new DatabaseSync(":memory:");
  const { version } = database.prepare("SELECT sqlite_version() AS version").get() ?? {};
  database.close();
  return String(version);
}
