import type { JsonValue } from "./json.ts";
import { namesBlob, type Packed } from "./spill.ts";
import type { FileBlobs } from "./sqlite-blobs.ts";

/** Where it is written which record names which blob: `blob_uses/<blob>/<key of the record>`. */
const USES = "blob_uses/";
/** After as many blobs, or records of any kind, written or deleted, what nothing names any more is looked for. */
const BLOBS_BETWEEN = 64;
const WRITES_BETWEEN = 10_000;
/** So many blobs are looked at in one transaction: twice as many as may come in between, so that a round ends. */
const BLOBS_AT_ONCE = 2 * BLOBS_BETWEEN;
/** So many stale uses of one blob are passed over in one transaction. */
const USES_AT_ONCE = 64;

/** What a sweep needs of the store, inside a transaction. */
interface SweptStore {
  /** The text of a record as it is stored. */
  text(key: string): string | undefined;
  /** The first keys with a prefix. */
  keys(prefix: string, limit: number): string[];
  put(key: string, value: JsonValue): void;
  delete(key: string): void;
}

/**
 * Which records name which blobs, and the deleting of those that none names. It costs nothing where no blob is written: a
 * record that is overwritten or deleted is not looked at, a sweep finds out later. A sweep goes round: each step looks at a
 * bounded number of blobs, however many there are, and the next step goes on there.
 */
export class BlobSweep {
  readonly #blobs: FileBlobs;
  #blobsWritten = 0;
  /** How many records were written or deleted since the last step, counted by the store: what they named may be named no more. */
  writes = 0;
  #first = true;
  /** What the round has not looked at yet. */
  #left: string[] = [];

  constructor(blobs: FileBlobs) {
    this.#blobs = blobs;
  }

  /** A record was written with these blobs. */
  used(key: string, { names }: Packed, store: SweptStore): void {
    for (const name of names) store.put(`${USES}${name}/${key}`, 1);
    this.#blobsWritten += names.length;
  }

  /** Whether it is time for {@link run}: also soon after the first blob, since an earlier process may have left some. */
  get isDue(): boolean {
    return this.writes >= WRITES_BETWEEN || this.#blobsWritten >= (this.#first ? 1 : BLOBS_BETWEEN);
  }

  /** Whether anything has happened after which blobs may be left that nothing names. */
  get isWorthIt(): boolean {
    return this.writes > 0 || this.isUnderWay;
  }

  /** Whether the round has something left to look at. */
  get isUnderWay(): boolean {
    return this.#left.length > 0;
  }

  /** Begins a round anew. O(blobs), a name each. */
  start(): void {
    this.#left = this.#blobs.names();
  }

  /**
   * One step: deletes blobs that no record names. To be called before anything else in a transaction: nobody else can write
   * then, and what it sees is on the disk, so that nothing is missed when the transaction is rolled back.
   */
  run(store: SweptStore): void {
    [this.#blobsWritten, this.writes, this.#first] = [0, 0, false];
    if (!this.isUnderWay) this.start();
    for (let looked = 0; looked < BLOBS_AT_ONCE; looked++) {
      const name = this.#left.at(-1);
      const isNamed = name === undefined ? null : isNamedIn(store, name);
      if (name === undefined || isNamed === null) return;
      if (!isNamed) this.#blobs.remove(name);
      this.#left.pop();
    }
  }
}

/** Whether a record names the blob; `null` when only stale uses were found so far, which are deleted. */
function isNamedIn(store: SweptStore, name: string): boolean | null {
  const prefix = `${USES}${name}/`;
  const uses = store.keys(prefix, USES_AT_ONCE);
  for (const use of uses) {
    if (namesBlob(store.text(use.slice(prefix.length)) ?? "", name)) return true;
    store.delete(use);
  }
  return uses.length < USES_AT_ONCE ? false : null;
}
