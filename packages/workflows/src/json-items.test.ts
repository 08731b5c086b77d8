import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ItemReading, readItems } from "./json-items.ts";
import { lookAtJson } from "./json-value.ts";

const AS_IT_IS: ItemReading<object> = { key: "steps", read: (item) => item };

/** The value of a text, as it is read an item at a time. */
function wholeOf(text: string): unknown {
  const read = readItems(text, AS_IT_IS);
  return read === null ? null : { ...read.value, steps: read.items };
}

/** A text with blanks wherever they may be. */
function spaced(value: unknown, blank: string): string {
  if (Array.isArray(value))
    return `[${blank}${value.map((each) => spaced(each, blank)).join(`${blank},${blank}`)}${blank}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, each]) => `${JSON.stringify(key)}${blank}:${blank}${spaced(each, blank)}`,
  );
  return `{${blank}${members.join(`${blank},${blank}`)}${blank}}`;
}

const strings = fc.oneof(
  fc.string(),
  fc.constantFrom("steps", '"', "\\", '\\"', "}", "]", ",", ":", '"steps":[', "\u2028", "ü", "{{a.output}}"),
);
/**
 * Keys that do not begin with a backslash: in Node 24 and 26, after an object with a key of one backslash, `JSON.parse`
 * takes a key of one quote in the same place for the backslash. What is read an item at a time then has too few keys, and
 * is nothing, as it should be.
 */
const keys = strings.filter((key) => !key.startsWith("\\"));
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    strings,
    fc.integer(),
    fc.constantFrom(null, true, 0.5, 1e-9),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(keys, tie("json"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const objects = fc.dictionary(keys, json, { maxKeys: 3, noNullPrototype: true });
const documents = fc
  .tuple(objects, fc.array(objects, { minLength: 1, maxLength: 4 }), objects)
  .map(([before, steps, after]) => {
    const { steps: _, ...others } = after;
    return { ...before, steps, ...others };
  })
  // What JSON text can say and JSON cannot hold is for the whole to find.
  .filter((value) => !lookAtJson(value).isLossy);

describe("a text that is read an item at a time", () => {
  it("is the value that JSON.parse makes of it, whatever stands in it", () => {
    fc.assert(
      fc.property(documents, fc.constantFrom("", " ", "\n\t", "\r\n  "), (value, blank) => {
        const text = `${blank}${spaced(value, blank)}${blank}`;
        expect(wholeOf(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it("is what JSON.parse makes of it, or nothing, where a few of its characters are others", () => {
    const outcomes = { read: 0, none: 0 };
    const marks = fc.constantFrom(...'{}[],:"\\ 1etns', "");
    const places = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), marks), {
      minLength: 1,
      maxLength: 2,
    });
    fc.assert(
      fc.property(documents, places, (value, changes) => {
        let text = JSON.stringify(value);
        for (const [share, mark] of changes) {
          const at = Math.floor(share * text.length);
          text = text.slice(0, at) + mark + text.slice(at + 1);
        }
        const read = wholeOf(text);
        outcomes[read === null ? "none" : "read"]++;
        if (read !== null) expect(read).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(outcomes.read, outcomes.none)).toBeGreaterThan(100);
  });

  it.each([
    ["nothing", ""],
    ["no object", '[{"steps": [{}]}]'],
    ["no list", '{"name": "w"}'],
    ["something else under the key", '{"steps": {"a": 1}}'],
    ["an empty list", '{"steps": []}'],
    ["an item that is no object", '{"steps": [{}, 1]}'],
    ["a comma too many", '{"steps": [{},]}'],
    ["a comma too few", '{"steps": [{} {}]}'],
    ["an end too early", '{"steps": [{}'],
    ["something behind the end", '{"steps": [{}]} 1'],
    ["a second list", '{"steps": [{}], "steps": [{}]}'],
    ["a second list by another spelling", '{"steps": [{}], "st\\u0065ps": [{}]}'],
    ["a key twice", '{"a": 1, "steps": [{}], "a": 1}'],
    ["a key twice in an item", '{"steps": [{"a": 1, "a": 1}]}'],
    ["a forbidden key", '{"steps": [{"__proto__": 1}]}'],
    ["an infinite number", '{"steps": [{"a": 1e999}]}'],
    ["an item nested too deeply", `{"steps": [{"a": ${"[".repeat(70)}${"]".repeat(70)}}]}`],
    ["brackets that do not match", '{"steps": [{"a": [1}]}]}'],
  ])("is left to a look at the whole where it has %s", (_, text) => {
    expect(readItems(text, AS_IT_IS)).toBeNull();
  });

  it("ends at the first item that is not taken", () => {
    const seen: object[] = [];
    const read = (item: object) => (seen.push(item) < 2 ? item : null);
    expect(readItems('{"steps": [{"a": 1}, {"b": 2}, {"c": 3}]}', { key: "steps", read })).toBeNull();
    expect(seen).toEqual([{ a: 1 }, { b: 2 }]);
  });
});
