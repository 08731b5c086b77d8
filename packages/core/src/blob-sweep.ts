import type { JsonValue } from "./json.ts";
import { namesBlob, type Packed } from "./spill.ts";
import type { FileBlobs } from "./sqlite-blobs.ts";

/** Where it is written which record names which blob: `blob_uses/<blob>/<key of the record>`. */
const USES = "blob_uses/";
/** After as many blobs, or records of any kind, written or deleted, what nothing names any more is looked for. */
const BLOBS_BETWEEN = 64;
const WRITES_BETWEEN = 10_000;

/** What a sweep needs of the store, inside a transaction. */
interface SweptStore {
  /** The text of a record as it is stored. */
  text(key: string): string | undefined;
  keys(prefix: string): string[];
  put(key: string, value: JsonValue): void;
  delete(key: string): void;
}

/**
 * Which records name which blobs, and the deleting of those that none names. It costs nothing where no blob is written: a
 * record that is overwritten or deleted is not looked at, a sweep finds out later. A sweep costs a look per use.
 */
export class BlobSweep {
  readonly #blobs: FileBlobs;
  #blobsWritten = 0;
  #writes = 0;
  #first = true;

  constructor(blobs: FileBlobs) {
    this.#blobs = blobs;
  }

  /** A record was written with these blobs. */
  used(key: string, { names }: Packed, store: SweptStore): void {
    for (const name of names) store.put(`${USES}${name}/${key}`, 1);
    this.#blobsWritten += names.length;
  }

  /** A record was written or deleted: what it named before may be named no more. */
  wrote(): void {
    this.#writes++;
  }

  /** Whether it is time for {@link run}: also soon after the first blob, since an earlier process may have left some. */
  get isDue(): boolean {
    return (
      (this.#first && this.#blobsWritten > 0) ||
      this.#blobsWritten >= BLOBS_BETWEEN ||
      this.#writes >= WRITES_BETWEEN
    );
  }

  /** Whether anything has happened after which blobs may be left that nothing names. */
  get isWorthIt(): boolean {
    return this.#writes > 0;
  }

  /**
   * Deletes the blobs that no record names. To be called before anything else in a transaction: nobody else can write then,
   * and what it sees is on the disk, so that nothing is missed when the transaction is rolled back.
   */
  run(store: SweptStore): void {
    [this.#blobsWritten, this.#writes, this.#first] = [0, 0, false];
    const names = this.#blobs.names();
    if (names.length === 0) return;
    const used = new Set<string>();
    for (const use of store.keys(USES)) {
      const [name = "", ...key] = use.slice(USES.length).split("/");
      if (namesBlob(store.text(key.join("/")) ?? "", name)) used.add(name);
      else store.delete(use);
    }
    for (const name of names) if (!used.has(name)) this.#blobs.remove(name);
  }
}
