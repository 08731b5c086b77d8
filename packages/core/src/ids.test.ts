import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newId, newRandomId } from "./ids.ts";

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const timeOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

describe("newId", () => {
  it("is a UUIDv7 that tells its time", () => {
    const now = Date.now() + 1000;
    const id = newId(now + 0.75);
    expect(id).toMatch(UUID7);
    expect(timeOf(id)).toBe(now);
  });

  it("sorts behind all earlier ones, whatever times it is given", () => {
    const odd = fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 2 ** 48, -1);
    const near = fc.integer({ min: Date.now() - 1e6, max: Date.now() + 1e6 });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, odd), { maxLength: 50 }), (times) => {
        const ids = times.map((time) => newId(time));
        expect([...ids].sort()).toEqual(ids);
        for (const id of ids) expect(id).toMatch(UUID7);
      }),
    );
  });

  it("stays in order and unique beyond the 4,096 that a millisecond holds", () => {
    const now = Date.now() + 2e6;
    const ids = Array.from({ length: 10_000 }, () => newId(now));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(10_000);
    expect(timeOf(ids.at(-1) ?? "") - now).toBe(2);
  });

  it("draws fresh random bits for each id", () => {
    const tails = new Set(Array.from({ length: 2000 }, () => newId().slice(19)));
    expect(tails.size).toBe(2000);
  });
});

describe("newRandomId", () => {
  it("is a UUIDv4", () => {
    expect(newRandomId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(newRandomId()).not.toBe(newRandomId());
  });
});
