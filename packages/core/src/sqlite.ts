import { resolve } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BlobSweep } from "./blob-sweep.ts";
import { errorMessage, OrchestrationError, StorageError } from "./errors.ts";
import type { JsonValue } from "./json.ts";
import { isLarge, isWrapped, pack, unpack, unpackFields } from "./spill.ts";
import { FileBlobs } from "./sqlite-blobs.ts";
import { SqliteCollections } from "./sqlite-collections.ts";
import { asStorageError } from "./sqlite-error.ts";
import { openDatabase, type SqliteOptions } from "./sqlite-file.ts";
import {
  behind,
  checkListing,
  collectionOf,
  type Entry,
  isThenable,
  type ListOptions,
  misuse,
  REFUSAL,
  type Store,
  type StoreReader,
  type StoreTransaction,
} from "./store.ts";

export type { Durability, SqliteOptions } from "./sqlite-file.ts";

/**
 * The durable store: one SQLite file in WAL mode, one rowid table per collection (`k` the rest of the key, `v` JSON).
 * A transaction is on disk when `transact` returns. Several processes may have the same file open. What is too large for a
 * row (256 KiB of JSON) lies in a file of its own, is written before the commit that names it and read back with its
 * record; one that is missing or damaged throws STORE_CORRUPT.
 * Throws STORAGE_ERROR, STORE_CORRUPT, STORE_VERSION, STORE_LOCKED or UNSAFE_STATE_DIR when the file cannot be used, and
 * leaves it as it is; INVALID_PARAMETERS for another durability.
 */
export function sqliteStore(path: string, options: SqliteOptions = {}): Store {
  // Absolute, so that no path is a name that SQLite takes for something else, as `:memory:`.
  const file = resolve(path);
  const blobs = new FileBlobs(options.blobs ?? `${file}-blobs`, { sync: options.durability !== "normal" });
  return new SqliteStore(file, openDatabase(file, options), blobs);
}

type Row = readonly [k: string, v: string];

class SqliteStore implements Store {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #collections: SqliteCollections;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #version: StatementSync;
  readonly #blobs: FileBlobs;
  readonly #sweep: BlobSweep;
  /** What a sweep sees of the running transaction. */
  readonly #swept = {
    text: (key: string) => this.#text(key),
    keys: (prefix: string, limit: number) => this.list(prefix, { limit }).map(([key]) => key),
    put: (key: string, value: JsonValue) => this.#write(key, JSON.stringify(value)),
    delete: (key: string) => this.#delete(key),
  };
  #running: SqliteTransaction | null = null;

  constructor(path: string, database: DatabaseSync, blobs: FileBlobs) {
    this.#path = path;
    this.#database = database;
    this.#collections = new SqliteCollections(database);
    this.#blobs = blobs;
    this.#sweep = new BlobSweep(blobs);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#version = database.prepare("PRAGMA data_version");
    this.#version.setReturnArrays(true);
  }

  transact<Result>(work: (tx: StoreTransaction) => Result): Result {
    if (this.#running !== null) throw REFUSAL.nested();
    try {
      this.#begin.get();
    } catch (error) {
      throw this.#refusalOf(error);
    }
    const transaction = new SqliteTransaction(this);
    this.#running = transaction;
    try {
      if (this.#sweep.isDue) this.#sweep.run(this.#swept);
      const result = work(transaction);
      if (typeof result === "object" && isThenable(result)) throw REFUSAL.promised();
      this.#commitNow();
      return result;
    } catch (error) {
      this.#rollBack(transaction);
      throw error;
    } finally {
      this.#running = null;
    }
  }

  get(key: string): JsonValue | undefined {
    const text = this.#text(key);
    return text === undefined ? undefined : this.#parse(text, key);
  }

  list(prefix: string, options: ListOptions = {}): Entry[] {
    const name = collectionOf(prefix);
    checkListing(prefix, options);
    const { after, limit = Number.POSITIVE_INFINITY, reverse = false, fields } = options;
    let [lower, upper] = [restOf(prefix), behind(restOf(prefix))];
    const edge = after === undefined ? undefined : restOf(after);
    if (edge !== undefined && !reverse && edge >= lower) lower = `${edge}\0`;
    if (edge !== undefined && reverse && edge < upper) upper = edge;
    // SQLite knows no infinity here; -1 is no limit.
    const rows = this.#rowsOf(prefix, reverse, lower, upper, Number.isFinite(limit) ? limit : -1);
    return rows.flatMap(([k, v]): Entry[] => {
      const key = `${name}/${k}`;
      const value = this.#parse(v, key, fields);
      return value === undefined ? [] : [[key, value]];
    });
  }

  foreignVersion(): number {
    try {
      return Number((this.#version.get() as unknown as [version: number] | undefined)?.[0]);
    } catch (error) {
      throw this.#refusalOf(error);
    }
  }

  close(): void {
    if (this.#running !== null) throw REFUSAL.nested();
    if (!this.#database.isOpen) return;
    this.#sweepAtLast();
    try {
      this.#database.close();
    } catch (error) {
      throw this.#refusalOf(error);
    }
  }

  /** The store as `transaction` sees it. Throws STORAGE_ERROR once that has ended, as the two below. */
  readerIn(transaction: SqliteTransaction): StoreReader {
    if (this.#running !== transaction) throw REFUSAL.ended();
    return this;
  }

  putIn(transaction: SqliteTransaction, key: string, value: JsonValue): void {
    if (this.#running !== transaction) throw REFUSAL.ended();
    const text = textOf(value, key);
    if (!isLarge(text)) this.#write(key, text);
    else {
      const packed = pack(value, text, this.#blobs);
      this.#write(key, packed.text);
      this.#sweep.used(key, packed, this.#swept);
    }
  }

  deleteIn(transaction: SqliteTransaction, key: string): void {
    if (this.#running !== transaction) throw REFUSAL.ended();
    this.#delete(key);
  }

  #delete(key: string): void {
    try {
      const statements = this.#collections.existing(key, this.#running);
      statements?.delete.get(key.slice(statements.start));
    } catch (error) {
      throw this.#refusalOf(error);
    }
    this.#sweep.writes++;
  }

  #write(key: string, text: string): void {
    try {
      const statements = this.#collections.existingOrMade(key, this.#running);
      statements.put.get(key.slice(statements.start), text);
    } catch (error) {
      throw this.#refusalOf(error);
    }
    this.#sweep.writes++;
  }

  #text(key: string): string | undefined {
    try {
      const statements = this.#collections.existing(key, this.#running);
      const row = statements?.get.get(key.slice(statements.start)) as unknown as [v: string] | undefined;
      return row?.[0];
    } catch (error) {
      throw this.#refusalOf(error);
    }
  }

  #rowsOf(prefix: string, reverse: boolean, ...range: [lower: string, upper: string, limit: number]): Row[] {
    try {
      const statements = this.#collections.existing(prefix, this.#running);
      return ((reverse ? statements?.backward : statements?.forward)?.all(...range) ??
        []) as unknown as Row[];
    } catch (error) {
      throw this.#refusalOf(error);
    }
  }

  /** Blobs that nothing names any more go when the store is closed; when another process writes, the next one does it. */
  #sweepAtLast(): void {
    if (!this.#sweep.isWorthIt) return;
    try {
      this.#sweep.start();
      while (this.#sweep.isUnderWay) this.transact(() => this.#sweep.run(this.#swept));
    } catch {
      // What is left takes room, and harms nobody.
    }
  }

  #rollBack(transaction: object): void {
    this.#collections.rollsBack(transaction);
    // SQLite has rolled back by itself after some errors (disk full, I/O).
    if (!this.#database.isOpen || !this.#database.isTransaction) return;
    try {
      this.#database.exec("ROLLBACK");
    } catch (error) {
      throw this.#refusalOf(error);
    }
  }

  /** The record of a text; undefined when it has been deleted since. */
  #parse(text: string, key: string, fields?: readonly string[]): JsonValue | undefined {
    try {
      if (fields) return unpackFields(text, fields, this.#blobs);
      return isWrapped(text) ? unpack(text, this.#blobs) : (JSON.parse(text) as JsonValue);
    } catch (cause) {
      if (cause instanceof OrchestrationError) {
        // Another process may have replaced the record since it was read, and swept what it named.
        const now = this.#text(key);
        if (now !== text) return now === undefined ? undefined : this.#parse(now, key, fields);
        const { message, code, retryable, suggestions } = cause;
        throw new StorageError(message, {
          ...{ code, retryable, suggestions, cause },
          details: { ...cause.details, key },
        });
      }
      const details = { path: this.#path, key };
      throw new StorageError(`The record ${key} in ${this.#path} is damaged`, {
        code: "STORE_CORRUPT",
        retryable: false,
        details,
        cause,
      });
    }
  }

  #commitNow(): void {
    try {
      this.#commit.get();
    } catch (error) {
      throw this.#refusalOf(error);
    }
  }

  #refusalOf(error: unknown): OrchestrationError {
    return this.#database.isOpen ? asStorageError(error, this.#path) : REFUSAL.closed();
  }
}

/** What the work of a transaction gets: nothing but who it is, so that one costs a single small object. */
class SqliteTransaction implements StoreTransaction {
  readonly #store: SqliteStore;

  constructor(store: SqliteStore) {
    this.#store = store;
  }

  get(key: string): JsonValue | undefined {
    return this.#store.readerIn(this).get(key);
  }

  list(prefix: string, options?: ListOptions): Entry[] {
    return this.#store.readerIn(this).list(prefix, options);
  }

  put(key: string, value: JsonValue): void {
    this.#store.putIn(this, key, value);
  }

  delete(key: string): void {
    this.#store.deleteIn(this, key);
  }
}

/** The JSON of a value. Throws STORAGE_ERROR for one that has none: a function, a bigint, a cycle. */
function textOf(value: JsonValue, key: string): string {
  let [text, reason]: [text: string | undefined, reason: string] = [undefined, `${typeof value} is no JSON`];
  try {
    text = JSON.stringify(value);
  } catch (error) {
    reason = errorMessage(error);
  }
  if (text === undefined) throw misuse(`What was to be put at ${key} has no JSON text: ${reason}`, { key });
  return text;
}

/** What stands behind the collection's name in a key. */
const restOf = (key: string): string => key.slice(key.indexOf("/") + 1);
