import { resolve } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BlobSweep } from "./blob-sweep.ts";
import { OrchestrationError, StorageError } from "./errors.ts";
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
  type StoreTransaction,
} from "./store.ts";

export type { Durability, SqliteOptions } from "./sqlite-file.ts";

interface Row {
  readonly k: string;
  readonly v: string;
}

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
  /** Identifies the running transaction. */
  #running: object | null = null;

  constructor(path: string, database: DatabaseSync, blobs: FileBlobs) {
    this.#path = path;
    this.#database = database;
    this.#collections = new SqliteCollections(database);
    this.#blobs = blobs;
    this.#sweep = new BlobSweep(blobs);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#version = database.prepare("PRAGMA data_version");
  }

  transact<Result>(work: (tx: StoreTransaction) => Result): Result {
    if (this.#running) throw REFUSAL.nested();
    this.#guard(() => this.#begin.run());
    this.#collections.begun();
    const mine = {};
    this.#running = mine;
    try {
      if (this.#sweep.isDue) this.#sweep.run(this.#swept);
      const result = work(this.#transaction(mine));
      if (isThenable(result)) throw REFUSAL.promised();
      this.#guard(() => this.#commit.run());
      this.#collections.committed();
      return result;
    } catch (error) {
      this.#rollBack();
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
    const statements = this.#guard(() => this.#collections.existing(name));
    if (statements === undefined) return [];
    let [lower, upper] = [restOf(prefix), behind(restOf(prefix))];
    const edge = after === undefined ? undefined : restOf(after);
    if (edge !== undefined && !reverse && edge >= lower) lower = `${edge}\0`;
    if (edge !== undefined && reverse && edge < upper) upper = edge;
    const statement = reverse ? statements.backward : statements.forward;
    // SQLite knows no infinity here; -1 is no limit.
    const rows = this.#guard(() =>
      statement.all(lower, upper, Number.isFinite(limit) ? limit : -1),
    ) as unknown as Row[];
    return rows.flatMap(({ k, v }): Entry[] => {
      const key = `${name}/${k}`;
      const value = this.#parse(v, key, fields);
      return value === undefined ? [] : [[key, value]];
    });
  }

  foreignVersion(): number {
    return Number(this.#guard(() => this.#version.get())?.["data_version"]);
  }

  close(): void {
    if (this.#running) throw REFUSAL.nested();
    if (!this.#database.isOpen) return;
    this.#sweepAtLast();
    this.#guard(() => this.#database.close());
  }

  #transaction(mine: object): StoreTransaction {
    const running = (): this => {
      if (this.#running !== mine) throw REFUSAL.ended();
      return this;
    };
    return {
      get: (key) => running().get(key),
      list: (prefix, options) => running().list(prefix, options),
      put: (key, value) => running().#put(key, value),
      delete: (key) => running().#delete(key),
    };
  }

  #put(key: string, value: JsonValue): void {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw misuse(`${typeof value} cannot be put at ${key}`, { key });
    if (!isLarge(text)) this.#write(key, text);
    else {
      const packed = pack(value, text, this.#blobs);
      this.#write(key, packed.text);
      this.#sweep.used(key, packed, this.#swept);
    }
  }

  #write(key: string, text: string): void {
    this.#guard(() => this.#collections.existingOrMade(collectionOf(key)).put.run(restOf(key), text));
    this.#sweep.wrote();
  }

  #delete(key: string): void {
    this.#guard(() => this.#collections.existing(collectionOf(key))?.delete.run(restOf(key)));
    this.#sweep.wrote();
  }

  #text(key: string): string | undefined {
    const row = this.#guard(() => this.#collections.existing(collectionOf(key))?.get.get(restOf(key)));
    return (row as Row | undefined)?.v;
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

  #rollBack(): void {
    this.#collections.rollsBack();
    // SQLite has rolled back by itself after some errors (disk full, I/O).
    if (this.#database.isOpen && this.#database.isTransaction)
      this.#guard(() => this.#database.exec("ROLLBACK"));
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

  #guard<Result>(call: () => Result): Result {
    try {
      return call();
    } catch (error) {
      throw this.#database.isOpen ? asStorageError(error, this.#path) : REFUSAL.closed();
    }
  }
}

/** What stands behind the collection's name in a key. */
const restOf = (key: string): string => key.slice(key.indexOf("/") + 1);
