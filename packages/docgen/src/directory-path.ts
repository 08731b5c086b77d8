import { wrongArgument } from "@orch/core/base";

/** A directory below a project, such as `data/raw`. */
export interface DirectoryPath {
  /** Without a slash at its end: `src/` is `src`. */
  readonly name: string;
  /** The way back to the project: one `../` for each part. */
  readonly up: string;
}

/** Reads a directory below a project. Throws INVALID_PARAMETERS for one that is absolute or leaves it. */
export function directoryPath(path: string, given: string): DirectoryPath {
  const parts = given.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
  const isBelow = parts.length > 0 && !parts.includes("..") && !/^[\\/]|^[a-z]:/i.test(given);
  if (!isBelow || given.includes("\0")) throw wrongArgument(path, "a directory below the project", given);
  return { name: parts.join("/"), up: "../".repeat(parts.length) };
}
