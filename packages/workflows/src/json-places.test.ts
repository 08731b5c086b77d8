import type { JsonValue } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duplicateKeys, jsonPlaces, jsonShape } from "./json-places.ts";
import { lookAtJson } from "./json-value.ts";

/** All paths below a value with what lies there. */
function* pathsOf(
  value: JsonValue,
  path: (string | number)[] = [],
): Generator<[(string | number)[], JsonValue]> {
  yield [path, value];
  if (Array.isArray(value))
    for (const [index, each] of value.entries()) yield* pathsOf(each as JsonValue, [...path, index]);
  else if (typeof value === "object" && value !== null)
    for (const [key, each] of Object.entries(value)) yield* pathsOf(each as JsonValue, [...path, key]);
}

describe("the places of a JSON text", () => {
  it("are where the text of each value begins", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(duplicateKeys(text)).toEqual([]);
        const values = [...pathsOf(JSON.parse(text) as JsonValue)];
        const offsets = jsonPlaces(
          text,
          values.map(([path]) => path.map(String)),
        );
        for (const [at, [, each]] of values.entries()) {
          const offset = offsets[at] ?? -1;
          const expected = JSON.stringify(each, null, indent);
          // Only the first line: further ones are indented.
          expect(text.slice(offset).startsWith(expected.split("\n")[0] ?? "")).toBe(true);
          expect(offset === 0 || /[\s[:,]/.test(text[offset - 1] ?? "")).toBe(true);
        }
      }),
    );
  });

  it("show keys that stand twice, as often as they repeat", () => {
    const duplicates = duplicateKeys('{"a": [{"b": 1, "c": {"b": 2}, "b": 3}], "\\u0061": 1, "a": "}"}');
    expect(duplicates).toEqual([
      { key: "b", offset: 31, path: "a[0]" },
      { key: "a", offset: 41, path: "" },
      { key: "a", offset: 54, path: "" },
    ]);
  });

  it("are for what is not there those of what is nearest around it", () => {
    const paths = [["b"], ["a", "0", "x"], ["a", "7"], []];
    expect(jsonPlaces(' {"a": [{}]}', paths)).toEqual([1, 8, 7, 1]);
  });
});

/** How many objects and lists lie in each other at most. */
const levelsOf = (value: JsonValue): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(levelsOf)) : 0;

describe("the depth of a JSON text", () => {
  it("is that of its value, whatever brackets, quotes and escapes its strings have", () => {
    const word = fc.string({ unit: fc.constantFrom("[", "]", "{", "}", '"', "\\", "a") });
    const { value: anyValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6, withCrossShrink: true },
        word,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(word, tie("value"), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(anyValue, fc.nat(8), fc.constantFrom(0, 2), (value, levels, indent) => {
        const { tooDeep, keys } = jsonShape(JSON.stringify(value, null, indent), levels);
        expect(tooDeep !== undefined).toBe(levelsOf(value) > levels);
        if (tooDeep === undefined) expect(keys).toBe(lookAtJson(value).keys);
      }),
    );
  });

  it("is exceeded where the first bracket too many opens", () => {
    expect(jsonShape('["[[", {"\\"[": []}, [[]]]', 2).tooDeep).toBe(15);
    expect(jsonShape('["[[", {"\\"[": []}, [[]]]', 3).tooDeep).toBeUndefined();
  });

  it("is told of text that is not JSON", () => {
    expect(jsonShape("[[[", 2).tooDeep).toBe(2);
    expect(jsonShape('["[[', 2).tooDeep).toBeUndefined();
  });
});
