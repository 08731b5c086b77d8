import type { DatabaseSync, StatementSync } from "node:sqlite";
import { collectionOf } from "./store.ts";

/**
 * The statements of one collection. `forward` and `backward` take a lower bound, an upper one (exclusive) and a limit. Rows
 * are arrays, which cost a third of objects. All are run by `get` or `all`, also those that write: `run` makes an object of
 * what has changed, which costs as much as the rest of the call.
 */
export interface Statements {
  /** Where the rest of a key begins, behind the collection's name and the slash. */
  readonly start: number;
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly delete: StatementSync;
  readonly forward: StatementSync;
  readonly backward: StatementSync;
}

/** The tables of a database, one for each collection, with statements prepared once: preparing costs more than running. */
export class SqliteCollections {
  readonly #database: DatabaseSync;
  readonly #known = new Map<string, Statements>();
  readonly #lookUp: StatementSync;
  readonly #version: StatementSync;
  /** Collections that were not there at a version of the file: another process may have made them since. */
  readonly #missing = new Map<string, unknown>();
  /** Collections whose table the transaction `#madeIn` has made. */
  #made: string[] = [];
  #madeIn: object | null = null;
  /** The version of the file in the transaction `#pinnedIn`: as long as it runs, nobody else makes a table. */
  #pinned: unknown;
  #pinnedIn: object | null = null;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#lookUp = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?");
    this.#version = database.prepare("PRAGMA data_version");
  }

  /**
   * The statements for a key or prefix, or `undefined` while nobody has written to its collection; `running` is the
   * transaction under way, if any. Throws STORAGE_ERROR for what is no key.
   */
  existing(key: string, running: object | null): Statements | undefined {
    const name = collectionOf(key);
    return this.#known.get(name) ?? this.#lookedUp(name, running);
  }

  /** The same; makes the table, inside the running transaction, when there is none. */
  existingOrMade(key: string, running: object | null): Statements {
    const name = collectionOf(key);
    return this.#known.get(name) ?? this.#lookedUp(name, running) ?? this.#make(name, running);
  }

  /** Before `running` is rolled back: the tables made will be gone. */
  rollsBack(running: object): void {
    if (this.#madeIn === running) for (const name of this.#made) this.#known.delete(name);
  }

  #lookedUp(name: string, running: object | null): Statements | undefined {
    const version = this.#versionIn(running);
    if (this.#missing.get(name) === version) return undefined;
    if (this.#lookUp.get(tableOf(name)) !== undefined) return this.#prepare(name);
    this.#missing.set(name, version);
    return undefined;
  }

  #make(name: string, running: object | null): Statements {
    // A rowid table: WITHOUT ROWID halves the speed from about 1 KB per record.
    this.#database.exec(`CREATE TABLE ${tableOf(name)} (k TEXT PRIMARY KEY NOT NULL, v TEXT NOT NULL)`);
    if (this.#madeIn !== running) this.#made = [];
    this.#madeIn = running;
    this.#made.push(name);
    return this.#prepare(name);
  }

  /** Asked for in a fifth of the time that it takes to look a table up, and once in a transaction. */
  #versionIn(running: object | null): unknown {
    if (running !== null && this.#pinnedIn === running) return this.#pinned;
    this.#pinned = this.#version.get()?.["data_version"];
    this.#pinnedIn = running;
    return this.#pinned;
  }

  #prepare(name: string): Statements {
    const table = tableOf(name);
    const range = `SELECT k, v FROM ${table} WHERE k >= ? AND k < ? ORDER BY k`;
    const prepare = (sql: string): StatementSync => {
      const statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    const statements = {
      start: name.length + 1,
      get: prepare(`SELECT v FROM ${table} WHERE k = ?`),
      put: prepare(`INSERT INTO ${table} (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v`),
      delete: prepare(`DELETE FROM ${table} WHERE k = ?`),
      forward: prepare(`${range} LIMIT ?`),
      backward: prepare(`${range} DESC LIMIT ?`),
    };
    this.#known.set(name, statements);
    this.#missing.delete(name);
    return statements;
  }
}

/** Safe to put into a statement: the name of a collection is `[a-z][a-z0-9_]*`. */
const tableOf = (collection: string): string => `c_${collection}`;
