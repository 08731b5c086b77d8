import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileTemplate, renderTemplate } from "./template.ts";

describe("renderTemplate", () => {
  it.each([
    ["Hello {{name}}!", { name: "World" }, "Hello World!"],
    ["Hello {{ name }}!", { name: "World" }, "Hello World!"],
    ["{{\tname\n}}", { name: "World" }, "World"],
    ["{{unknown}} {{ unknown }}", { name: "World" }, "{{unknown}} {{ unknown }}"],
    ["{{a}}{{b}}", { a: "$1 \\g<9> {{x}}", b: "{{a}}" }, "$1 \\g<9> {{x}}{{a}}"],
    ["[{{none}}]", { none: null }, "[]"],
    ["[{{undefined}}]", { undefined: undefined }, "[{{undefined}}]"],
    [
      "{{n}} {{yes}} {{list}} {{big}}",
      { n: 1.5, yes: true, list: [1, { a: "ä" }], big: 12n },
      '1.5 true [1,{"a":"ä"}] 12',
    ],
    ["{{{name}}}", { name: "x" }, "{x}"],
    ["{{ {{name}} }}", { name: "x" }, "{{ x }}"],
    ["{{name", { name: "x" }, "{{name"],
    ["name}} {{", { name: "x" }, "name}} {{"],
    ["{{}}{{ }}", { "": "nothing" }, "nothingnothing"],
    ["{{toString}} {{__proto__}}", {}, "{{toString}} {{__proto__}}"],
    ["", {}, ""],
  ])("makes %j of it", (text, variables, expected) => {
    expect(renderTemplate(text, variables)).toBe(expected);
    expect(compileTemplate(text)(variables)).toBe(expected);
  });

  it("gives what parts of text and values make, whatever they are", () => {
    const literal = fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.replaceAll(/[{}]/g, "("));
    const names = ["a", "b c", "ü", "missing"] as const;
    const part = fc.record({
      literal,
      name: fc.constantFrom(...names),
      blanks: fc.constantFrom("", " ", "\t "),
    });
    const variables = fc.record({
      a: fc.string(),
      "b c": fc.string({ unit: "binary" }),
      ü: fc.constant("{{a}}"),
    });
    fc.assert(
      fc.property(fc.array(part), variables, (parts, values) => {
        const written = parts.map(({ literal, name, blanks }) => `${literal}{{${blanks}${name}${blanks}}}`);
        const filled = parts.map(({ literal, name, blanks }) =>
          name === "missing" ? `${literal}{{${blanks}missing${blanks}}}` : literal + values[name],
        );
        expect(renderTemplate(written.join(""), values)).toBe(filled.join(""));
      }),
    );
  });

  it("does the same compiled as at once, however braces stand", () => {
    const text = fc
      .array(fc.constantFrom("{", "}", "{{", "}}", "a", " ", "b"))
      .map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (given) => {
        const variables = { a: "1", b: "{{a}}", ab: "}}" };
        expect(compileTemplate(given)(variables)).toBe(renderTemplate(given, variables));
      }),
    );
  });

  it("refuses what is no text, no variables, and a value that has no JSON", () => {
    const refused = (path: string) =>
      expect.objectContaining({ code: "INVALID_PARAMETERS", details: expect.objectContaining({ path }) });
    const round: Record<string, unknown> = {};
    round["itself"] = round;
    expect(() => renderTemplate(1 as never, {})).toThrow(refused("text"));
    expect(() => renderTemplate("", null as never)).toThrow(refused("variables"));
    expect(() => renderTemplate("{{round}}", { round })).toThrow(refused("round"));
    expect(() => compileTemplate(undefined as never)).toThrow(refused("text"));
    expect(() => compileTemplate("")([] as never)).toThrow(refused("variables"));
  });
});
