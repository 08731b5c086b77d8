import { describe, expect, it } from "vitest";
import { durationsOf } from "./percentile.ts";

describe("durations", () => {
  it("are summed up in seconds, with the values that half and 19 of 20 do not exceed", () => {
    const ms = Array.from({ length: 100 }, (_, index) => (100 - index) * 1000);
    expect(durationsOf(ms)).toEqual({ min: 1, max: 100, avg: 50.5, total: 5050, p50: 50, p95: 95 });
    expect(durationsOf([250])).toEqual({
      min: 0.25,
      max: 0.25,
      avg: 0.25,
      total: 0.25,
      p50: 0.25,
      p95: 0.25,
    });
  });
});
