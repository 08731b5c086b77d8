import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ring } from "./ring.ts";

describe("Ring", () => {
  it("gives items back in the order in which they came", () => {
    const ring = new Ring(["a", "b"]);
    expect(ring.push("c")).toBe(3);
    expect([ring.shift(), ring.shift(), ring.shift(), ring.shift()]).toEqual(["a", "b", "c", undefined]);
    expect(ring.length).toBe(0);
  });

  it("shows the front and what lies behind it without removing anything", () => {
    const ring = new Ring([1, 2, 3]);
    expect([ring.peek(), ring.at(0), ring.at(2), ring.at(3), ring.at(-1)]).toEqual([
      1,
      1,
      3,
      undefined,
      undefined,
    ]);
    expect([...ring]).toEqual([1, 2, 3]);
    expect(ring.length).toBe(3);
    expect(new Ring().peek()).toBeUndefined();
  });

  it("keeps undefined as an item like any other", () => {
    const ring = new Ring<number | undefined>([undefined, 1]);
    expect(ring.length).toBe(2);
    expect([ring.shift(), ring.length, ring.shift()]).toEqual([undefined, 1, 1]);
  });

  it("is empty after clear and goes on", () => {
    const ring = new Ring([1, 2]);
    ring.clear();
    expect([ring.length, ring.shift()]).toEqual([0, undefined]);
    ring.push(3);
    expect([...ring]).toEqual([3]);
  });

  it("behaves as an array under any sequence of pushes and shifts", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.integer() },
      { weight: 2, arbitrary: fc.constant("shift" as const) },
    );
    const bursts = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 40 })), { maxLength: 40 });
    fc.assert(
      fc.property(bursts, (sequence) => {
        const [ring, model]: [Ring<number>, number[]] = [new Ring<number>(), []];
        for (const [what, times] of sequence) {
          for (let time = 0; time < times; time++) {
            if (what === "shift") expect(ring.shift()).toBe(model.shift());
            else expect(ring.push(what)).toBe(model.push(what));
          }
          expect([...ring]).toEqual(model);
          expect(ring.at(model.length - 1)).toBe(model.at(-1));
        }
      }),
    );
  });
});
