import { chmodSync, closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OrchestrationError, StorageError } from "./errors.ts";
import { asStorageError } from "./sqlite-error.ts";

/** The layout of the tables; a file with a higher number was written by a newer orch. */
export const SCHEMA_VERSION = 1;
/** "orch" in ASCII: marks the file as ours. */
const APPLICATION_ID = 0x6f726368;
/** Older versions can lose committed writes when two processes write (a race in the WAL code). */
const OLDEST_SQLITE = [3, 51, 3] as const;
/** Waiting for another process while opening; afterwards a locked file is refused at once. */
const OPEN_TIMEOUT_MS = 2000;
/** Up to this size a file is checked whole when it is opened, which takes milliseconds. */
const CHECKED_BYTES = 8 * 1024 * 1024;
const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";

/** How safe a commit is: `full` survives power loss, `normal` only the death of the process. */
export type Durability = "full" | "normal";

/**
 * Opens the database file at `path`, creating directory (0700) and file (0600) when they are missing. A file that is
 * damaged, foreign or of a newer version is refused and left byte for byte as it is.
 */
export function openDatabase(path: string, durability: Durability): DatabaseSync {
  prepareDirectory(dirname(path));
  const isNew = prepareFile(path);
  try {
    const database = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS, enableForeignKeyConstraints: true });
    try {
      configure(database, path, durability, isNew);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw asStorageError(error, path);
  }
}

function prepareDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(directory);
    const me = process.getuid?.();
    const foreign = me !== undefined && uid !== me && me !== 0;
    if (foreign || (me !== undefined && (mode & 0o022) !== 0)) throw unsafe(directory, foreign);
  } catch (error) {
    throw asStorageError(error, directory);
  }
}

const unsafe = (directory: string, foreign: boolean): OrchestrationError =>
  new StorageError(`The state directory ${directory} ${foreign ? "belongs to another user" : "can be written by other users"}`, {
    code: "UNSAFE_STATE_DIR",
    retryable: false,
    details: { path: directory },
    suggestions: [foreign ? "Use a directory of your own." : `Take the right away: chmod go-w '${directory}'`],
  });

/** Creates the file with its mode or looks at its head; true when there is nothing in it yet. */
function prepareFile(path: string): boolean {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw corrupt(path, "is a symbolic link");
    const file = openSync(path, O_RDWR | O_CREAT | (O_NOFOLLOW ?? 0), 0o600);
    try {
      const { size } = fstatSync(file);
      if (size === 0) {
        // The mode given above is cut by the umask; WAL and shared-memory file take theirs from this one.
        chmodSync(path, 0o600);
        return true;
      }
      const head = Buffer.alloc(HEADER_BYTES);
      readSync(file, head, 0, HEADER_BYTES, 0);
      checkHead(head, path);
      return false;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw asStorageError(error, path);
  }
}

/** Reads what matters from the header itself (https://sqlite.org/fileformat2.html §1.3), since opening could write. */
function checkHead(head: Buffer, path: string): void {
  if (head.toString("latin1", 0, MAGIC.length) !== MAGIC) throw corrupt(path, "is no SQLite database");
  const [version, application] = [head.readUInt32BE(60), head.readUInt32BE(68)];
  if (application !== APPLICATION_ID && application !== 0) throw corrupt(path, "is the database of another program");
  checkVersion(version, path);
}

function checkVersion(version: number, path: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new StorageError(`The state database ${path} has version ${version}, this orch knows up to ${SCHEMA_VERSION}`, {
    code: "STORE_VERSION",
    retryable: false,
    details: { path, version, supported: SCHEMA_VERSION },
    suggestions: ["Use the newer orch that wrote it, or another base directory."],
  });
}

const corrupt = (path: string, why: string): StorageError =>
  new StorageError(`The state database ${path} ${why}`, {
    code: "STORE_CORRUPT",
    retryable: false,
    details: { path },
    suggestions: ["Restore it from a backup, or move it away to start with an empty one. Nothing was changed."],
  });

function configure(database: DatabaseSync, path: string, durability: Durability, isNew: boolean): void {
  checkSqlite(database);
  if (!isNew) checkContent(database, path);
  const want: readonly (readonly [string, string | number, string | number])[] = [
    ["journal_mode", "WAL", "wal"],
    ["synchronous", durability.toUpperCase(), durability === "full" ? 2 : 1],
    ["trusted_schema", "OFF", 0],
    ["fullfsync", durability === "full" ? 1 : 0, durability === "full" ? 1 : 0],
    ["busy_timeout", 0, 0],
  ];
  if (isNew) initialise(database);
  for (const [pragma, value, expected] of want) {
    database.exec(`PRAGMA ${pragma}=${value}`);
    const seen = Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
    if (seen !== expected) throw new StorageError(`SQLite keeps ${pragma} at ${String(seen)} in ${path}`, { retryable: false, details: { path, pragma } });
  }
}

/** Two processes may find the file empty at once: the second one sees the version of the first and leaves it. */
function initialise(database: DatabaseSync): void {
  database.exec("PRAGMA journal_mode=WAL");
  database.exec("BEGIN IMMEDIATE");
  const { user_version: version } = database.prepare("PRAGMA user_version").get() ?? {};
  if (version === 0) database.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${SCHEMA_VERSION}`);
  database.exec("COMMIT");
}

function checkContent(database: DatabaseSync, path: string): void {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() ?? {};
  checkVersion(Number(version), path);
  if (version === 0) {
    // Created by a process that died before it wrote anything: as good as new, unless it holds tables.
    if (database.prepare("SELECT 1 FROM sqlite_master LIMIT 1").get() !== undefined) throw corrupt(path, "is the database of another program");
    initialise(database);
  }
  if (statSync(path).size > CHECKED_BYTES) return;
  const result = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
  if (result !== "ok") throw corrupt(path, `is damaged: ${String(result)}`);
}

function checkSqlite(database: DatabaseSync): void {
  const text = String(Object.values(database.prepare("SELECT sqlite_version()").get() ?? {})[0]);
  const version = text.split(".").map(Number);
  const older = OLDEST_SQLITE.findIndex((part, index) => (version[index] ?? 0) !== part);
  if (older >= 0 && (version[older] ?? 0) < (OLDEST_SQLITE[older] ?? 0)) {
    throw new StorageError(`SQLite ${text} can lose committed writes; orch needs ${OLDEST_SQLITE.join(".")} or newer`, {
      code: "STORE_VERSION",
      retryable: false,
      details: { sqlite: text },
      suggestions: ["Use a newer Node.js 24 or 26."],
    });
  }
}
