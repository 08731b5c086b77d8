import { resolve } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StorageError } from "./errors.ts";
import type { JsonValue } from "./json.ts";
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
 * A transaction is on disk when `transact` returns. Several processes may have the same file open.
 * Throws STORAGE_ERROR, STORE_CORRUPT, STORE_VERSION, STORE_LOCKED or UNSAFE_STATE_DIR when the file cannot be used, and
 * leaves it as it is; INVALID_PARAMETERS for another durability.
 */
export function sqliteStore(path: string, options: SqliteOptions = {}): Store {
  // Absolute, so that no path is a name that SQLite takes for something else, as `:memory:`.
  const file = resolve(path);
  return new SqliteStore(file, openDatabase(file, options));
}

class SqliteStore implements Store {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #collections: SqliteCollections;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #version: StatementSync;
  /** Identifies the running transaction. */
  #running: object | null = null;

  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    this.#collections = new SqliteCollections(database);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#version = database.prepare("PRAGMA data_version");
  }

  transact<Result>(work: (tx: StoreTransaction) => Result): Result {
    if (this.#running) throw REFUSAL.nested();
    this.#guard(() => this.#begin.run());
    const mine = {};
    this.#running = mine;
    try {
      const result = work(this.#transaction(mine));
      if (isThenable(result)) throw REFUSAL.promised();
      this.#guard(() => this.#commit.run());
      this.#collections.keepMade();
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#running = null;
    }
  }

  get(key: string): JsonValue | undefined {
    const row = this.#guard(() => this.#collections.existing(collectionOf(key))?.get.get(restOf(key))) as
      | Row
      | undefined;
    return row === undefined ? undefined : this.#parse(row.v, key);
  }

  list(prefix: string, options: ListOptions = {}): Entry[] {
    const name = collectionOf(prefix);
    checkListing(prefix, options);
    const { after, limit = Number.POSITIVE_INFINITY, reverse = false } = options;
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
    return rows.map(({ k, v }) => [`${name}/${k}`, this.#parse(v, `${name}/${k}`)]);
  }

  foreignVersion(): number {
    return Number(this.#guard(() => this.#version.get())?.["data_version"]);
  }

  close(): void {
    if (this.#running) throw REFUSAL.nested();
    if (this.#database.isOpen) this.#guard(() => this.#database.close());
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
      delete: (key) => {
        running().#guard(() => this.#collections.existing(collectionOf(key))?.delete.run(restOf(key)));
      },
    };
  }

  #put(key: string, value: JsonValue): void {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw misuse(`${typeof value} cannot be put at ${key}`, { key });
    this.#guard(() => this.#collections.existingOrMade(collectionOf(key)).put.run(restOf(key), text));
  }

  #rollBack(): void {
    this.#collections.forgetMade();
    // SQLite has rolled back by itself after some errors (disk full, I/O).
    if (this.#database.isOpen && this.#database.isTransaction)
      this.#guard(() => this.#database.exec("ROLLBACK"));
  }

  #parse(text: string, key: string): JsonValue {
    try {
      return JSON.parse(text) as JsonValue;
    } catch (cause) {
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
