import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import { ConfigurationError, errorMessage } from "@orch/core";

/** What a file must not be, and how it is told. */
export interface OperatorFileRules {
  /** What callers can write to: nothing is read from there. */
  readonly baseDir: string;
  /** Bits of a mode that it must not have. */
  readonly forbidden: number;
  /** What those bits would mean, as the end of a sentence. */
  readonly danger: string;
  /** The error for a file that cannot be used, and why. */
  readonly refused: (why: string) => ConfigurationError;
}

/**
 * The text of a file that the operator alone may write. Throws what `refused` makes where it cannot be read, lies in the
 * base directory, or has a mode that it must not have.
 */
export function readOperatorFile(
  file: string,
  { baseDir, forbidden, danger, refused }: OperatorFileRules,
): string {
  try {
    const real = realpathSync(file);
    const way = relative(realpathSync(baseDir), real);
    if (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way))
      throw refused("it lies in the base directory, where callers can write");
    const descriptor = openSync(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const { mode } = fstatSync(descriptor);
      if (process.platform !== "win32" && (mode & forbidden) !== 0) throw refused(danger);
      return readFileSync(descriptor, "utf8");
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw error instanceof ConfigurationError ? error : refused(errorMessage(error));
  }
}
