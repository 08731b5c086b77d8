import { needText } from "./argument.ts";
import { errorMessage, StorageError } from "./errors.ts";
import { type IdGenerator, newRandomId } from "./ids.ts";
import { makeDirectory } from "./make-directory.ts";

/**
 * Writes `text` to the file `path`, by a temporary name beside it, so that nobody ever sees half a file; makes its directory.
 * Throws STORAGE_ERROR where that fails, and leaves what was there.
 */
export function replaceFile(path: string, text: string, newId: IdGenerator = newRandomId): void {
  // Not imported, since the root of the package runs elsewhere than in Node, too.
  const { renameSync, rmSync, writeFileSync } = process.getBuiltinModule("node:fs");
  const { basename, dirname, join, resolve } = process.getBuiltinModule("node:path");
  const file = resolve(needText("path", path));
  const temporary = join(dirname(file), `.${basename(file)}.${newId()}.tmp`);
  try {
    makeDirectory(dirname(file));
    writeFileSync(temporary, needText("text", text), { flag: "wx" });
    renameSync(temporary, file);
  } catch (cause) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // What made the write fail is the news.
    }
    throw new StorageError(`${path} cannot be written: ${errorMessage(cause)}`, { details: { path }, cause });
  }
}
