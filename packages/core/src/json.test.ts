import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, isObject, type JsonValue } from "./json.ts";

/** The same value with the keys of every object turned round. */
function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, reversed(inner as JsonValue)] as const);
  return Object.fromEntries(entries.reverse());
}

describe("canonicalJson", () => {
  it("sorts the keys of every object, those that look like numbers too", () => {
    expect(canonicalJson({ b: [{ z: 1, y: null }], a: "ü", 10: true, 9: {} })).toBe(
      '{"10":true,"9":{},"a":"ü","b":[{"y":null,"z":1}]}',
    );
  });

  it("keeps the value, and gives one text for equal values", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as JsonValue;
        expect(JSON.parse(canonicalJson(json))).toEqual(json);
        expect(canonicalJson(reversed(json))).toBe(canonicalJson(json));
      }),
    );
  });

  it("gives different texts for different values", () => {
    const texts = [1, "1", [1], ["1"], { 1: 1 }, null, {}, [], "", "{}"].map(canonicalJson);
    expect(new Set(texts).size).toBe(texts.length);
  });
});

describe("isObject", () => {
  it("is true for objects alone", () => {
    expect([{}, Object.create(null), [], null, "x", undefined].map(isObject)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
