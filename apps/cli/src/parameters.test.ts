import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aFolder, write } from "../test/base.ts";
import { readParameters } from "./parameters.ts";

const declared = {
  text: { type: "string" },
  many: { type: "integer" },
  share: { type: "number" },
  yes: { type: "boolean" },
  list: { type: "array" },
  map: { type: "object" },
  any: {},
} as const;

const read = (...param: string[]) => readParameters({ param }, declared);

describe("readParameters", () => {
  it.each([
    ["text=5", { text: "5" }],
    ["text=", { text: "" }],
    ["text=a=b", { text: "a=b" }],
    ["many=5", { many: 5 }],
    ["share=0.5", { share: 0.5 }],
    ["yes=true", { yes: true }],
    ["list=[1,2]", { list: [1, 2] }],
    ["list=size, complexity", { list: ["size", "complexity"] }],
    ["list=", { list: [] }],
    ['map={"a":1}', { map: { a: 1 } }],
    ["any=word", { any: "word" }],
    ["any=5", { any: 5 }],
    ["any=1.10", { any: "1.10" }],
    ["any=12345678901234567890", { any: "12345678901234567890" }],
    ["other=null", { other: null }],
    ["constructor=5", { constructor: 5 }],
  ])("%s means %j", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it("makes an own property of every name, and changes no prototype", () => {
    const parameters = read('__proto__={"polluted": true}');
    expect(Object.getPrototypeOf(parameters)).toBe(Object.prototype);
    expect(Object.keys(parameters)).toEqual(["__proto__"]);
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });

  it("lets the later one win, and options over the file", () => {
    const file = write(aFolder(), "p.json", '{"many": 1, "text": "kept"}');
    const parameters = readParameters({ param: ["many=2", "many=3"], paramsFile: file }, declared);
    expect(parameters).toEqual({ many: 3, text: "kept" });
  });

  it("keeps any text of a declared string, and any JSON without a declaration", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(read(`text=${text}`)).toEqual({ text });
      }),
    );
    const plain = fc.jsonValue({ maxDepth: 2 }).filter((value) => typeof value !== "number");
    fc.assert(
      fc.property(plain, (value) => {
        const text = JSON.stringify(value);
        expect(read(`any=${text}`)).toEqual({ any: JSON.parse(text) });
      }),
    );
  });

  it.each([
    ["word", /key=value, was 'word'/],
    ["=5", /key=value, was '=5'/],
    ["many=many", /'many' must be of type integer, was 'many'/],
    ["share=half", /'share' must be of type number, was 'half'/],
    ["many=12345678901234567890", /'many' is 12345678901234567890, which .* cannot hold exactly/],
    ["share=1e400", /'share' is 1e400, which .* cannot hold exactly/],
    ["yes=yes", /'yes' must be of type boolean, was 'yes'/],
    ["map=a:1", /'map' must be of type object, was 'a:1'/],
  ])("refuses %s", (text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS", message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ["null", /one JSON object, were null/],
    ['"text"', /one JSON object, were "text"/],
    ["[]", /were an array/],
    ["{", /cannot be used: .*JSON/],
    ["", /cannot be used/],
  ])("refuses a file with %j", (content, message) => {
    const paramsFile = write(aFolder(), "p.json", content);
    expect(() => readParameters({ param: [], paramsFile }, declared)).toThrow(message);
  });

  it("refuses a file that is not there", () => {
    const paramsFile = `${aFolder()}/none.json`;
    expect(() => readParameters({ param: [], paramsFile }, declared)).toThrow(
      `There is no parameters file ${paramsFile}`,
    );
  });

  it("refuses a file that is not UTF-8", () => {
    const paramsFile = write(aFolder(), "p.json", Uint8Array.of(0x22, 0xff, 0x22));
    expect(() => readParameters({ param: [], paramsFile }, declared)).toThrow(/cannot be used/);
  });
});
