import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StorageError } from "./errors.ts";
import type { JsonValue } from "./json.ts";
import { asStorageError } from "./sqlite-error.ts";
import { type Durability, openDatabase } from "./sqlite-file.ts";
import { collectionOf, type Entry, type ListOptions, type Store, type StoreTransaction } from "./store.ts";

export type { Durability } from "./sqlite-file.ts";

/** Options of {@link sqliteStore}. */
export interface SqliteOptions {
  /** @default "full" */
  readonly durability?: Durability;
}

/** The statements of one collection, prepared once: preparing anew costs more than running them. */
interface Statements {
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly delete: StatementSync;
  readonly forward: StatementSync;
  readonly backward: StatementSync;
}

interface Row {
  readonly k: string;
  readonly v: string;
}

/**
 * The durable store: one SQLite file in WAL mode, one rowid table per collection (`k` the rest of the key, `v` JSON).
 * A transaction is on disk when `transact` returns. Several processes may have the same file open.
 * Throws STORAGE_ERROR, STORE_CORRUPT, STORE_VERSION or UNSAFE_STATE_DIR when the file cannot be used.
 */
export function sqliteStore(path: string, { durability = "full" }: SqliteOptions = {}): Store {
  return new SqliteStore(path, openDatabase(path, durability));
}

class SqliteStore implements Store {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #collections = new Map<string, Statements>();
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #version: StatementSync;
  /** Collections whose table the running transaction has made: forgotten when it is rolled back. */
  #made: string[] = [];

  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#version = database.prepare("PRAGMA data_version");
  }

  transact<Result>(work: (tx: StoreTransaction) => Result): Result {
    if (this.#database.isOpen && this.#database.isTransaction) throw new StorageError("A transaction is under way already", { retryable: false });
    this.#guard(() => this.#begin.run());
    try {
      const result = work(this.#transaction);
      this.#guard(() => this.#commit.run());
      this.#made = [];
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  get(key: string): JsonValue | undefined {
    const row = this.#guard(() => this.#existing(key)?.get.get(restOf(key))) as Row | undefined;
    return row === undefined ? undefined : this.#parse(row.v, key);
  }

  list(prefix: string, { after, limit = -1, reverse = false }: ListOptions = {}): Entry[] {
    const statements = this.#guard(() => this.#existing(prefix));
    if (statements === undefined) return [];
    const name = collectionOf(prefix);
    let [lower, upper] = [restOf(prefix), `${restOf(prefix)}\u007f`];
    const edge = after === undefined ? undefined : restOf(after);
    if (edge !== undefined && !reverse && edge >= lower) lower = `${edge}\0`;
    if (edge !== undefined && reverse && edge < upper) upper = edge;
    const statement = reverse ? statements.backward : statements.forward;
    const rows = this.#guard(() => statement.all(lower, upper, limit)) as unknown as Row[];
    return rows.map(({ k, v }) => [`${name}/${k}`, this.#parse(v, `${name}/${k}`)]);
  }

  foreignVersion(): number {
    return Number(Object.values(this.#guard(() => this.#version.get()) ?? {})[0]);
  }

  close(): void {
    if (this.#database.isOpen) this.#guard(() => this.#database.close());
  }

  readonly #transaction: StoreTransaction = {
    get: (key) => this.get(key),
    list: (prefix, options) => this.list(prefix, options),
    put: (key, value) => {
      const statements = this.#guard(() => this.#existing(key) ?? this.#create(key));
      this.#guard(() => statements.put.run(restOf(key), JSON.stringify(value)));
    },
    delete: (key) => {
      this.#guard(() => this.#existing(key)?.delete.run(restOf(key)));
    },
  };

  /** The statements of a key's collection, or `undefined` while nobody has written to it. */
  #existing(key: string): Statements | undefined {
    const name = collectionOf(key);
    const known = this.#collections.get(name);
    if (known !== undefined) return known;
    if (this.#database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(tableOf(name)) === undefined) return undefined;
    return this.#prepare(name);
  }

  #create(key: string): Statements {
    const name = collectionOf(key);
    // A rowid table: WITHOUT ROWID halves the speed from about 1 KB per record.
    this.#database.exec(`CREATE TABLE ${tableOf(name)} (k TEXT PRIMARY KEY NOT NULL, v TEXT NOT NULL)`);
    this.#made.push(name);
    return this.#prepare(name);
  }

  #prepare(name: string): Statements {
    const table = tableOf(name);
    const range = `SELECT k, v FROM ${table} WHERE k >= ? AND k < ? ORDER BY k`;
    const statements = {
      get: this.#database.prepare(`SELECT v FROM ${table} WHERE k = ?`),
      put: this.#database.prepare(`INSERT INTO ${table} (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v`),
      delete: this.#database.prepare(`DELETE FROM ${table} WHERE k = ?`),
      forward: this.#database.prepare(`${range} LIMIT ?`),
      backward: this.#database.prepare(`${range} DESC LIMIT ?`),
    };
    this.#collections.set(name, statements);
    return statements;
  }

  #rollBack(): void {
    for (const name of this.#made) this.#collections.delete(name);
    this.#made = [];
    // SQLite has rolled back by itself after some errors (disk full, I/O).
    if (this.#database.isOpen && this.#database.isTransaction) this.#guard(() => this.#database.exec("ROLLBACK"));
  }

  #parse(text: string, key: string): JsonValue {
    try {
      return JSON.parse(text) as JsonValue;
    } catch (cause) {
      throw new StorageError(`The record ${key} in ${this.#path} is damaged`, { code: "STORE_CORRUPT", retryable: false, details: { path: this.#path, key }, cause });
    }
  }

  #guard<Result>(call: () => Result): Result {
    try {
      return call();
    } catch (error) {
      throw asStorageError(error, this.#path);
    }
  }
}

const COLLECTION = /^[a-z][a-z0-9_]*$/;

function tableOf(collection: string): string {
  if (!COLLECTION.test(collection)) throw new StorageError(`'${collection}' is no name of a collection`, { retryable: false });
  return `c_${collection}`;
}

/** What stands behind the collection's name in a key. */
const restOf = (key: string): string => key.slice(key.indexOf("/") + 1);
