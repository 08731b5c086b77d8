import { linkSync, mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorMessage, newId, StorageError } from "@orch/core";

/**
 * Writes a new file, and the directories that it lies in; false, changing nothing, where there is one. Written to another
 * name first, so that nobody reads half of it; a link never replaces what is there. Throws STORAGE_ERROR.
 */
export function writeNew(file: string, text: string): boolean {
  const temporary = join(dirname(file), `.${basename(file)}.${newId()}.tmp`);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, text, { flag: "wx" });
    linkSync(temporary, file);
    return true;
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === "EEXIST") return false;
    throw new StorageError(`${file} cannot be written: ${errorMessage(cause)}`, {
      details: { path: file },
      suggestions: ["Name a directory in which you may write."],
      cause,
    });
  } finally {
    removeQuietly(temporary);
  }
}

function removeQuietly(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It was never made.
  }
}
