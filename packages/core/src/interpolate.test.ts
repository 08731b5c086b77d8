// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a placeholder is written
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpolate, type Placeholder, parseTemplate, placeholdersIn, valueAt } from "./interpolate.ts";
import type { JsonValue } from "./json.ts";

const VALUES: Record<string, JsonValue> = {
  x: 1,
  s: "text",
  o: { a: [5, { b: true }], "c-d": null },
  nil: null,
  evil: "{{x}} $& \\{{",
};
const resolve = ({ name, path }: Placeholder): JsonValue | undefined =>
  Object.hasOwn(VALUES, name) ? valueAt(VALUES[name] ?? null, path) : undefined;
const fill = (value: JsonValue): JsonValue => interpolate(value, resolve);

describe("interpolate", () => {
  it.each<[JsonValue, JsonValue]>([
    ["{{x}}", 1],
    ["${x}", 1],
    ["{{ x }}", 1],
    ["{{\n\tx }}", 1],
    ["{{nil}}", null],
    ["{{o}}", { a: [5, { b: true }], "c-d": null }],
    ["{{o.a.0}}", 5],
    ["${o.a[1].b}", true],
    ["{{o.c-d}}", null],
    ["x = {{x}}, o = {{ o.a }}; ${s}/{{nil}}", 'x = 1, o = [5,{"b":true}]; text/null'],
    ["{{x}}{{x}}", "11"],
    [" {{x}}", " 1"],
    ["${{x}}", "$1"],
    ["{{{x}}}", "{1}"],
    ["{{ {{x}} }}", "{{ 1 }}"],
  ])("turns %j into %j", (text, value) => expect(fill(text)).toEqual(value));

  it.each([
    "",
    "plain",
    "{{}}",
    "{{ }}",
    "${}",
    "{{x y}}",
    "{{x",
    "{{x}",
    "{x}",
    "${x",
    "{{.x}}",
    "{{x.}}",
    "{{x..a}}",
    "{{x[a]}}",
    "{{-x}}",
    "{{größe}}",
    "}}{{",
    "\\{",
  ])("leaves %j as it is", (text) => expect(fill(text)).toBe(text));

  it("leaves what cannot be resolved as it is written", () => {
    expect(fill("{{ nobody }}")).toBe("{{ nobody }}");
    expect(fill("{{x.deep}} and {{x}}")).toBe("{{x.deep}} and 1");
    expect(fill("{{toString}} {{o.constructor}} {{o.a.length}} ${__proto__}")).toBe(
      "{{toString}} {{o.constructor}} {{o.a.length}} ${__proto__}",
    );
  });

  it("gives the literal braces for escaped ones", () => {
    expect(fill("\\{{x}} \\${x} {{x}}")).toBe("{{x}} ${x} 1");
    expect(fill("\\{{x}}")).toBe("{{x}}");
  });

  it("never looks at what it has inserted", () => {
    expect(fill("{{evil}}")).toBe("{{x}} $& \\{{");
    expect(fill("<{{evil}}>")).toBe("<{{x}} $& \\{{>");
  });

  it("goes into arrays and objects, not into keys, and changes no input", () => {
    const input = JSON.parse('{"{{x}}": ["{{x}}", {"deep": "{{s}}"}], "n": 3, "__proto__": "{{x}}"}');
    const before = JSON.stringify(input);
    const output = interpolate(input, resolve);
    expect(JSON.stringify(output)).toBe('{"{{x}}":[1,{"deep":"text"}],"n":3,"__proto__":1}');
    expect(JSON.stringify(input)).toBe(before);
    expect(Object.getPrototypeOf(output)).toBe(Object.prototype);
  });

  it("copies only what it changes", () => {
    const input = { kept: [{ a: "{" }], changed: [{ b: 1 }, "{{x}}"], last: "{{x}}" };
    const output = interpolate(input, () => "y") as typeof input;
    expect(output).toEqual({ kept: [{ a: "{" }], changed: [{ b: 1 }, "y"], last: "y" });
    expect(output.kept).toBe(input.kept);
    expect(output.changed[0]).toBe(input.changed[0]);
    expect(Object.keys(output)).toEqual(Object.keys(input));
    expect(interpolate(input.kept, () => "y")).toBe(input.kept);
    const hostile = JSON.parse('{"__proto__": "{{x}}"}');
    expect(JSON.stringify(interpolate(hostile, () => "y"))).toBe('{"__proto__":"y"}');
  });

  it("ends with what the resolver throws", () => {
    const refuse = (): never => {
      throw new Error("unknown");
    };
    expect(() => interpolate(["{{x}}"], refuse)).toThrow("unknown");
  });

  it("takes 512 characters as a reference, and leaves a longer text alone", () => {
    const reference = "a".repeat(512);
    expect(placeholdersIn(`{{${reference}}}`)).toHaveLength(1);
    expect(placeholdersIn(`{{${reference}a}}`)).toHaveLength(0);
  });
});

describe("parseTemplate", () => {
  it("splits into literals and placeholders, which put together are the text", () => {
    expect(parseTemplate("a {{b.0.c}} ${d[1]}")).toEqual([
      "a ",
      { text: "{{b.0.c}}", form: "braces", name: "b", path: ["0", "c"] },
      " ",
      { text: "${d[1]}", form: "dollar", name: "d", path: ["1"] },
    ]);
    const pieces = fc.array(
      fc.constantFrom("{{", "}}", "${", "}", "{{a}}", "${b.c}", "x", " ", ".", "[0]", "{"),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join("");
        const parsed = parseTemplate(text);
        expect(parsed.map((part) => (typeof part === "string" ? part : part.text)).join("")).toBe(text);
        expect(
          parsed.some((part, index) => typeof part === "string" && typeof parsed[index + 1] === "string"),
        ).toBe(false);
      }),
    );
  });

  it("finds what a plain search finds", () => {
    const pieces = fc.array(
      fc.constantFrom("{", "}", "$", "a", ".b", "[1]", " ", "\\{{", "\\${", "{{a}}", "${a}"),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join("");
        expect(placeholdersIn(text).map((found) => found.text)).toEqual(naive(text));
      }),
      { numRuns: 500 },
    );
  });

  it.each(["{", "{{a", "{{ {{a.b ", "${", "\\{{", "}}", "{{ "])(
    "reads 10 MB of %j in linear time",
    (unit) => {
      const best = (bytes: number): number => {
        const text = unit.repeat(Math.floor(bytes / unit.length));
        const times = Array.from({ length: 3 }, () => {
          const before = process.cpuUsage();
          expect(parseTemplate(text).length).toBeGreaterThan(0);
          const { user, system } = process.cpuUsage(before);
          return user + system;
        });
        return Math.min(...times);
      };
      // 64 times the length: a linear scan takes 64 times as long, a quadratic one 4,096 times.
      expect(best(64 * 160_000) / best(160_000)).toBeLessThan(512);
    },
  );
});

/** Tries every position with anchored patterns. */
function naive(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const escaped = /^\\(?:\{\{|\$\{)/.exec(rest);
    const match =
      /^(?:\{\{\s*(?!-)[\w-]+(?:\.[\w-]+|\[\d+\])*\s*\}\}|\$\{\s*(?!-)[\w-]+(?:\.[\w-]+|\[\d+\])*\s*\})/.exec(
        rest,
      );
    if (match) found.push(match[0]);
    at += (escaped ?? match)?.[0].length ?? 1;
  }
  return found;
}

describe("placeholdersIn", () => {
  it("lists them in order of appearance, repeated ones too", () => {
    expect(placeholdersIn({ a: "{{x}} ${y}", b: ["{{x}}"], c: 1 }).map(({ name }) => name)).toEqual([
      "x",
      "y",
      "x",
    ]);
  });
});

describe("valueAt", () => {
  const value = { a: [1, { b: null }], "": 2 };
  it.each<[readonly string[], JsonValue | undefined]>([
    [[], value],
    [["a", "0"], 1],
    [["a", "1", "b"], null],
    [[""], 2],
    [["a", "2"], undefined],
    [["a", "00"], undefined],
    [["a", "length"], undefined],
    [["a", "1", "b", "c"], undefined],
    [["toString"], undefined],
    [["a", "0", "toFixed"], undefined],
  ])("finds at %j %j", (path, expected) => expect(valueAt(value, path)).toEqual(expected));
});
