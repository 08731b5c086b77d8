import fc from "fast-check";
import { expect, it } from "vitest";
import { ChurnMap } from "./churn-map.ts";

// Few keys in long lists, so that as much is deleted as a copy takes.
const key = fc.nat({ max: 150 });
const call = fc.record({ name: fc.constantFrom("set", "delete", "get"), key });

it("holds what a Map holds, in the same order", () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 500, maxLength: 2000, size: "max" }), (calls) => {
      const [churned, plain] = [new ChurnMap<number, number>(), new Map<number, number>()];
      for (const [at, { name, key }] of calls.entries()) {
        if (name === "set") for (const map of [churned, plain]) map.set(key, at);
        else if (name === "delete") expect(churned.delete(key)).toBe(plain.delete(key));
        else expect([churned.get(key), churned.has(key)]).toEqual([plain.get(key), plain.has(key)]);
      }
      expect(churned.size).toBe(plain.size);
      expect([...churned.keys()]).toEqual([...plain.keys()]);
      expect([...churned.values()]).toEqual([...plain.values()]);
    }),
  );
});

it("shows an iterator all that was there, whatever is deleted on the way", () => {
  const map = new ChurnMap<number, number>();
  for (let key = 0; key < 500; key++) map.set(key, key);
  const seen: number[] = [];
  for (const key of map.keys()) {
    seen.push(key);
    map.delete(key);
  }
  expect(seen).toEqual(Array.from({ length: 500 }, (_, key) => key));
  expect(map.size).toBe(0);
});
