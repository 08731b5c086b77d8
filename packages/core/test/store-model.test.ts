import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { JsonValue } from "../src/json.ts";
import { memoryStore } from "../src/memory-store.ts";
import { sqliteStore } from "../src/sqlite.ts";
import type { ListOptions, Store } from "../src/store.ts";
import { sandbox } from "./sandbox.ts";

const folder = sandbox();

const collection = fc.constantFrom("a", "b", "ab");
const rest = fc.string({ unit: fc.constantFrom("a", "/", "~"), maxLength: 2 });
const key = fc.tuple(collection, rest).map((parts) => parts.join("/"));
const change = fc.oneof(
  fc.record({ do: fc.constant("put" as const), key, value: fc.jsonValue({ maxDepth: 2 }) }),
  fc.record({ do: fc.constant("delete" as const), key }),
);
const options = fc.record(
  { after: rest, limit: fc.oneof(fc.nat(4), fc.constant(Number.POSITIVE_INFINITY)), reverse: fc.boolean() },
  { requiredKeys: [] },
);
/** Mostly one that can have results: the start is nearly always in the collection that is listed. */
const listing = fc
  .record({
    name: collection,
    prefix: fc.oneof(fc.constant(""), rest),
    options,
    other: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, collection),
  })
  .map(({ name, prefix, options: { after, ...others }, other }) => ({
    prefix: `${name}/${prefix}`,
    ...(after === undefined ? others : { ...others, after: `${other ?? name}/${after}` }),
  }));
const move = fc.oneof(
  fc.record({
    do: fc.constant("transact" as const),
    changes: fc.array(change, { maxLength: 12 }),
    fails: fc.boolean(),
  }),
  fc.record({ do: fc.constant("get" as const), key }),
  fc.record({ do: fc.constant("list" as const), listing }),
  fc.record({ do: fc.constant("reopen" as const) }),
);
type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;

function apply(store: Store, made: Exclude<Move, { do: "reopen" }>): unknown {
  try {
    if (made.do === "get") return store.get(made.key);
    if (made.do === "list") return list(store, made.listing);
    return store.transact((tx) => {
      for (const each of made.changes) {
        // -0 is not JSON; the stores may differ on it.
        if (each.do === "put") tx.put(each.key, JSON.parse(JSON.stringify(each.value)) as JsonValue);
        else tx.delete(each.key);
      }
      if (made.fails) throw new Error("on purpose");
      return tx.list("a/");
    });
  } catch (error) {
    return String(error);
  }
}

function list(store: Store, { prefix, ...options }: { readonly prefix: string } & ListOptions): unknown {
  return store.list(prefix, options);
}

it("gives the same answers from memory as from SQLite, whatever is asked in whatever order", () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 25 }), (moves) => {
      const path = join(folder(), "state.db");
      const memory = memoryStore();
      let sqlite = sqliteStore(path, { durability: "normal" });
      try {
        for (const made of moves) {
          if (made.do === "reopen") {
            sqlite.close();
            sqlite = sqliteStore(path, { durability: "normal" });
          } else expect(apply(sqlite, made)).toEqual(apply(memory, made));
        }
        for (const name of ["a/", "b/", "ab/"]) expect(sqlite.list(name)).toEqual(memory.list(name));
      } finally {
        sqlite.close();
      }
    }),
    { numRuns: 80 },
  );
});
