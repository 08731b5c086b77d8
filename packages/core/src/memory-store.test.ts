import { expect, it } from "vitest";
import { memoryStore } from "./memory-store.ts";
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
