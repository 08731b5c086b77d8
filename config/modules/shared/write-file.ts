import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { StorageError } from "@orch/core";
import { virtualFileSystem } from "./virtual-file-system.ts";

/**
 * Writes a whole file: to a temporary name beside it, then renamed, so that a reader sees the old one or the new one.
 * Creates the directories above it. Returns the absolute path; a failure is a STORAGE_ERROR and leaves nothing behind.
 */
export async function writeWholeFile(path: string, text: string): Promise<string> {
  const full = resolve(path);
  const temporary = `${full}.${randomUUID()}.tmp`;
  try {
    const virtual = await virtualFileSystem(dirname(full));
    if (virtual !== null) throw new Error(`it lies in ${virtual}, which takes no files`);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, full);
    return full;
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError(`Cannot write ${full}: ${reason}`, {
      details: { path: full },
      suggestions: ["Choose another path", "Check that the directory can be written and the disk has space"],
      cause,
    });
  }
}
