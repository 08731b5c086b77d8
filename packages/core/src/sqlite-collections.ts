import type { DatabaseSync, StatementSync } from "node:sqlite";

/** The statements of one collection. `forward` and `backward` take a lower bound, an upper one (exclusive) and a limit. */
export interface Statements {
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
  /** Collections whose table the running transaction has made. */
  #made: string[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#lookUp = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?");
    this.#version = database.prepare("PRAGMA data_version");
  }

  /** The statements of a collection, or `undefined` while nobody has written to it. */
  existing(name: string): Statements | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    // A fifth of the cost of looking it up.
    const version = this.#version.get()?.["data_version"];
    if (this.#missing.get(name) === version) return undefined;
    if (this.#lookUp.get(tableOf(name)) !== undefined) return this.#prepare(name);
    this.#missing.set(name, version);
    return undefined;
  }

  /** The same; makes the table, inside the running transaction, when there is none. */
  existingOrMade(name: string): Statements {
    const existing = this.existing(name);
    if (existing !== undefined) return existing;
    // A rowid table: WITHOUT ROWID halves the speed from about 1 KB per record.
    this.#database.exec(`CREATE TABLE ${tableOf(name)} (k TEXT PRIMARY KEY NOT NULL, v TEXT NOT NULL)`);
    this.#made.push(name);
    return this.#prepare(name);
  }

  /** After a commit: the tables stay. */
  keepMade(): void {
    this.#made = [];
  }

  /** Before a rollback: the tables made will be gone. */
  forgetMade(): void {
    for (const name of this.#made) this.#known.delete(name);
    this.#made = [];
  }

  #prepare(name: string): Statements {
    const table = tableOf(name);
    const range = `SELECT k, v FROM ${table} WHERE k >= ? AND k < ? ORDER BY k`;
    const statements = {
      get: this.#database.prepare(`SELECT v FROM ${table} WHERE k = ?`),
      put: this.#database.prepare(
        `INSERT INTO ${table} (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v`,
      ),
      delete: this.#database.prepare(`DELETE FROM ${table} WHERE k = ?`),
      forward: this.#database.prepare(`${range} LIMIT ?`),
      backward: this.#database.prepare(`${range} DESC LIMIT ?`),
    };
    this.#known.set(name, statements);
    this.#missing.delete(name);
    return statements;
  }
}

/** Safe to put into a statement: the name of a collection is `[a-z][a-z0-9_]*`. */
const tableOf = (collection: string): string => `c_${collection}`;
