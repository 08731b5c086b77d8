import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { outputOf, sandbox } from "../test/sandbox.ts";
import { sqliteStore } from "./sqlite.ts";
import { checkSqlite, openDatabase } from "./sqlite-file.ts";

const folder = sandbox();
const OPENER = new URL("../test/open-store.ts", import.meta.url);
const OPENERS = new URL("../test/open-often.ts", import.meta.url);
const FILLER = new URL("../test/fill-disk.ts", import.meta.url);
const path = () => join(folder(), "state.db");
const isRoot = process.getuid?.() === 0;
/** Whom to become where root, who may do everything, runs the tests: "nobody". */
const NOT_ROOT = isRoot ? ["65534"] : [];

/** The path of a state database with records in it. */
function aStore(rows = 3): string {
  const file = path();
  const store = sqliteStore(file);
  store.transact((tx) => {
    for (let n = 0; n < rows; n++) tx.put(`a/${n}`, "x".repeat(500));
  });
  store.close();
  return file;
}

/** All files of a folder with their content. */
const contentOf = (directory: string) =>
  Object.fromEntries(
    readdirSync(directory).map((file) => [file, readFileSync(join(directory, file), "hex")]),
  );

/** Opening is refused with `code`, and not a byte of the folder is different afterwards. */
function expectRefusal(file: string, code: string, message: string): void {
  const before = contentOf(dirname(file));
  expect(() => sqliteStore(file)).toThrow(
    expect.objectContaining({ code, retryable: false, message: expect.stringContaining(message) }),
  );
  expect(contentOf(dirname(file))).toEqual(before);
}

function change(file: string, sql: string): void {
  const raw = new DatabaseSync(file);
  raw.exec(sql);
  raw.close();
}

describe("a file that is not for us is refused and left as it is", () => {
  it("of a newer version", () => {
    const file = aStore();
    change(file, "PRAGMA user_version=2");
    expectRefusal(file, "STORE_VERSION", "has version 2, this orch knows up to 1");
  });

  it("of a newer version that only the WAL file of a dead process tells", () => {
    const file = aStore();
    const raw = new DatabaseSync(file);
    raw.exec("PRAGMA user_version=2");
    const copy = path();
    for (const end of ["", "-wal"]) writeFileSync(copy + end, readFileSync(file + end));
    raw.close();
    const before = contentOf(dirname(copy));
    expect(() => sqliteStore(copy)).toThrow(expect.objectContaining({ code: "STORE_VERSION" }));
    // The index of the WAL file, in shared memory, is no data.
    const { "state.db-shm": _, ...after } = contentOf(dirname(copy));
    expect(after).toEqual(before);
  });

  it.each([
    ["text", "not a database at all, but a letter to the harbour master".repeat(10)],
    ["a file shorter than a header", "SQLite format 3\0"],
    ["zeroes", "\0".repeat(8192)],
  ])("that is %s", (_, content) => {
    const file = path();
    writeFileSync(file, content);
    expectRefusal(file, "STORE_CORRUPT", "is damaged or no database");
  });

  it("of another program", () => {
    const file = path();
    change(file, "CREATE TABLE ships (name TEXT); INSERT INTO ships VALUES ('Ada')");
    expectRefusal(file, "STORE_CORRUPT", "is the database of another program");
    change(file, "PRAGMA application_id=7");
    expectRefusal(file, "STORE_CORRUPT", "is the database of another program");
  });

  it("that was truncated", () => {
    const file = aStore(50);
    truncateSync(file, 3 * 4096);
    expectRefusal(file, "STORE_CORRUPT", "is damaged");
  });

  it("with garbage in the middle", () => {
    const file = aStore(50);
    const content = readFileSync(file);
    content.fill(0xa5, 4096 * 2, 4096 * 4);
    writeFileSync(file, content);
    expectRefusal(file, "STORE_CORRUPT", "is damaged");
  });

  it("that is a symbolic link, also one to nowhere, or a folder", () => {
    const target = aStore();
    const link = path();
    symlinkSync(target, link);
    expectRefusal(link, "STORAGE_ERROR", "is a symbolic link");
    const dangling = path();
    symlinkSync(join(folder(), "nowhere"), dangling);
    expect(() => sqliteStore(dangling)).toThrow("is a symbolic link");
    expect(existsSync(dangling)).toBe(false);
    const directory = path();
    mkdirSync(directory);
    expect(() => sqliteStore(directory)).toThrow("is no file");
  });

  it("when its first transaction was cut off before anything was written, is taken as new", () => {
    const file = path();
    writeFileSync(file, "");
    const store = sqliteStore(file);
    store.transact((tx) => tx.put("a/1", 1));
    store.close();
    expect(readFileSync(file).toString("latin1", 68, 72)).toBe("orch");
  });
});

describe("who may read and write", () => {
  it.each(["000", "022", "077"])("is this user alone, under umask %s", async (umask) => {
    const output = await outputOf(OPENER, [join(folder(), "new", "state", "state.db"), umask]);
    expect(JSON.parse(output)).toEqual([
      "directory 700",
      "state.db 600",
      "state.db-shm 600",
      "state.db-wal 600",
    ]);
  });

  it("is made so for a file that others can read", () => {
    const file = aStore();
    chmodSync(file, 0o644);
    sqliteStore(file).close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([0o777, 0o720, 0o1777])("nobody when the directory has mode %o", (mode) => {
    const directory = folder();
    chmodSync(directory, mode);
    expect(() => sqliteStore(join(directory, "state.db"))).toThrow(
      expect.objectContaining({ code: "UNSAFE_STATE_DIR" }),
    );
    expect(readdirSync(directory)).toEqual([]);
    sqliteStore(join(directory, "state.db"), { allowSharedDirectory: true }).close();
    chmodSync(directory, 0o755);
    sqliteStore(join(directory, "state.db")).close();
  });

  it.runIf(isRoot)("not somebody else than the owner of the directory", async () => {
    const directory = folder();
    chmodSync(directory, 0o755);
    const [code] = JSON.parse(await outputOf(OPENER, [join(directory, "state.db"), "022", ...NOT_ROOT]));
    expect(code).toBe("UNSAFE_STATE_DIR");
  });

  it("nobody in a directory that cannot be written or made", async () => {
    const directory = folder();
    const below = join(directory, "state", "state.db");
    chmodSync(directory, 0o555);
    const [code, message] = JSON.parse(await outputOf(OPENER, [below, "022", ...NOT_ROOT]));
    chmodSync(directory, 0o755);
    expect([code, message]).toEqual([
      "STORAGE_ERROR",
      `The state database ${below} cannot be opened: access is denied`,
    ]);
    expect(readdirSync(directory)).toEqual([]);
    const file = aStore();
    expect(() => sqliteStore(join(file, "state.db"))).toThrow(
      expect.objectContaining({ code: "STORAGE_ERROR" }),
    );
  });
});

describe("openDatabase", () => {
  it.runIf(existsSync("/proc/locks"))("leaves the locks of other connections of this process alone", () => {
    const file = aStore();
    const store = sqliteStore(file);
    store.get("a/1");
    const locks = () =>
      readFileSync("/proc/locks", "utf8")
        .split("\n")
        .filter((line) => line.includes(`:${statSync(file).ino} `)).length;
    expect(locks()).toBe(1);
    sqliteStore(file).close();
    expect(locks()).toBe(1);
    store.close();
    expect(locks()).toBe(0);
  });

  it.each([
    ["full", 2, 1],
    ["normal", 1, 0],
  ] as const)("sets what durability %s needs", (durability, synchronous, fullfsync) => {
    const database = openDatabase(path(), { durability });
    const read = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    const names = [
      "journal_mode",
      "synchronous",
      "fullfsync",
      "foreign_keys",
      "trusted_schema",
      "journal_size_limit",
      "busy_timeout",
    ];
    expect(names.map(read)).toEqual(["wal", synchronous, fullfsync, 1, 0, 64 * 1024 * 1024, 0]);
    expect([read("application_id"), read("user_version")]).toEqual([0x6f726368, 1]);
    database.close();
  });

  it("lets several processes make the same new file at once", async () => {
    for (let round = 0; round < 3; round++) {
      const file = join(folder(), "state", "state.db");
      const outputs = await Promise.all(Array.from({ length: 4 }, () => outputOf(OPENER, [file])));
      const failed = outputs
        .map((output) => JSON.parse(output)[0])
        .filter((first: string) => first !== "directory 700");
      // A commit may meet another one, which it says at once; to open the file it waits.
      for (const code of failed) expect(code).toBe("STORE_LOCKED");
      const store = sqliteStore(file);
      expect(store.list("by/")).toHaveLength(outputs.length - failed.length);
      store.close();
    }
  });
});

describe("a file that is locked", () => {
  it("is waited for by all who open a new one at once, time and again", async () => {
    const [directory, names] = [folder(), ["a", "b", "c"]];
    const args = (name: string) => [directory, "100", String(names.length), name];
    const outputs = await Promise.all(names.map((name) => outputOf(OPENERS, args(name))));
    expect(outputs.map((output) => JSON.parse(output))).toEqual([[], [], []]);
  });

  it("is refused when it stays locked", () => {
    const file = path();
    const raw = new DatabaseSync(file);
    raw.exec("PRAGMA application_id=0x6f726368; PRAGMA user_version=1; BEGIN EXCLUSIVE");
    expect(() => sqliteStore(file)).toThrow(
      expect.objectContaining({ code: "STORE_LOCKED", retryable: true, details: { path: file } }),
    );
    raw.exec("ROLLBACK");
    sqliteStore(file).close();
    raw.close();
  });
});

describe("a disk that takes no more", () => {
  it("gives STORAGE_ERROR, and leaves what was acknowledged and nothing else", async () => {
    const file = join(folder(), "state", "state.db");
    // Files of at most 200 KiB: the kernel refuses to write beyond.
    const command = `ulimit -f 400 && exec "$0" --conditions=@orch/source "$1" "$2"`;
    const { stdout, stderr } = spawnSync("sh", ["-c", command, process.execPath, FILLER.pathname, file], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    const seen = JSON.parse(stdout);
    expect(seen).toMatchObject({
      error_code: "STORAGE_ERROR",
      message: expect.stringContaining(file),
      records: 4 * seen.acknowledged,
    });
    expect(seen.acknowledged).toBeGreaterThan(3);
    expect([seen.acknowledged, "STORAGE_ERROR"]).toContain(seen.again);
    const store = sqliteStore(file);
    expect([store.get("total/all"), store.list("log/").length]).toEqual([
      seen.acknowledged,
      4 * seen.acknowledged,
    ]);
    store.transact((tx) => tx.put("log/more", "room again"));
    store.close();
  });
});

describe("checkSqlite", () => {
  it("takes 3.51.3 and newer, refuses older ones, which can lose commits", () => {
    for (const version of ["3.51.3", "3.51.10", "3.52.0", "4.0.0"])
      expect(() => checkSqlite(version)).not.toThrow();
    for (const version of ["3.51.2", "3.50.9", "3.9.0", "2.99.9", "3.51"]) {
      expect(() => checkSqlite(version)).toThrow(
        expect.objectContaining({ code: "STORE_VERSION", details: { sqlite: version, oldest: "3.51.3" } }),
      );
    }
    expect(() => checkSqlite()).not.toThrow();
  });
});
