import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { ErrorCode } from "./error-code.ts";
import { errorMessage, OrchestrationError, StorageError } from "./errors.ts";

interface Kind {
  readonly code: ErrorCode;
  readonly what: string;
  readonly retryable: boolean;
  readonly suggestion: string;
}

const disk = (what: string, suggestion: string): Kind => ({
  code: "STORAGE_ERROR",
  what,
  retryable: true,
  suggestion,
});

const LOCKED: Kind = {
  code: "STORE_LOCKED",
  what: "is being written by another process",
  retryable: true,
  suggestion: "Try again in a moment.",
};
const CORRUPT: Kind = {
  code: "STORE_CORRUPT",
  what: "is damaged or no database",
  retryable: false,
  suggestion: "Restore it from a backup, or move it away to start with an empty one.",
};
const READ_ONLY = disk("cannot be written: it is read-only", "Make file and directory writable.");
const FULL = disk(
  "cannot be written: the disk is full",
  "Free some space; the run can be resumed afterwards.",
);

/** By SQLite's primary result code (https://sqlite.org/rescode.html). */
const BY_RESULT_CODE: Readonly<Record<number, Kind>> = {
  5: LOCKED,
  6: LOCKED,
  8: READ_ONLY,
  10: disk(
    "cannot be read or written: the disk reports an error",
    "Check the disk; the run can be resumed afterwards.",
  ),
  11: CORRUPT,
  13: FULL,
  14: disk("cannot be opened", "Check that the directory exists and is writable."),
  26: CORRUPT,
};

/** By the operating system's error. */
const BY_SYSTEM_CODE: Readonly<Record<string, Kind>> = {
  EACCES: disk(
    "cannot be opened: access is denied",
    "Make file and directory readable and writable for this user.",
  ),
  EPERM: disk(
    "cannot be opened: access is denied",
    "Make file and directory readable and writable for this user.",
  ),
  EROFS: READ_ONLY,
  ENOSPC: FULL,
  EDQUOT: FULL,
};

/** The coded error for whatever went wrong with the file at `path`; errors that have a code of ours are kept. */
export function asStorageError(error: unknown, path: string): OrchestrationError {
  if (error instanceof OrchestrationError) return error;
  const kind = kindOf(error);
  if (kind === undefined) {
    return new StorageError(`The state at ${path} cannot be used: ${errorMessage(error)}`, {
      details: { path },
      cause: error,
    });
  }
  return new StorageError(`The state database ${path} ${kind.what}`, {
    code: kind.code,
    retryable: kind.retryable,
    details: kind === FULL ? { path, freeBytes: freeBytes(path) } : { path },
    suggestions: [kind.suggestion],
    // A lock is no failure; its cause would only bring the words "database is locked" into a log.
    cause: kind === LOCKED ? undefined : error,
  });
}

function kindOf(error: unknown): Kind | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("errcode" in error) return BY_RESULT_CODE[Number(error.errcode) & 0xff];
  return "code" in error ? BY_SYSTEM_CODE[String(error.code)] : undefined;
}

/** What the disk of `path` has left for this user, or `null` where it does not say. */
function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return null;
  }
}
