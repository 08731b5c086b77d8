import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/** No file of ours is larger: 4 MiB. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

// Neither a link is followed nor a pipe waited for; Windows knows none of the two flags.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The text of a file; null where there is none. Throws for a link, for what is no file, for too much and for what is no UTF-8. */
export function readText(path: string): string | null {
  const file = open(path);
  if (file === null) return null;
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new Error("it is no file");
    if (found.size > MAX_FILE_BYTES) throw new Error(`it has more than ${MAX_FILE_BYTES} bytes`);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } finally {
    closeSync(file);
  }
}

function open(path: string): number | null {
  try {
    return openSync(path, FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (code === "ELOOP") throw new Error("it is a link, and links are not followed", { cause: error });
    throw error;
  }
}
