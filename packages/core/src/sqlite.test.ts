import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { sandbox, start } from "../test/sandbox.ts";
import { type Durability, sqliteStore } from "./sqlite.ts";
import type { Store, StoreTransaction } from "./store.ts";
import { describeStore } from "./store-suite.ts";

const folder = sandbox();
const HOLDER = new URL("../test/hold-lock.ts", import.meta.url);
const path = () => join(folder(), "state", "state.db");
const open = (file: string): Store => sqliteStore(file, { durability: "normal" });
const putOne = (store: Store, key = "a/1") => store.transact((tx) => tx.put(key, 1));

for (const durability of ["full", "normal"] satisfies Durability[]) {
  describeStore(`sqlite, ${durability}`, () => {
    const store = sqliteStore(path(), { durability });
    return { store, dispose: () => store.close() };
  });
}

describe("sqliteStore", () => {
  it("keeps everything for the next time, in the order of the keys", () => {
    const file = path();
    const store = open(file);
    store.transact((tx) => {
      for (const n of [3, 1, 2]) tx.put(`steps/${n}`, { n, text: "\ud800 ü \u0000" });
    });
    store.close();
    const again = open(file);
    expect(again.list("steps/", { reverse: true }).map(([key]) => key)).toEqual([
      "steps/3",
      "steps/2",
      "steps/1",
    ]);
    expect(again.get("steps/2")).toEqual({ n: 2, text: "\ud800 ü \u0000" });
    again.close();
  });

  it("takes every path as the name of a file, and no durability but its two", () => {
    const [here, there] = [process.cwd(), folder()];
    process.chdir(there);
    try {
      open(":memory:").close();
      expect(readdirSync(there)).toEqual([":memory:"]);
      expect(() => sqliteStore("other.db", { durability: "fast" as never })).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
      expect(readdirSync(there)).toEqual([":memory:"]);
    } finally {
      process.chdir(here);
    }
  });

  it("makes a table again when the transaction that made it was rolled back", () => {
    const store = open(path());
    const fail = () =>
      store.transact((tx) => {
        tx.put("new/1", 1);
        expect(tx.get("new/1")).toBe(1);
        throw new Error("no");
      });
    for (let round = 0; round < 3; round++) expect(fail).toThrow("no");
    expect(store.get("new/1")).toBeUndefined();
    putOne(store, "new/2");
    expect(store.list("new/")).toEqual([["new/2", 1]]);
    store.close();
  });

  it("refuses what has no JSON text, by key and reason, and writes nothing of the transaction", () => {
    const store = open(path());
    const round: Record<string, unknown> = {};
    round["itself"] = round;
    for (const [value, reason] of [
      [1n, /BigInt/],
      [{ deep: [2n] }, /BigInt/],
      [round, /circular/],
      [() => 1, /function is no JSON/],
    ] as const) {
      const putBoth = () =>
        store.transact((tx) => {
          tx.put("a/1", 1);
          tx.put("a/2", value as never);
        });
      expect(putBoth).toThrow(
        expect.objectContaining({ code: "STORAGE_ERROR", retryable: false, details: { key: "a/2" } }),
      );
      expect(putBoth).toThrow(reason);
    }
    expect(store.list("a/")).toEqual([]);
    store.close();
  });

  it("sees the tables and rows of another connection, and says that there was a foreign commit only then", () => {
    const file = path();
    const [one, other] = [open(file), open(file)];
    const versions = [one.foreignVersion()];
    const look = () => void versions.push(one.foreignVersion());
    putOne(one);
    look();
    other.get("a/1");
    look();
    const giveUp = (tx: StoreTransaction) => {
      tx.put("x/1", 1);
      throw new Error("no");
    };
    expect(() => other.transact(giveUp)).toThrow("no");
    look();
    expect(new Set(versions).size).toBe(1);
    putOne(other, "b/1");
    look();
    expect(new Set(versions).size).toBe(2);
    look();
    expect(versions.at(-1)).toBe(versions.at(-2));
    expect(one.list("b/")).toEqual([["b/1", 1]]);
    one.close();
    other.close();
  });

  it("refuses at once with STORE_LOCKED while another connection writes, and works again afterwards", () => {
    const file = path();
    const [one, other] = [open(file), open(file)];
    let locked: unknown;
    one.transact((tx) => {
      tx.put("a/1", 1);
      try {
        putOne(other);
      } catch (error) {
        locked = error;
      }
      expect(other.get("a/1")).toBeUndefined();
    });
    expect(locked).toMatchObject({ code: "STORE_LOCKED", retryable: true, details: { path: file } });
    expect(textOf(locked)).not.toContain("database is locked");
    putOne(other, "a/2");
    expect(one.list("a/")).toHaveLength(2);
    one.close();
    other.close();
  });

  it("refuses at once with STORE_LOCKED while another process writes", async () => {
    const file = path();
    const store = open(file);
    const { child, closed } = start(HOLDER, [file]);
    const said = child.stdout[Symbol.asyncIterator]();
    expect((await said.next()).value).toBe("holding\n");
    // The child holds the lock until it is told to go on, so an answer now is one that did not wait.
    expect(() => putOne(store)).toThrow(expect.objectContaining({ code: "STORE_LOCKED" }));
    expect(store.get("held/1")).toBeUndefined();
    const before = store.foreignVersion();
    child.stdin.write("x");
    expect((await said.next()).value).toBe("committed\n");
    expect(await closed).toEqual({ code: 0, signal: null });
    expect(store.foreignVersion()).not.toBe(before);
    expect(store.get("held/1")).toBe(child.pid);
    putOne(store);
    store.close();
  });

  it("says which record is damaged", () => {
    const file = path();
    const store = open(file);
    putOne(store);
    store.close();
    const raw = new DatabaseSync(file);
    raw.exec("UPDATE c_a SET v = '{'");
    raw.close();
    const again = open(file);
    expect(() => again.get("a/1")).toThrow(
      expect.objectContaining({ code: "STORE_CORRUPT", details: { path: file, key: "a/1" } }),
    );
    expect(() => again.list("a/")).toThrow(expect.objectContaining({ code: "STORE_CORRUPT" }));
    again.close();
  });
});

const textOf = (error: unknown): string => {
  const { message, cause, details } = error as Error & { details: unknown };
  return JSON.stringify([message, details, cause instanceof Error ? cause.message : cause]);
};
