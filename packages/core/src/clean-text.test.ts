import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanLine, cleanText } from "./clean-text.ts";

describe("cleanText", () => {
  it.each([
    ["a \u001b[31mred\u001b[0m word", "a red word"],
    ["\u001b[2J\u001b[Hcleared", "cleared"],
    ["\u001b]0;title\u0007text", "text"],
    ["\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["two\nlines\r\nand\ta tab", "two lines and a tab"],
    ["a \u001b[2J gap", "a gap"],
    ["bell\u0007 back\b", "bell back"],
    ["right\u202eto left", "rightto left"],
    ["zero\u200bwidth", "zerowidth"],
    ["漢字 é 👍", "漢字 é 👍"],
    ["", ""],
  ])("%j becomes %j", (text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  it("leaves nothing that could steer a terminal, whatever comes", () => {
    const pieces = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom("\u001b", "\u009b", "\u001b[", "]0;", "31m", "\n"),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const cleaned = cleanText(parts.join(""));
        expect(cleaned).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(cleanText(cleaned)).toBe(cleaned);
      }),
    );
  });
});

describe("cleanLine", () => {
  it("keeps the spaces of a line", () => {
    expect(cleanLine("  a  \u001b[1mb\u001b[0m\tc")).toBe("  a  b    c");
  });
});
