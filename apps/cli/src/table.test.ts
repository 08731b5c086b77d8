import { describe, expect, it } from "vitest";
import { table } from "./table.ts";
import { widthOf } from "./width.ts";

describe("table", () => {
  it("aligns columns by what is seen, and leaves no spaces at the end", () => {
    const rows = [
      ["a", "漢字", "x"],
      ["long", "b", ""],
    ];
    expect(table(rows, 80)).toEqual(["  a     漢字  x", "  long  b"]);
  });

  it("cuts what does not fit", () => {
    const [line = ""] = table([["name", "a long description"]], 16);
    expect(line).toBe("  name  a long …");
    expect(widthOf(line)).toBe(16);
  });

  it("shows escape sequences and lines in a cell as plain text of one line", () => {
    expect(table([["\u001b[31mred\u001b[0m\nand more"]], 80)).toEqual(["  red and more"]);
  });

  it("is empty without rows", () => {
    expect(table([], 80)).toEqual([]);
  });
});
