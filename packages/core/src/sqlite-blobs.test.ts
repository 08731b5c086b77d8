import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { isObject, type JsonValue } from "./json.ts";
import { sqliteStore } from "./sqlite.ts";
import type { Store } from "./store.ts";

const folder = sandbox();
const LIMIT = 262_144;
const large = (letter = "x") => letter.repeat(LIMIT);

/** A store in a new folder, and its blobs. */
function aRig() {
  const base = folder();
  const blobs = join(base, "blobs");
  const open = () => sqliteStore(join(base, "state.db"), { durability: "normal", blobs });
  const files = () => (existsSync(blobs) ? readdirSync(blobs).sort() : []);
  return { open, blobs, files };
}

const put = (store: Store, key: string, value: JsonValue) => store.transact((tx) => tx.put(key, value));

describe("a record that is too large for a row", () => {
  it("lies in a file of its own that only its owner can read, and comes back the same", () => {
    const { open, blobs, files } = aRig();
    const store = open();
    const record = { status: "completed", result: large("\ud800"), attempt: 1 };
    put(store, "tasks/1", record);
    expect(files()).toHaveLength(1);
    expect([statSync(blobs).mode & 0o777, statSync(join(blobs, files()[0] ?? "")).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
    store.close();
    const again = open();
    expect(again.get("tasks/1")).toEqual(record);
    expect(Object.keys(again.get("tasks/1") as object)).toEqual(Object.keys(record));
    expect(again.list("tasks/")).toEqual([["tasks/1", record]]);
    expect(again.transact((tx) => tx.get("tasks/1"))).toEqual(record);
    again.close();
  });

  it.each<[string, JsonValue, number]>([
    ["a text", large(), 1],
    ["a list", [large(), 1], 1],
    ["two large fields", { a: large("a"), b: large("b"), c: 1 }, 2],
    ["the same large field twice", { a: large(), b: large() }, 1],
    [
      "many fields of middle size",
      Object.fromEntries("abcdef".split("").map((key) => [key, "y".repeat(LIMIT / 4)])),
      1,
    ],
    ["the largest that fits", "x".repeat(LIMIT - 2), 0],
    ["one that looks as if it were elsewhere", { $blobs: [["a", "b"]], record: 1 }, 0],
    ["a large one that looks so", { $blobs: large() }, 1],
  ])("is kept as it was: %s", (_name, value, count) => {
    const { open, files } = aRig();
    const store = open();
    put(store, "a/1", value);
    expect([store.get("a/1"), files().length]).toEqual([value, count]);
    store.close();
  });

  it("is refused as damaged, with the name of its file, when that is gone or has changed", () => {
    const { open, blobs, files } = aRig();
    const store = open();
    put(store, "a/1", { status: "completed", result: large() });
    put(store, "a/2", 2);
    const path = join(blobs, files()[0] ?? "");
    const damaged = expect.objectContaining({
      code: "STORE_CORRUPT",
      details: expect.objectContaining({ path, key: "a/1" }),
    });
    writeFileSync(path, "other");
    expect(() => store.get("a/1")).toThrow(damaged);
    rmSync(path);
    expect(() => store.get("a/1")).toThrow(damaged);
    expect(() => store.list("a/")).toThrow(damaged);
    expect(() => store.list("a/", { fields: ["result"] })).toThrow(damaged);
    expect(store.list("a/1", { fields: ["status"] })).toEqual([["a/1", { status: "completed" }]]);
    expect(store.get("a/2")).toBe(2);
    store.close();
  });

  it("writes nothing at all when its file cannot be written", () => {
    const { open, blobs } = aRig();
    writeFileSync(blobs, "in the way");
    const store = open();
    const both = () =>
      store.transact((tx) => {
        tx.put("a/1", 1);
        tx.put("a/2", large());
      });
    expect(both).toThrow(expect.objectContaining({ code: "STORAGE_ERROR" }));
    expect(store.list("a/")).toEqual([]);
    store.close();
  });
});

describe("files that nothing names", () => {
  it("go when the store is closed, and those that something names stay", () => {
    const { open, files } = aRig();
    const store = open();
    put(store, "a/1", large("a"));
    put(store, "a/2", large("a"));
    put(store, "a/3", large("c"));
    put(store, "a/3", "small");
    store.transact((tx) => tx.delete("a/1"));
    store.close();
    expect(files()).toHaveLength(1);
    const again = open();
    expect(again.list("a/").map(([, value]) => (value as string)[0])).toEqual(["a", "s"]);
    again.transact((tx) => tx.delete("a/2"));
    again.close();
    expect(files()).toEqual([]);
  });

  it("of a transaction that was rolled back or cut off go with the next one after a large record", () => {
    const { open, blobs, files } = aRig();
    const store = open();
    const fail = () =>
      store.transact((tx) => {
        tx.put("a/1", large("a"));
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    expect(files()).toHaveLength(1);
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, `${"0".repeat(64)}.x.draft`), "half");
    writeFileSync(join(blobs, "not ours"), "stays");
    put(store, "a/2", large("b"));
    put(store, "a/3", 3);
    expect(files()).toHaveLength(2);
    expect(files()).toContain("not ours");
    expect(store.get("a/2")).toBe(large("b"));
    store.close();
  });

  it("stay while a transaction that would let go of them may still be rolled back", () => {
    const { open } = aRig();
    const store = open();
    put(store, "a/1", large("a"));
    put(store, "a/2", 1);
    const fail = () =>
      store.transact((tx) => {
        tx.put("a/1", 1);
        tx.put("a/2", large("b"));
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    put(store, "a/3", 1);
    expect(store.get("a/1")).toBe(large("a"));
    store.close();
  });

  it("are found by another process that reads while they are swept", () => {
    const { open } = aRig();
    const [writer, reader] = [open(), open()];
    put(writer, "a/1", large("a"));
    expect(reader.get("a/1")).toBe(large("a"));
    put(writer, "a/1", large("b"));
    for (let i = 0; i < 70; i++) put(writer, "b/1", `${large()}${i}`);
    expect(reader.get("a/1")).toBe(large("b"));
    writer.close();
    reader.close();
  });
});

it("behaves as a map, whatever is put, deleted, rolled back and reopened", () => {
  const value = fc.constantFrom<JsonValue>(
    1,
    "small",
    large("a"),
    { a: large("a"), b: 1 },
    { a: large("b") },
    [large("c")],
  );
  const step = fc.record({
    key: fc.constantFrom("a/1", "a/2", "b/1"),
    value: fc.option(value),
    how: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      const { open, files } = aRig();
      const model = new Map<string, JsonValue>();
      let store = open();
      for (const { key, value: put, how } of steps) {
        const work = () =>
          store.transact((tx) => {
            if (put === null) tx.delete(key);
            else tx.put(key, put);
            if (how === 0) throw new Error("rolled back");
          });
        if (how === 0) expect(work).toThrow("rolled back");
        else {
          work();
          if (put === null) model.delete(key);
          else model.set(key, put);
        }
        if (how === 1) {
          store.close();
          store = open();
        }
        for (const each of ["a/1", "a/2", "b/1"]) expect(store.get(each)).toEqual(model.get(each));
      }
      store.close();
      // A text, an object with a large field, a list: each of them is there once, whoever names it.
      const kept = [...model.values()].filter((each) => JSON.stringify(each).length > LIMIT);
      const distinct = new Set(kept.map((each) => JSON.stringify(isObject(each) ? each["a"] : each)));
      expect(files()).toHaveLength(distinct.size);
    }),
    { numRuns: 40 },
  );
});
