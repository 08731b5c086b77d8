import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { StorageError } from "./errors.ts";

/** The layout of the tables; a file with a higher number was written by a newer orch. */
export const SCHEMA_VERSION = 1;
/** "orch" in ASCII: marks the file as ours. */
export const APPLICATION_ID = 0x6f726368;

const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";

/** Makes the directory of `path` (0700); throws UNSAFE_STATE_DIR when another user could change what lies in it. */
export function prepareDirectory(path: string): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(directory);
  const me = process.getuid?.();
  // Without user ids (Windows) the mode means nothing either.
  if (me === undefined) return;
  if (uid !== me && me !== 0)
    throw unsafe(directory, "belongs to another user", "Use a directory of your own.");
  if ((mode & 0o022) !== 0) {
    throw unsafe(
      directory,
      "can be written by other users",
      `Take the right away: chmod go-w '${directory}'`,
    );
  }
}

const unsafe = (directory: string, why: string, suggestion: string): StorageError =>
  new StorageError(`The state directory ${directory} ${why}`, {
    code: "UNSAFE_STATE_DIR",
    retryable: false,
    details: { path: directory },
    suggestions: [suggestion],
  });

/**
 * Creates the file with its mode, or looks at its head without opening it as a database, which could write. True when
 * there is nothing in it yet. Throws STORE_CORRUPT or STORE_VERSION for a file that is not for us.
 */
export function prepareFile(path: string): boolean {
  refuseLink(path);
  const { O_RDWR, O_CREAT, O_NOFOLLOW = 0 } = constants;
  const file = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    const head = Buffer.alloc(HEADER_BYTES);
    const isNew = fstatSync(file).size === 0;
    if (!isNew) checkHead(head.subarray(0, readSync(file, head)), path);
    // The umask cuts the mode given above; WAL and shared-memory file take theirs from this one.
    fchmodSync(file, 0o600);
    return isNew;
  } finally {
    closeSync(file);
  }
}

function refuseLink(path: string): void {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined || entry.isFile()) return;
  throw new StorageError(
    `The state database ${path} is ${entry.isSymbolicLink() ? "a symbolic link" : "no file"}`,
    {
      retryable: false,
      details: { path },
      suggestions: ["Move it away, or use another base directory."],
    },
  );
}

/** The fields are those of https://sqlite.org/fileformat2.html §1.3. */
function checkHead(head: Buffer, path: string): void {
  if (head.length < HEADER_BYTES || head.toString("latin1", 0, MAGIC.length) !== MAGIC)
    throw corrupt(path, "is no SQLite database");
  if (head.readUInt32BE(68) !== APPLICATION_ID) throw corrupt(path, "is the database of another program");
  refuseNewer(head.readUInt32BE(60), path);
}

/** Throws STORE_VERSION for a file of a newer orch. */
export function refuseNewer(version: number, path: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new StorageError(
    `The state database ${path} has version ${version}, this orch knows up to ${SCHEMA_VERSION}`,
    {
      code: "STORE_VERSION",
      retryable: false,
      details: { path, version, supported: SCHEMA_VERSION },
      suggestions: ["Use the newer orch that wrote it, or another base directory."],
    },
  );
}

/** The error for a file that is not, or no longer, a state database. */
export const corrupt = (path: string, why: string): StorageError =>
  new StorageError(`The state database ${path} ${why}`, {
    code: "STORE_CORRUPT",
    retryable: false,
    details: { path },
    suggestions: [
      "Restore it from a backup, or move it away to start with an empty one. Nothing was changed.",
    ],
  });
