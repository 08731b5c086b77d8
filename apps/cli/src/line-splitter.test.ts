import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineSplitter } from "./line-splitter.ts";

describe("lineSplitter", () => {
  it("makes the same lines however the text is cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "bc", "\n", "")), (pieces) => {
        const lines: string[] = [];
        const splitter = lineSplitter((line) => lines.push(line));
        for (const piece of pieces) splitter.take(piece);
        splitter.flush();
        const expected = pieces.join("").split("\n");
        if (expected.at(-1) === "") expected.pop();
        expect(lines).toEqual(expected);
      }),
    );
  });

  it("keeps what has no end until it is asked for, and forgets it then", () => {
    const lines: string[] = [];
    const splitter = lineSplitter((line) => lines.push(line));
    splitter.take("open");
    expect(lines).toEqual([]);
    splitter.flush();
    splitter.flush();
    expect(lines).toEqual(["open"]);
  });

  it("hands on an endless line in pieces", () => {
    const lines: string[] = [];
    const splitter = lineSplitter((line) => lines.push(line));
    for (let count = 0; count < 40; count++) splitter.take("x".repeat(10_000));
    splitter.flush();
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.join("")).toBe("x".repeat(400_000));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
  });
});
