import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errorMessage, StorageError } from "./errors.ts";
import { newRandomId } from "./ids.ts";
import { isObject } from "./json.ts";
import { makeDirectory } from "./make-directory.ts";
import { asStorageError } from "./sqlite-error.ts";

const NAME = /^[0-9a-f]{64}$/;
/** What a process that died while writing has left. */
const DRAFT = /^[0-9a-f]{64}\..+\.draft$/;

/**
 * Large texts in files of their own (0600) in one directory (0700), each named by the SHA-256 of its bytes: the same text is
 * there once, and one that has changed is recognised. Whoever writes or sweeps holds the lock of the store that names them.
 */
export class FileBlobs {
  readonly #directory: string;
  readonly #sync: boolean;

  /** `sync`: what was written is on the disk itself when {@link write} returns. */
  constructor(directory: string, { sync }: { readonly sync: boolean }) {
    this.#directory = directory;
    this.#sync = sync;
  }

  /** The names of all that are there, with what was left half written; none when there is no directory. */
  names(): string[] {
    try {
      return readdirSync(this.#directory).filter((name) => NAME.test(name) || DRAFT.test(name));
    } catch (error) {
      if (isMissing(error)) return [];
      throw asStorageError(error, this.#directory);
    }
  }

  /** Keeps a text and returns its name. Throws STORAGE_ERROR, and leaves nothing behind, when the disk refuses. */
  write(text: string): string {
    const bytes = Buffer.from(text, "utf8");
    const name = nameOf(bytes);
    const path = this.#pathOf(name);
    const draft = `${path}.${newRandomId()}.draft`;
    try {
      if (lstatSync(path, { throwIfNoEntry: false })?.size === bytes.byteLength) return name;
      makeDirectory(this.#directory, { mode: 0o700 });
      this.#writeDraft(draft, bytes);
      renameSync(draft, path);
      this.#syncDirectory();
      return name;
    } catch (error) {
      this.remove(draft.slice(dirname(draft).length + 1));
      throw asStorageError(error, path);
    }
  }

  /** The text of a name. Throws STORE_CORRUPT, with the file, when it is not there or has other bytes. */
  read(name: string): string {
    const path = this.#pathOf(name);
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      if (isMissing(error)) throw damaged(path, "is missing", error);
      throw asStorageError(error, path);
    }
    if (nameOf(bytes) !== name) throw damaged(path, "is damaged");
    return bytes.toString("utf8");
  }

  /** Deletes what {@link names} gave. One that is gone already, or cannot be deleted, is passed over. */
  remove(name: string): void {
    try {
      unlinkSync(this.#pathOf(name));
    } catch {
      // The next sweep finds it again.
    }
  }

  #pathOf(name: string): string {
    return join(this.#directory, name);
  }

  #writeDraft(path: string, bytes: Buffer): void {
    const file = openSync(path, "wx", 0o600);
    try {
      for (let written = 0; written < bytes.byteLength; ) written += writeSync(file, bytes, written);
      if (this.#sync) fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** The new name is on the disk only with its directory; Windows cannot open one. */
  #syncDirectory(): void {
    if (!this.#sync || process.platform === "win32") return;
    for (const path of [this.#directory, dirname(this.#directory)]) {
      const file = openSync(path, "r");
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    }
  }
}

const nameOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const isMissing = (error: unknown): boolean => isObject(error) && error["code"] === "ENOENT";

const damaged = (path: string, why: string, cause?: unknown): StorageError =>
  new StorageError(`The file ${path} ${why}: a result that is kept there cannot be read`, {
    code: "STORE_CORRUPT",
    retryable: false,
    details: { path, ...(cause === undefined ? {} : { reason: errorMessage(cause) }) },
    suggestions: ["Restore it from a backup together with the state database. Nothing was changed."],
    cause,
  });
