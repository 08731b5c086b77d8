import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { StorageError } from "./errors.ts";
import { newRandomId } from "./ids.ts";
import { makeDirectory } from "./make-directory.ts";

/** The layout of the tables; a file with a higher number was written by a newer orch. */
export const SCHEMA_VERSION = 1;
/** "orch" in ASCII: marks the file as ours. */
export const APPLICATION_ID = 0x6f726368;

/**
 * Makes the directory of `path` (0700); throws UNSAFE_STATE_DIR when another user could change what lies in it, unless
 * that is allowed.
 */
export function prepareDirectory(
  path: string,
  { allowShared = false }: { allowShared?: boolean } = {},
): void {
  const directory = dirname(path);
  makeDirectory(directory, { mode: 0o700 });
  const { uid, mode } = statSync(directory);
  const me = process.getuid?.();
  // Without user ids (Windows) the mode means nothing either.
  if (me === undefined || allowShared) return;
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
 * Creates the file (0600) when there is none; true when there is nothing in it yet. A file that exists is never opened
 * here: to close it would take away the locks that other connections of this process have on it
 * (https://sqlite.org/howtocorrupt.html §2.2), and another process could then remove their WAL file.
 */
export function prepareFile(path: string): boolean {
  const entry = lstatSync(path, { throwIfNoEntry: false }) ?? createFile(path);
  if (!entry.isFile()) throw notAFile(path, entry.isSymbolicLink() ? "a symbolic link" : "no file");
  // WAL and shared-memory file take their mode from this one. Windows has no such modes.
  if ((entry.mode & 0o777) !== 0o600 && process.platform !== "win32") chmodSync(path, 0o600);
  return entry.size === 0;
}

/** Under another name first, so that the file is closed before any connection can find it. */
function createFile(path: string): Stats {
  const draft = `${path}.${newRandomId()}`;
  writeFileSync(draft, "", NEW_FILE);
  try {
    linkSync(draft, path);
  } catch {
    // Another process was faster, or the disk knows no links.
    if (!existsSync(path)) writeFileSync(path, "", NEW_FILE);
  } finally {
    unlinkSync(draft);
  }
  return lstatSync(path);
}

/** The umask may cut the mode, but adds nothing to it. */
const NEW_FILE = { flag: "wx", mode: 0o600 } as const;

const notAFile = (path: string, what: string): StorageError =>
  new StorageError(`The state database ${path} is ${what}`, {
    retryable: false,
    details: { path },
    suggestions: ["Move it away, or use another base directory."],
  });

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
