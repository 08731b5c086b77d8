import { describe, expect, it } from "vitest";
import { fitsParser } from "./syntax-budget.ts";

const line =
  "export const value = compute(first, { second: [1, 2, 3] }, (item) => item?.name ?? 'none'); // words\n";

describe("fitsParser", () => {
  it("takes a megabyte of ordinary code", () => {
    expect(fitsParser(line.repeat(Math.floor(1_000_000 / line.length)), { typescript: true })).toBe(true);
  });

  it("refuses depth that brackets show and depth that they do not", () => {
    expect(fitsParser("(".repeat(4_000), { typescript: false })).toBe(true);
    expect(fitsParser("(".repeat(4_001), { typescript: false })).toBe(false);
    expect(fitsParser("if (a) {} else ".repeat(80_000), { typescript: false })).toBe(false);
    expect(fitsParser("a = ".repeat(250_000), { typescript: false })).toBe(false);
  });

  it("is not deceived by closing brackets in comments", () => {
    expect(fitsParser("(/*)*/".repeat(250_000), { typescript: false })).toBe(false);
  });

  it("bounds angles in TypeScript only", () => {
    expect(fitsParser("<".repeat(4_001), { typescript: true })).toBe(false);
    expect(fitsParser("<".repeat(4_001), { typescript: false })).toBe(true);
  });
});
