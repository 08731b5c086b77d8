import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { factLines } from "./error-facts.ts";

const linesOf = (facts: object, message = "it went wrong"): string[] =>
  factLines(facts, message).map(stripVTControlCharacters);

describe("factLines", () => {
  it("says where, and what the message does not say", () => {
    expect(linesOf({ at: "m.mjs:3", details: { path: "/a", tries: 2 } })).toEqual([
      "  At: m.mjs:3",
      "  Details: path: /a, tries: 2",
    ]);
    expect(linesOf({ details: { path: "/a", none: null, empty: {} } }, "no /a")).toEqual([]);
  });

  it("is short and of one line, whatever the details", () => {
    const [line = ""] = linesOf({ details: { a: "x\n\u001b[2J".repeat(500), b: "y".repeat(500), c: [1] } });
    expect(line.length).toBeLessThanOrEqual(215);
    expect(line).not.toContain("\n");
  });
});
