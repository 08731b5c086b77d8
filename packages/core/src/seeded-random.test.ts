import { expect, it } from "vitest";
import { seededRandom } from "./seeded-random.ts";

const draw = (seed: number, count: number): number[] => Array.from({ length: count }, seededRandom(seed));

it("gives the same numbers for the same seed and others for another one", () => {
  expect(draw(7, 100)).toEqual(draw(7, 100));
  expect(draw(7, 5)).not.toEqual(draw(8, 5));
});

it("gives the reference values of mulberry32", () => {
  expect(draw(1, 2).map((value) => Math.round(value * 2 ** 32))).toEqual([2_693_262_067, 11_749_833]);
});

it("spreads evenly from 0 to 1", () => {
  const drawn = draw(3, 10_000);
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThan(1);
  const quarters = [0, 1, 2, 3].map(
    (quarter) => drawn.filter((value) => Math.floor(value * 4) === quarter).length,
  );
  for (const count of quarters) expect(Math.abs(count - 2500)).toBeLessThan(200);
});
