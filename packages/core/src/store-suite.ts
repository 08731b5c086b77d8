import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonValue } from "./json.ts";
import type { Store } from "./store.ts";

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

    it("refuses everything after it was closed, and closes twice", () => {
      put({ "a/1": 1 });
      store.close();
      store.close();
      expect(() => store.get("a/1")).toThrow(expect.objectContaining({ code: "STORAGE_ERROR" }));
      expect(() => store.transact(() => 1)).toThrow(expect.objectContaining({ code: "STORAGE_ERROR" }));
    });
  });
}
