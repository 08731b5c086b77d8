import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LANGUAGES, languageOf } from "./languages.ts";
import { stripComments } from "./strip-comments.ts";

const counts = (file: string, text: string): number[] => {
  const { code, comment, blank } = stripComments(text, languageOf(file));
  return [code, comment, blank];
};

describe("stripComments", () => {
  it.each<[string, string, string, [code: number, comment: number, blank: number]]>([
    ["a line comment", "a.go", "// x\nf()\n\n", [1, 1, 1]],
    ["code before a comment", "a.go", "f() // x\n", [1, 0, 0]],
    ["a block over lines with a blank one", "a.c", "/*\n x\n\n*/ int a;\n", [1, 2, 1]],
    ["a mark inside a string", "a.java", 'String s = "http://x"; /* y */\n', [1, 0, 0]],
    ["an escaped quote", "a.c", 'char *s = "\\"//"; // z\n', [1, 0, 0]],
    ["a lone quote, as in a lifetime", "a.rs", "fn f<'a>() {} // c\n// d\n", [1, 1, 0]],
    ["a docstring", "a.py", 'def f():\n    """Doc\n    more"""\n    return 1\n', [2, 2, 0]],
    ["# inside a word of a shell script", "a.sh", "echo $#\n# c\n", [1, 1, 0]],
    ["CRLF line ends", "a.py", "a = 1\r\n# c\r\n\r\n", [1, 1, 1]],
    ["no line end at the end", "a.py", "a = 1", [1, 0, 0]],
    ["an HTML comment", "a.html", "<p>\n<!-- x\ny -->\n", [1, 2, 0]],
    ["a language without comments", "a.json", "{\n\n}\n", [2, 0, 1]],
    ["an empty file", "a.py", "", [0, 0, 0]],
  ])("tells %s", (_, file, text, expected) => {
    expect(counts(file, text)).toEqual(expected);
  });

  it("puts every line into exactly one class, in every language", () => {
    const marks = [
      "//",
      "/*",
      "*/",
      "#",
      "--",
      '"',
      "'",
      '"""',
      "<!--",
      "-->",
      "\\",
      "\n",
      "\r\n",
      " ",
      "x",
      "=begin",
      "=end",
    ];
    const text = fc.array(fc.constantFrom(...marks), { maxLength: 60 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.constantFrom(...LANGUAGES.map(([language]) => language)), text, (language, source) => {
        const { lines, code, comment, blank, codeOf, commentOf } = stripComments(source, language);
        const naive = source.split(/\r?\n/);
        if (naive.at(-1) === "") naive.pop();
        expect(lines).toBe(naive.length);
        expect(code + comment + blank).toBe(lines);
        expect([codeOf.length, commentOf.length]).toEqual([lines, lines]);
        expect(blank).toBe(naive.filter((line) => line.trim() === "").length);
      }),
    );
  });
});
