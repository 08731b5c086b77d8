import { errorMessage, OrchestrationError, StorageError } from "./errors.ts";
import type { ErrorCode } from "./error-code.ts";

interface Kind {
  readonly code: ErrorCode;
  readonly what: string;
  readonly retryable: boolean;
  readonly suggestion: string;
}

const LOCKED: Kind = { code: "STORE_LOCKED", what: "is being written by another process", retryable: true, suggestion: "Try again in a moment." };
const CORRUPT: Kind = {
  code: "STORE_CORRUPT",
  what: "is damaged or no database",
  retryable: false,
  suggestion: "Restore it from a backup, or move it away to start with an empty one.",
};
const disk = (what: string, suggestion: string): Kind => ({ code: "STORAGE_ERROR", what, retryable: true, suggestion });

/** By SQLite's primary result code (https://sqlite.org/rescode.html). */
const BY_RESULT_CODE: Readonly<Record<number, Kind>> = {
  5: LOCKED,
  6: LOCKED,
  8: disk("cannot be written: it is read-only", "Make file and directory writable."),
  10: disk("cannot be read or written: the disk reports an error", "Check the disk; the run can be resumed afterwards."),
  11: CORRUPT,
  13: disk("cannot be written: the disk is full", "Free some space; the run can be resumed afterwards."),
  14: disk("cannot be opened", "Check that the directory exists and is writable."),
  26: CORRUPT,
};

/** The coded error for whatever went wrong with the file at `path`; errors that have a code of ours are kept. */
export function asStorageError(error: unknown, path: string): OrchestrationError {
  if (error instanceof OrchestrationError) return error;
  const resultCode = typeof error === "object" && error !== null && "errcode" in error ? Number(error.errcode) & 0xff : -1;
  const kind = BY_RESULT_CODE[resultCode];
  if (kind === undefined) {
    return new StorageError(`The state at ${path} cannot be used: ${errorMessage(error)}`, { details: { path }, cause: error });
  }
  return new StorageError(`The state database ${path} ${kind.what}`, {
    code: kind.code,
    retryable: kind.retryable,
    details: { path },
    suggestions: [kind.suggestion],
    cause: error,
  });
}

/** Whether `error` says that another process is writing: worth another try in a moment. */
export const isLocked = (error: unknown): boolean => error instanceof OrchestrationError && error.code === "STORE_LOCKED";
