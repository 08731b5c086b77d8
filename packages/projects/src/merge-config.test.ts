import type { JsonObject } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeConfig } from "./merge-config.ts";

const config = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;

describe("mergeConfig", () => {
  it("merges objects key by key, and replaces everything else", () => {
    const base = { a: { b: 1, c: [1] }, d: 1, e: { f: 1 } };
    expect(mergeConfig(base, { a: { c: [2], g: 3 }, d: { h: 1 }, e: null })).toEqual({
      a: { b: 1, c: [2], g: 3 },
      d: { h: 1 },
      e: null,
    });
    expect(base).toEqual({ a: { b: 1, c: [1] }, d: 1, e: { f: 1 } });
  });

  it("gives back what is merged into nothing, or into itself, and changes nobody's prototype", () => {
    fc.assert(
      fc.property(config, config, (one, other) => {
        expect(mergeConfig({}, one)).toEqual(one);
        expect(mergeConfig(one, one)).toEqual(one);
        const merged = mergeConfig(one, other);
        for (const key of Object.keys(other)) expect(Object.hasOwn(merged, key)).toBe(true);
        expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
      }),
    );
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
