import { expect, it } from "vitest";
import { memoryStore, showInMemory } from "./memory-store.ts";
import { describeStore } from "./store-suite.ts";

describeStore("memory", () => {
  const store = memoryStore();
  return { store, dispose: () => store.close() };
});

it("lists in order however keys came and went between listings", () => {
  const store = memoryStore();
  const write = (...changes: readonly string[]) =>
    store.transact((tx) => {
      for (const change of changes) {
        if (change.startsWith("-")) tx.delete(`a/${change.slice(1)}`);
        else tx.put(`a/${change}`, change);
      }
    });
  const listed = () => store.list("a/").map(([, value]) => value);
  write("b", "d");
  expect(listed()).toEqual(["b", "d"]);
  write("e", "f", "e");
  expect(listed()).toEqual(["b", "d", "e", "f"]);
  write("-d", "-x", "c", "a", "-f");
  expect(listed()).toEqual(["a", "b", "c", "e"]);
  write("-a", "-b", "-c", "-e");
  expect(listed()).toEqual([]);
  write("z");
  expect(listed()).toEqual(["z"]);
});

it("shows what lies elsewhere as if it had been put, behind what was", () => {
  const store = memoryStore();
  const records = new Map<string, number>([
    ["b", 1],
    ["a", 2],
    ["both", 3],
  ]);
  showInMemory(store, "shown", { get: (path) => records.get(path), paths: () => records.keys() });
  showInMemory(store, "shown", { get: (path) => (path === "a" ? 7 : undefined), paths: () => ["a"] });
  store.transact((tx) => {
    tx.put("shown/both", 4);
    tx.put("shown/c", 5);
    tx.put("other/a", 6);
    expect(tx.get("shown/b")).toBe(1);
  });
  expect(store.list("shown/")).toEqual([
    ["shown/a", 2],
    ["shown/b", 1],
    ["shown/both", 4],
    ["shown/c", 5],
  ]);
  expect(store.list("shown/", { reverse: true, limit: 1, after: "shown/c" })).toEqual([["shown/both", 4]]);
  expect(["shown/a", "shown/none", "other/a", "other/b"].map((key) => store.get(key))).toEqual([
    2,
    undefined,
    6,
    undefined,
  ]);
  records.clear();
  expect(store.list("shown/").map(([key]) => key)).toEqual(["shown/a", "shown/both", "shown/c"]);
  store.close();
});
