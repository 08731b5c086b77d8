import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, pad, widthOf } from "./width.ts";

describe("widthOf", () => {
  it.each([
    ["", 0],
    ["plain", 5],
    ["é", 1],
    ["e\u0301", 1],
    ["漢字", 4],
    ["ｆｕｌｌ", 8],
    ["한국어", 6],
    ["👍🏽", 2],
    ["✔ ✖ ·", 5],
    ["\u0301", 0],
  ])("%j is %i columns wide", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });
});

describe("cut", () => {
  it.each([
    ["short", 5, "short"],
    ["longer", 5, "long…"],
    ["漢字漢字", 5, "漢字…"],
    ["漢字漢字", 6, "漢字…"],
    ["👍🏽👍🏽👍🏽", 4, "👍🏽…"],
    ["any", 1, "…"],
    ["any", 0, ""],
    ["any", -3, ""],
  ])("cuts %j to %i columns: %j", (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
  });

  it("is never wider than asked for, and keeps what fits", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, width) => {
        const shown = cut(text, width);
        expect(widthOf(shown)).toBeLessThanOrEqual(width);
        if (widthOf(text) <= width) expect(shown).toBe(text);
      }),
    );
  });
});

describe("pad", () => {
  it("fills up to the width, by columns", () => {
    expect(pad("漢", 4)).toBe("漢  ");
    expect(pad("wide enough", 4)).toBe("wide enough");
  });
});
