import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonValue } from "./json.ts";
import type { Store, StoreTransaction } from "./store.ts";

/** A call that can never succeed. */
const REFUSED = expect.objectContaining({ code: "STORAGE_ERROR", retryable: false });

/** What {@link describeStore} needs of an implementation: a fresh empty store for each test. */
export interface StoreFixture {
  readonly store: Store;
  /** Ends what the fixture started, the store included. */
  dispose(): void;
}

/** The behaviour that every {@link Store} has: run it in the tests of an implementation. */
export function describeStore(name: string, make: () => StoreFixture): void {
  describe(`the store port: ${name}`, () => {
    let fixture: StoreFixture;
    let store: Store;
    beforeEach(() => {
      fixture = make();
      store = fixture.store;
    });
    afterEach(() => fixture.dispose());
    const put = (entries: Record<string, JsonValue>) =>
      store.transact((tx) => {
        for (const [key, value] of Object.entries(entries)) tx.put(key, value);
      });
    const keys = (prefix: string, options = {}) => store.list(prefix, options).map(([key]) => key);

    it("gives back what was put, for every kind of JSON value", () => {
      const values: JsonValue[] = [
        null,
        true,
        0,
        -1.5,
        "",
        "snow ☃ \ud800",
        [],
        [1, [2]],
        {},
        { a: { b: null } },
      ];
      put(Object.fromEntries(values.map((value, index) => [`kinds/${index}`, value])));
      values.forEach((value, index) => void expect(store.get(`kinds/${index}`)).toEqual(value));
    });

    it("knows nothing of a key or collection that nobody wrote", () => {
      put({ "a/1": 1 });
      expect(store.get("a/2")).toBeUndefined();
      expect(store.get("never/1")).toBeUndefined();
      expect(store.list("never/")).toEqual([]);
    });

    it("replaces and deletes", () => {
      put({ "a/1": 1, "a/2": 2 });
      store.transact((tx) => {
        tx.put("a/1", "one");
        tx.delete("a/2");
        tx.delete("a/3");
        tx.delete("never/1");
      });
      expect(store.list("a/")).toEqual([["a/1", "one"]]);
    });

    it("applies nothing of a transaction that throws, and throws the same error on", () => {
      put({ "a/1": 1 });
      const broken = new Error("broken");
      const work = () =>
        store.transact((tx) => {
          tx.put("a/1", 2);
          tx.put("new/1", 1);
          tx.delete("a/1");
          throw broken;
        });
      expect(work).toThrow(broken);
      expect(store.list("a/")).toEqual([["a/1", 1]]);
      expect(store.list("new/")).toEqual([]);
      put({ "new/2": 2 });
      expect(store.list("new/")).toEqual([["new/2", 2]]);
    });

    it("shows a transaction its own writes, and returns what it returns", () => {
      const seen = store.transact((tx) => {
        tx.put("a/1", 1);
        tx.put("a/2", 2);
        tx.delete("a/1");
        return [tx.get("a/1"), tx.get("a/2"), tx.list("a/")];
      });
      expect(seen).toEqual([undefined, 2, [["a/2", 2]]]);
    });

    it("refuses a transaction inside a transaction and goes on afterwards", () => {
      expect(() => store.transact(() => store.transact(() => 1))).toThrow("under way");
      expect(store.transact(() => 2)).toBe(2);
    });

    it("lists in the order of the keys, by prefix", () => {
      put({ "a/b": 1, "a/a/2": 2, "a/a/10": 3, "a/a": 4, "ab/a": 5 });
      expect(keys("a/")).toEqual(["a/a", "a/a/10", "a/a/2", "a/b"]);
      expect(keys("a/a/")).toEqual(["a/a/10", "a/a/2"]);
      expect(keys("a/a/1")).toEqual(["a/a/10"]);
    });

    it("lists pages in both directions", () => {
      put(Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`p/${n}`, n])));
      put({ "pp/3": 9 });
      expect(keys("p/", { limit: 2 })).toEqual(["p/1", "p/2"]);
      expect(keys("p/", { after: "p/2", limit: 2 })).toEqual(["p/3", "p/4"]);
      expect(keys("p/", { after: "p/2x" })).toEqual(["p/3", "p/4", "p/5"]);
      expect(keys("p/", { reverse: true, limit: 2 })).toEqual(["p/5", "p/4"]);
      expect(keys("p/", { reverse: true, after: "p/3" })).toEqual(["p/2", "p/1"]);
      expect(keys("p/", { after: "p/5" })).toEqual([]);
      expect(keys("p/", { limit: 0 })).toEqual([]);
    });

    it("lists only the fields that are asked for, of values that have any", () => {
      const large = "x".repeat(300_000);
      put({ "f/1": { a: 1, b: [2], c: 3 }, "f/2": { b: large }, "f/3": { a: large, b: 0 }, "f/4": ["a"] });
      put({ "f/5": { a: "y".repeat(200_000), b: "y".repeat(200_000) }, "f/6": null });
      const listed = (fields: string[]) => store.list("f/", { fields }).map(([, value]) => value);
      const whole = "y".repeat(200_000);
      expect(listed(["a"])).toEqual([{ a: 1 }, {}, { a: large }, ["a"], { a: whole }, null]);
      expect(listed(["c", "b"])).toEqual([
        { c: 3, b: [2] },
        { b: large },
        { b: 0 },
        ["a"],
        { b: whole },
        null,
      ]);
      expect(store.transact((tx) => tx.list("f/", { fields: [], limit: 1 }))).toEqual([["f/1", {}]]);
      expect(store.list("f/", { limit: 1 })).toEqual([["f/1", { a: 1, b: [2], c: 3 }]]);
    });

    it("refuses a transaction that has ended, and work that would go on after its end", async () => {
      const escaped = store.transact((tx) => tx);
      store.transact(() => {
        expect(() => escaped.put("a/1", 1)).toThrow(REFUSED);
        expect(() => escaped.get("a/1")).toThrow(REFUSED);
      });
      expect(() => escaped.delete("a/1")).toThrow(REFUSED);
      expect(() => escaped.list("a/")).toThrow(REFUSED);
      let late: unknown;
      const work = async (tx: StoreTransaction): Promise<void> => {
        tx.put("a/1", 1);
        await Promise.resolve();
        try {
          tx.put("a/2", 2);
        } catch (error) {
          late = error;
        }
      };
      expect(() => store.transact(work)).toThrow(REFUSED);
      await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => resolve(null))));
      expect(late).toMatchObject({ code: "STORAGE_ERROR" });
      expect(store.list("a/")).toEqual([]);
    });

    it.each(["", "a", "/a", "A/b", "1a/b", "a b/c", "a;/b", "a/ü", "a/\n", "a/\u007f", "a/\ud800"])(
      "refuses the key %j, changing nothing",
      (key) => {
        expect(() => store.get(key)).toThrow(REFUSED);
        expect(() => store.list(key)).toThrow(REFUSED);
        expect(() => put({ "a/1": 1, [key]: 1 })).toThrow(REFUSED);
        expect(() => store.transact((tx) => tx.delete(key))).toThrow(REFUSED);
        expect(store.list("a/")).toEqual([]);
      },
    );

    it("takes every printable character in a key, in the order of bytes", () => {
      const all = Array.from({ length: 95 }, (_, index) => `a/x${String.fromCharCode(32 + index)}`);
      put(Object.fromEntries(all.toReversed().map((key) => [key, key])));
      expect(keys("a/x")).toEqual(all);
      for (const key of all) expect(keys(key)).toEqual([key]);
    });

    it("refuses a limit that is no whole number from 0, and a start in another collection", () => {
      put({ "a/1": 1 });
      for (const limit of [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY])
        expect(() => keys("a/", { limit })).toThrow(REFUSED);
      expect(() => keys("a/", { after: "b/1" })).toThrow(REFUSED);
      expect(keys("a/", { limit: Number.POSITIVE_INFINITY })).toEqual(["a/1"]);
    });

    it("refuses to put what is no JSON value at all", () => {
      expect(() => put({ "a/1": 1, "a/2": undefined as never })).toThrow(REFUSED);
      expect(store.list("a/")).toEqual([]);
    });

    it("does not count its own commits as foreign", () => {
      const before = store.foreignVersion();
      put({ "a/1": 1 });
      expect(store.foreignVersion()).toBe(before);
    });

    it("refuses to close inside a transaction", () => {
      store.transact((tx) => {
        tx.put("a/1", 1);
        expect(() => store.close()).toThrow(REFUSED);
      });
      expect(store.get("a/1")).toBe(1);
    });

    it("refuses everything after it was closed, and closes twice", () => {
      put({ "a/1": 1 });
      store.close();
      store.close();
      expect(() => store.get("a/1")).toThrow(REFUSED);
      expect(() => store.get("never/1")).toThrow(REFUSED);
      expect(() => store.list("a/")).toThrow(REFUSED);
      expect(() => store.foreignVersion()).toThrow(REFUSED);
      expect(() => store.transact(() => 1)).toThrow(REFUSED);
    });
  });
}
