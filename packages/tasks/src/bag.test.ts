import fc from "fast-check";
import { expect, it } from "vitest";
import { Bag } from "./bag.ts";

it("holds what a Set holds", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 }), { maxLength: 300 }), (numbers) => {
      const items = Array.from({ length: 31 }, (_, number) => ({ number, place: 0 }));
      const [bag, set] = [new Bag<(typeof items)[number]>(), new Set<object>()];
      for (const number of numbers) {
        const item = items[number];
        if (!item) continue;
        if (set.delete(item)) bag.delete(item);
        else {
          set.add(item);
          bag.add(item);
        }
        expect(bag.size).toBe(set.size);
      }
      expect(new Set(bag)).toEqual(set);
    }),
  );
});

it("shows what was in it when it was asked, whatever goes on the way", () => {
  const bag = new Bag<{ place: number; readonly name: string }>();
  for (const name of ["a", "b", "c"]) bag.add({ name, place: 0 });
  const seen: string[] = [];
  for (const item of bag) {
    seen.push(item.name);
    bag.delete(item);
  }
  expect(seen.sort()).toEqual(["a", "b", "c"]);
  expect(bag.size).toBe(0);
});
