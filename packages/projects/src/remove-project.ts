import { lstatSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorMessage, PermissionDeniedError, StorageError } from "@orch/core";
import { UNFINISHED } from "./leftovers.ts";
import { isWithin } from "./within.ts";

/** A directory that is out of the way and not removed yet. */
export interface PutAside {
  /** Brings it back. */
  undo(): void;
  /** Removes it with all that is in it. Throws STORAGE_ERROR where something cannot be. */
  finish(): void;
}

/**
 * Puts the directory of a project out of the way, at once, so that nobody ever sees half of it. Throws PERMISSION_DENIED for
 * a link and for a directory that holds one of `kept`; STORAGE_ERROR.
 */
export function putAside(path: string, id: string, kept: readonly string[]): PutAside {
  const lost = kept.find((each) => isWithin(each, path));
  if (lost !== undefined || lstatSync(path).isSymbolicLink())
    throw new PermissionDeniedError(
      lost === undefined
        ? `${path} is a link, and is not removed`
        : `${path} is not removed: it holds ${lost}`,
      { details: { path }, suggestions: ["Delete the project without its files, and remove them by hand."] },
    );
  const aside = join(dirname(path), `${UNFINISHED.removed}${id}`);
  try {
    renameSync(path, aside);
  } catch (cause) {
    throw notRemoved(path, cause);
  }
  return {
    undo: () => renameSync(aside, path),
    finish() {
      try {
        rmSync(aside, { recursive: true });
      } catch (cause) {
        throw notRemoved(aside, cause);
      }
    },
  };
}

const notRemoved = (path: string, cause: unknown): StorageError =>
  new StorageError(`The files in ${path} cannot be removed: ${errorMessage(cause)}`, {
    details: { path },
    suggestions: ["Remove them by hand."],
    cause,
  });
