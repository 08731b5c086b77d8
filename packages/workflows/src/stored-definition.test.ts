import { type JsonObject, memoryStore } from "@orch/core";
import { describe, expect, it } from "vitest";
import { StoredDefinitions } from "./stored-definition.ts";

const definition = (name: string, size: number): JsonObject => ({
  name,
  description: "x".repeat(size),
  steps: [{ name: "a", module: "m", action: "a" }],
});

function aStore(definitions: readonly JsonObject[]) {
  const store = memoryStore();
  store.transact((tx) => {
    for (const [index, each] of definitions.entries()) tx.put(`defs/${index}`, each);
  });
  return store;
}

describe("stored definitions", () => {
  it.each([10, 300_000])("are compiled once where they are equal, with a text of %d", (size) => {
    const store = aStore([definition("w", size), definition("w", size), definition("v", size)]);
    const definitions = new StoredDefinitions();
    const [first, second, other] = ["0", "1", "2"].map((id) => definitions.read(id, store));
    expect(second).toBe(first);
    expect(other?.workflow.name).toBe("v");
  });

  it("keep the last ones that were asked for, and no more than a bounded length of text", () => {
    const store = aStore(Array.from({ length: 40 }, (_, index) => definition(`w${index}`, 1_000_000)));
    const definitions = new StoredDefinitions();
    const first = definitions.read("0", store);
    definitions.read("1", store);
    expect(definitions.read("0", store)).toBe(first);
    for (let index = 2; index < 40; index++) definitions.read(String(index), store);
    const last = definitions.read("39", store);
    expect(definitions.read("39", store)).toBe(last);
    expect(definitions.read("0", store)).not.toBe(first);
  });

  it("are refused where one is missing", () => {
    expect(() => new StoredDefinitions().read("none", memoryStore())).toThrow(
      expect.objectContaining({ code: "WORKFLOW_DEFINITION_INVALID" }),
    );
  });
});
