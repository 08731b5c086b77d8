import { describe, expect, it } from "vitest";
import { measureFile } from "./measure-file.ts";

const measure = (file: string, text: string) => measureFile({ file, text, bytes: text.length });
const complexities = (file: string, text: string) =>
  measure(file, text).functions.map(({ name, complexity }) => [name, complexity]);

// Threads and many runs, on a machine that may be busy.

describe("measureFile by syntax", () => {
  it.each([
    ["nothing", "return 1;", 1],
    ["if and else if", "if (a) {} else if (b) {} else {}", 3],
    ["a conditional", "return a ? b : c;", 2],
    ["every kind of for", "for (;;) {} for (const k in a) {} for (const v of a) {}", 4],
    ["while and do", "while (a) {} do {} while (b);", 3],
    ["cases without default", "switch (a) { case 1: case 2: break; default: }", 3],
    ["catch, not finally", "try {} catch {} finally {}", 2],
    ["logical operators", "return a && b || c ?? (d && e);", 5],
    ["logical assignments", "a &&= 1; b ||= 2; c ??= 3; d += 1;", 4],
    ["optional chaining, which is no decision", "return a?.b?.();", 1],
    ["a default value of a pattern", "const { x = 1 } = a;", 2],
  ])("counts %s", (_, body, complexity) => {
    // A logical mix without brackets is refused by the language, hence the fallback in brackets.
    const text = `function f(a, b, c, d, e) { ${body.replace("a && b || c ?? (d && e)", "(a && b || c) ?? (d && e)")} }`;
    expect(complexities("a.js", text)).toEqual([["f", complexity]]);
  });

  it("gives a decision to the innermost function, and names functions by where they are put", () => {
    const text = `
      if (top) {}
      const arrow = (a = 1) => a;
      const o = { method() { if (a) {} }, key: () => 1, get size() { return 1; } };
      class C { #p = () => 2; run() { return list.map((x) => (x ? 1 : 2)); } set v(x) {} }
      exports.thing = function () {};
      export default () => {};
    `;
    const facts = measure("a.js", text);
    expect(facts.topLevelDecisions).toBe(1);
    expect(facts.functions.map(({ name, complexity }) => [name, complexity])).toEqual([
      ["arrow", 2],
      ["method", 2],
      ["key", 1],
      ["get size", 1],
      ["#p", 1],
      ["run", 1],
      ["(callback of map)", 2],
      ["set v", 1],
      ["thing", 1],
      ["default", 1],
    ]);
  });

  it("counts lines by the parser's comments, also beside emoji", () => {
    const text =
      "// 😀😀\nconst s = '// no comment 😀'; /* x\n y */\n\n/** doc */ f();\n`\n// in a template\n`;\n";
    const { lines, code, comment, blank, method } = measure("a.ts", text);
    expect({ lines, code, comment, blank, method }).toEqual({
      lines: 8,
      code: 5,
      comment: 2,
      blank: 1,
      method: "syntax",
    });
  });

  it("places functions and comments on their lines", () => {
    const facts = measure(
      "a.ts",
      "\n/*\n * FIXME(me): this\n */\nfunction f() {\n  // not a todo list\n  // TODO that\n}\n",
    );
    expect(facts.functions).toMatchObject([{ line: 5, lines: 4 }]);
    expect(facts.todos).toEqual([
      { file: "a.ts", line: 3, text: "FIXME(me): this" },
      { file: "a.ts", line: 7, text: "TODO that" },
    ]);
  });

  it.each(["a.js", "a.jsx", "a.mjs", "a.cjs", "a.tsx"])("understands JSX in %s", (file) => {
    expect(measure(file, "const f = () => <a href='x'>{b && <c/>}</a>;")).toMatchObject({
      parseError: null,
      functions: [{ complexity: 2 }],
    });
  });

  it("does not count heads without a body", () => {
    expect(complexities("a.d.ts", "declare function f(a: number): void;")).toEqual([]);
    expect(complexities("a.ts", "abstract class A { abstract f(): void; g(): void {} }")).toEqual([["g", 1]]);
  });

  it("says where a file does not parse, and counts it by lines", () => {
    const facts = measure("a.ts", "const ok = 1;\nlet x = (;\n// c\n");
    expect(facts).toMatchObject({
      method: "lines",
      lines: 3,
      code: 2,
      comment: 1,
      parseError: { file: "a.ts", line: 2 },
    });
  });
});

describe("measureFile by lines", () => {
  it.each<[string, string, (string | number)[][]]>([
    [
      "a.py",
      "def f(a):\n  if a and b:\n    pass\n  # if\n\nasync def g():\n  return 'if'\n",
      [
        ["f", 3],
        ["g", 1],
      ],
    ],
    [
      "a.go",
      "func F(a int) int {\n if a > 1 || b {\n }\n}\nfunc (s *S) G() {}\n",
      [
        ["F", 3],
        ["G", 1],
      ],
    ],
    [
      "A.java",
      "class A {\n  public int f(int a) {\n    if (a > 1) { g(a); } else if (b) {\n    }\n  }\n  void g(int a) {}\n}\n",
      [
        ["f", 3],
        ["g", 1],
      ],
    ],
    ["a.c", "static int *f(int a)\n{\n  for (;;) if (a && b) return g(a);\n}\nint g(int a);\n", [["f", 4]]],
    ["a.rs", "pub fn f<'a>(x: &'a str) -> u8 {\n  match x { 1 => 2, _ => 3 }\n}\n", [["f", 3]]],
    ["a.rb", "def f?\n  1 if a\nend\n", [["f?", 2]]],
    ["a.sh", "f() {\n  if a; then b && c; fi\n}\n", [["f", 3]]],
    ["a.kt", "fun <T> List<T>.f(a: Int) = if (a > 1) 1 else 2\n", [["f", 2]]],
    ["a.md", "# if for while\n", []],
  ])("finds functions of %s", (file, text, expected) => {
    expect(complexities(file, text)).toEqual(expected);
    expect(measure(file, text).method).toBe("lines");
  });

  it("stays linear on one line of a megabyte", () => {
    const facts = measure("a.c", `${"a ".repeat(500_000)}(`);
    expect(facts).toMatchObject({ lines: 1, code: 1, functions: [] });
  });
});

describe("code that nests without end", () => {
  // Each of these ends the whole process when it reaches the parser on an ordinary stack.
  it.each([
    ["brackets", `x = ${"(".repeat(20_000)}1${")".repeat(20_000)};`],
    ["blocks", `${"{".repeat(20_000)}${"}".repeat(20_000)}`],
    ["arrays of patterns", `x = ${"[/a/,".repeat(20_000)}1${"]".repeat(20_000)};`],
    ["a megabyte of brackets", "(".repeat(1_000_000)],
    ["angles, which take the square of time", `x = a${"<b".repeat(20_000)};`],
  ])("counts %s by lines", (_, text) => {
    expect(measure("a.ts", text)).toMatchObject({ tooDeep: true, method: "lines", parseError: null });
  });
});
