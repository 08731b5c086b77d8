import { join, resolve, sep, win32 } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { innerPath } from "./inner-path.ts";

const part = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "",
    "a",
    "...",
    "..a",
    "C:",
    "nul",
    "NUL.txt",
    "a.",
    " ",
    "a ",
    "~",
    "\\",
    "x\\..\\y",
  ),
  fc.string({ maxLength: 8, unit: "grapheme" }),
);
const path = fc
  .tuple(fc.constantFrom("", "/", "//", "C:/", "\\\\server\\share\\"), fc.array(part, { maxLength: 6 }))
  .map(([start, parts]) => start + parts.join("/"));

describe("innerPath", () => {
  it("never gives a path that leads out, on any system, whatever is written", () => {
    fc.assert(
      fc.property(path, (given) => {
        const read = innerPath(given);
        if (!read.ok) return;
        const root = resolve("/some/root");
        expect(join(root, read.value).startsWith(`${root}${sep}`)).toBe(true);
        expect(win32.join("C:\\root", read.value).startsWith("C:\\root\\")).toBe(true);
        expect(win32.resolve("C:\\root", read.value).startsWith("C:\\root\\")).toBe(true);
        expect(innerPath(read.value)).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["src/", "src"],
    ["./data//raw/", "data/raw"],
    [".codomyrmex/", ".codomyrmex"],
    ["..a/b...c", "..a/b...c"],
    ["ünï/コード.md", "ünï/コード.md"],
  ])("reads %j as %j", (given, value) => expect(innerPath(given)).toEqual({ ok: true, value }));

  it.each([
    "",
    "/",
    ".",
    "..",
    "a/..",
    "/a",
    "a\\b",
    "C:",
    "a:b",
    "con",
    "a/LPT1.txt",
    "a.",
    "a /b",
    "a\u0007",
    "x".repeat(300),
    "a/".repeat(600),
  ])("refuses %j", (given) =>
    expect(innerPath(given)).toMatchObject({ ok: false, error: expect.any(String) }),
  );
});
