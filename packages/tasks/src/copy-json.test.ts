import type { JsonValue } from "@orch/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { copyJson, mostBytes } from "./copy-json.ts";

const json = fc
  .jsonValue({ depthSize: "medium" })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

it("copies as decoding the text would, and shares nothing", () => {
  fc.assert(
    fc.property(json, (value) => {
      const copy = copyJson(value);
      expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
      if (typeof value === "object" && value !== null) expect(copy).not.toBe(value);
    }),
  );
});

it("copies the key __proto__ as data", () => {
  const copy = copyJson(JSON.parse('{"__proto__": [1]}') as JsonValue) as object;
  expect(JSON.stringify(copy)).toBe('{"__proto__":[1]}');
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});

it("never takes a text for shorter than it is", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(fc.oneof(json, text, fc.array(text)), (value) => {
      expect(mostBytes(value)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)));
    }),
  );
});
