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
  /** Whether a transaction runs: as long as it does, nobody else makes a table. */
  #isPinned = false;
  /** The version of the file in the running transaction, once it was asked for. */
  #pinned: unknown;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#lookUp = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?");
    this.#version = database.prepare("PRAGMA data_version");
  }

  /** The statements of a collection, or `undefined` while nobody has written to it. */
  existing(name: string): Statements | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const version = this.#versionNow();
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

  /** A transaction has begun. */
  begun(): void {
    this.#isPinned = true;
    this.#pinned = undefined;
  }

  /** After a commit: the tables stay. */
  committed(): void {
    this.#isPinned = false;
    this.#made = [];
  }

  /** Before a rollback: the tables made will be gone. */
  rollsBack(): void {
    this.#isPinned = false;
    for (const name of this.#made) this.#known.delete(name);
    this.#made = [];
  }

  /** Asked for in a fifth of the time that it takes to look a table up, and once in a transaction. */
  #versionNow(): unknown {
    if (this.#isPinned && this.#pinned !== undefined) return this.#pinned;
    const version = this.#version.get()?.["data_version"];
    if (this.#isPinned) this.#pinned = version;
    return version;
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
