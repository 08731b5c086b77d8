import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  needArray,
  needCount,
  needDuration,
  needFunction,
  needIterable,
  needObject,
  needOptions,
  needPort,
  needSignal,
  needText,
  needTexts,
  needWord,
  readArgument,
  shownName,
  shownValue,
  unknownKey,
  wrongArgument,
} from "./argument.ts";
import { InvalidParametersError, OrchestrationError } from "./errors.ts";

/** Values that bite when they are looked at. */
function hostile(): unknown[] {
  const throwing = new Proxy(
    {},
    {
      get: () => raise(),
      getPrototypeOf: () => raise(),
      ownKeys: () => raise(),
      getOwnPropertyDescriptor: () => raise(),
    },
  );
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return [
    throwing,
    proxy,
    Object.create(null),
    Object.freeze({}),
    Symbol("s\u001b[2J"),
    10n ** 5000n,
    () => raise(),
    new Proxy([], { get: () => raise() }),
  ];
}

function raise(): never {
  throw new RangeError("bitten");
}

function errorOf(call: () => unknown): InvalidParametersError {
  try {
    call();
  } catch (error) {
    if (error instanceof InvalidParametersError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("shownValue", () => {
  it.each([
    ["two", '"two"'],
    ["", '""'],
    ["a\u001b[2J\n\ud800", '"a\\u001b[2J\\n\\ud800"'],
    ["x".repeat(61), `"${"x".repeat(60)}…"`],
    [`${"x".repeat(59)}😀`, `"${"x".repeat(59)}…"`],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [3n, "3"],
    [10n ** 100n, `1${"0".repeat(59)}…`],
    [null, "null"],
    [undefined, "undefined"],
    [true, "true"],
    [[1], "an array"],
    [{}, "an object"],
    [() => {}, "a function"],
    [Symbol("s"), "a symbol"],
  ])("shows %o as %s", (value, text) => {
    expect(shownValue(value)).toBe(text);
  });

  it("stays short and printable, and never throws, whatever it is given", () => {
    const anything = fc.oneof(fc.anything({ withBigInt: true, withNullPrototype: true }), fc.string());
    fc.assert(
      fc.property(anything, (value) => {
        const text = shownValue(value);
        expect(text.length).toBeLessThanOrEqual(6 * 61 + 2);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(text).not.toMatch(/[\u0000-\u001f]/);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
    for (const value of hostile()) expect(shownValue(value).length).toBeLessThan(70);
  });
});

it("shows a name in quotes, with what cannot be printed escaped, and anything else as a value", () => {
  expect(shownName("deploy")).toBe("'deploy'");
  expect(shownName('a"b\u001b\ud800')).toBe("'a\"b\\u001b\\ud800'");
  expect(shownName("n".repeat(200))).toBe(`'${"n".repeat(128)}…'`);
  expect(shownName(5)).toBe("5");
});

it("says in one form what must be and what was, with the path and the value as JSON", () => {
  const { code, message, details, suggestions } = wrongArgument("size", "a whole number", 1.5, {
    suggestions: ["Use 2"],
  });
  expect({ code, message, details, suggestions }).toEqual({
    code: "INVALID_PARAMETERS",
    message: "size must be a whole number, was 1.5",
    details: {
      path: "size",
      value: 1.5,
      problems: [{ path: "size", message: "must be a whole number, was 1.5" }],
    },
    suggestions: ["Use 2"],
  });
  expect(wrongArgument("size", "a number", Number.NaN).details["value"]).toBe("NaN");
  expect(wrongArgument("size", "a number", {}).details["value"]).toBe("an object");
  expect(String(wrongArgument("size", "a number", "x".repeat(1e6)).details["value"])).toHaveLength(61);
});

const signal = new AbortController().signal;
const NEEDS: readonly [name: string, (value: never) => unknown, good: readonly unknown[], rule: string][] = [
  ["needArray", (value) => needArray("a", value), [[], [1]], "an array"],
  ["needObject", (value) => needObject("a", value), [{}, Object.create(null)], "an object"],
  ["needIterable", (value) => needIterable("a", value), ["", [], new Set()], "iterable"],
  ["needFunction", (value) => needFunction("a", value), [raise], "a function"],
  ["needPort", (value) => needPort<Map<1, 1>>("a", "a map", value, ["get", "set"]), [new Map()], "a map"],
  ["needText", (value) => needText("a", value), ["", "x"], "a text"],
  ["needTexts", (value) => needTexts("a", value), [[], ["x", ""]], "an array"],
  ["needWord", (value) => needWord("a", value, ["up", "down"]), ["up", "down"], "one of up, down"],
  [
    "needDuration",
    (value) => needDuration("a", value),
    [0, 1.5, Number.POSITIVE_INFINITY],
    "a number of milliseconds from 0",
  ],
  ["needCount", (value) => needCount("a", value), [1, Number.MAX_SAFE_INTEGER], "a whole number from 1"],
  ["needSignal", (value) => needSignal("a", value), [signal, undefined], "an AbortSignal"],
];
const WRONG: readonly unknown[] = [null, -1, Number.NaN, "sideways", [5], { length: 1 }, Symbol("s"), 1n];

describe.each(NEEDS)("%s", (_, need, good, rule) => {
  it("gives back what is right", () => {
    for (const value of good) expect(need(value as never)).toBe(value);
  });

  it("refuses everything else with one clear error", () => {
    const refused = [...WRONG, ...hostile()].flatMap((value) => {
      try {
        need(value as never);
        return [];
      } catch (error) {
        return [error];
      }
    });
    expect(refused.length).toBeGreaterThan(8);
    for (const error of refused) {
      expect(error).toBeInstanceOf(InvalidParametersError);
      expect((error as Error).message).toMatch(/^a(\[0\])? (must be .*, was |cannot be read: )/);
    }
    expect(refused.filter((error) => (error as Error).message.includes(rule)).length).toBeGreaterThan(6);
  });
});

it("names the text in a list that is none, and the word that was probably meant", () => {
  expect(errorOf(() => needTexts("names", ["a", 5])).message).toBe("names[1] must be a text, was 5");
  expect(errorOf(() => needWord("mode", "paralel", ["parallel", "sequential"]))).toMatchObject({
    message: 'mode must be one of parallel, sequential, was "paralel"',
    details: { near: ["parallel"] },
    suggestions: ["Did you mean 'parallel'?"],
  });
  expect(errorOf(() => needWord("mode", 1, ["up", "down"])).suggestions).toEqual(["Use up or down"]);
});

it("refuses an option that is misspelt, and leaves alone what looks like none", () => {
  const known = { maxWorkers: true, timeoutMs: true };
  needOptions("options", { maxWorkers: 1, colour: 2 }, known);
  expect(errorOf(() => needOptions("options", { maxWorker: 1 }, known))).toMatchObject({
    message: "options have no 'maxWorker'",
    details: { path: "maxWorker", near: ["maxWorkers"] },
    suggestions: ["Did you mean 'maxWorkers'?"],
  });
  expect(errorOf(() => needOptions("options", [], known)).message).toBe(
    "options must be an object, was an array",
  );
  expect(errorOf(() => needOptions("options", hostile()[0], known)).message).toBe(
    "options cannot be read: bitten",
  );
  expect(unknownKey("limits", "x", ["most"]).suggestions).toEqual([]);
});

it("refuses what cannot be looked at, with the reason, and lets errors of ours pass", () => {
  const error = errorOf(() => readArgument("tasks", raise));
  expect(error).toMatchObject({
    code: "INVALID_PARAMETERS",
    message: "tasks cannot be read: bitten",
    details: { path: "tasks", problems: [{ path: "tasks", message: "cannot be read: bitten" }] },
    cause: new RangeError("bitten"),
  });
  const ours = new OrchestrationError("ours");
  expect(() =>
    readArgument("tasks", () => {
      throw ours;
    }),
  ).toThrow(ours);
  expect(readArgument("tasks", () => 5)).toBe(5);
});
