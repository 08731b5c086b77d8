import { createContext, runInContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findLossy, MAX_JSON_DEPTH } from "./find-lossy.ts";

const nest = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { in: value };
  return value;
};
const withProperty = (target: object, key: PropertyKey, property: PropertyDescriptor) =>
  Object.defineProperty(target, key, property);
const withHole = (): unknown[] => {
  const array: unknown[] = [1, 2, 3];
  delete array[1];
  return array;
};
const cycle: unknown[] = [[]];
(cycle[0] as unknown[]).push(cycle);
class Ship {
  readonly name = "Ada";
}

describe("findLossy", () => {
  it.each([
    ["a function", () => 1, "", "a function"],
    ["a symbol", [Symbol("s")], "/0", "a symbol"],
    ["a bigint", { a: 1n }, "/a", "a bigint"],
    ["NaN", { a: [1, Number.NaN] }, "/a/1", "NaN"],
    ["infinity", Number.NEGATIVE_INFINITY, "", "-Infinity"],
    ["minus zero", [-0], "/0", "-0"],
    ["undefined", { a: undefined }, "/a", "undefined"],
    ["a hole", withHole(), "/1", "a hole"],
    ["a hole at the end", new Array(2), "/0", "a hole"],
    ["a hole beside a further property", Object.assign(withHole(), { x: 1 }), "/1", "a hole"],
    ["a date", { at: new Date(0) }, "/at", "an instance of Date"],
    ["a map", new Map(), "", "an instance of Map"],
    ["an error", new Error("x"), "", "an instance of Error"],
    ["a buffer", Buffer.from("x"), "", "an instance of Buffer"],
    ["an instance of a class", [new Ship()], "/0", "an instance of Ship"],
    ["an instance of a nameless class", new (class {})(), "", "an instance of a class"],
    ["a boxed text", Object("x"), "", "an instance of String"],
    ["a subclass of Array", new (class extends Array {})(), "", "an instance of a subclass of Array"],
    ["an object over another", Object.create({ a: 1 }), "", "an instance of a class"],
    [
      "an object over one without a prototype",
      Object.create(Object.create(null)),
      "",
      "an instance of a class",
    ],
    ["a cycle", cycle, "/0/0", "a cycle"],
    ["a text with further properties", Object.assign([1], { x: 1 }), "", "an array with further properties"],
    [
      "a symbol on an array",
      Object.assign([1], { [Symbol("s")]: 1 }),
      "",
      "an array with further properties",
    ],
    ["a symbol as a key", { [Symbol("s")]: 1 }, "", "a symbol as a key"],
    ["a hidden property", withProperty({}, "a", { value: 1 }), "/a", "a hidden property"],
    ["toJSON", { toJSON: () => 1 }, "/toJSON", "a function"],
    ["__proto__ as a key", JSON.parse('{"a":{"__proto__":1}}'), "/a/__proto__", "the key __proto__"],
    ["constructor as a key", { constructor: 1 }, "/constructor", "the key constructor"],
    ["prototype as a key", { prototype: {} }, "/prototype", "the key prototype"],
    ["a key with slash and tilde", { "a/b~c": { d: 1n } }, "/a~1b~0c/d", "a bigint"],
  ])("refuses %s and says where", (_, value, path, reason) => {
    expect(findLossy(value)).toEqual({ path, reason });
  });

  it("takes 64 levels and no more", () => {
    expect(findLossy(nest(MAX_JSON_DEPTH))).toBeNull();
    const found = findLossy(nest(MAX_JSON_DEPTH + 1));
    expect(found?.reason).toBe("more than 64 levels");
    expect(found?.path.split("/")).toHaveLength(MAX_JSON_DEPTH + 1);
  });

  it("takes the same object twice, objects without a prototype, and those of another realm", () => {
    const shared = { a: 1 };
    expect(findLossy([shared, shared, Object.assign(Object.create(null), { b: 2 })])).toBeNull();
    expect(findLossy(runInContext("({ a: { b: null } })", createContext()))).toBeNull();
  });

  it("does not list what an instance of a class holds", () => {
    expect(findLossy({ bytes: new Uint8Array(2 ** 26) })?.reason).toBe("an instance of Uint8Array");
  });

  it("never runs code of the value", () => {
    let ran = 0;
    const run = () => {
      ran++;
      return 1;
    };
    const traps = {
      get: run,
      ownKeys: () => [`${run()}`],
      getPrototypeOf: () => (run() ? null : {}),
      has: () => run() === 1,
    };
    const everyTrap = new Proxy({}, { get: run });
    const proxy = new Proxy(
      {},
      Object.assign(traps, { getOwnPropertyDescriptor: () => (run() ? undefined : {}) }),
    );
    const disguise = Object.assign(Object.create(null), { isPrototypeOf: 1, toJSON: run });
    class Named {}
    withProperty(Named, "name", { get: run });
    const values = [
      proxy,
      new Proxy([], everyTrap),
      Object.create(proxy),
      Object.create(Object.assign(Object.create(null), { constructor: proxy })),
      Object.create(disguise),
      new Named(),
      withProperty({}, "a", { get: run, enumerable: true }),
      withProperty([], 0, { get: run, enumerable: true }),
      withProperty([], "toJSON", { value: run, enumerable: false }),
      { toString: run },
    ];
    for (const value of values) expect(findLossy({ value })?.path).toMatch(/^\/value/);
    expect(ran).toBe(0);
  });

  it("lets pass exactly what comes back from JSON unchanged", () => {
    const leaf = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(undefined, Number.NaN, -0, 1n, new Date(0), new Map([[1, 2]])),
      fc.func(fc.nat()),
    );
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("value")),
        fc.dictionary(fc.string(), tie("value"), { noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(tree, (value) => {
        expect(findLossy(value) === null).toBe(survivesJson(value));
      }),
      { numRuns: 500 },
    );
  });

  it("grows with the size of the value and no faster", () => {
    const rows = (count: number) =>
      Array.from({ length: count }, (_, id) => ({ id, name: "row", tags: ["a", "b"], at: { x: 1.5 } }));
    const best = (value: unknown): number => {
      const times = Array.from({ length: 3 }, () => {
        const before = process.cpuUsage();
        findLossy(value);
        const { user, system } = process.cpuUsage(before);
        return user + system;
      });
      return Math.min(...times);
    };
    // 64 times the size: linear work takes 64 times as long, quadratic work 4,096 times.
    expect(best(rows(64_000)) / best(rows(1000))).toBeLessThan(512);
  });
});

function survivesJson(value: unknown): boolean {
  try {
    const text = JSON.stringify(value);
    expect(JSON.parse(text)).toStrictEqual(value);
    // These keys are no loss, but refused.
    return !/"(?:__proto__|constructor|prototype)":/.test(text);
  } catch {
    return false;
  }
}
