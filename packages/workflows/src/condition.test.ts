import type { JsonValue } from "@orch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCondition } from "./condition.ts";

interface Scope {
  readonly params?: Readonly<Record<string, JsonValue>>;
  readonly steps?: Readonly<Record<string, JsonValue>>;
  readonly values?: readonly JsonValue[];
}
const holds = (text: string, { params = {}, steps = {}, values = [] }: Scope = {}): boolean =>
  parseCondition(text).holds({ params, steps, execution: { mode: "parallel" }, placeholders: values });

describe("a condition", () => {
  it.each<[string, Scope, boolean]>([
    ["{{flag}} == true", { values: [true] }, true],
    ["{{flag}} == true", { values: ["true"] }, false],
    ["{{n}} >= 3 && {{n}} < 5", { values: [3, 3] }, true],
    ["{{n}} >= 3 && {{n}} < 5", { values: [5, 5] }, false],
    [
      'steps.a.status == "completed" || !params.off',
      { steps: { a: { status: "failed" } }, params: { off: false } },
      true,
    ],
    ['steps["a"].status == "completed"', { steps: { a: { status: "completed" } } }, true],
    ["params.list.exists(x, x > 2)", { params: { list: [1, 2, 3] } }, true],
    ["has(params.off) && params.off", { params: {} }, false],
    ['execution.mode == "parallel"', {}, true],
    ["size({{list}}) == 2", { values: [[1, 2]] }, true],
  ])("%s of %j is %s", (text, scope, expected) => {
    expect(holds(text, scope)).toBe(expected);
  });

  it.each<[JsonValue, boolean]>([
    [false, false],
    [null, false],
    [0, false],
    ["", false],
    ["false", false],
    ["0", false],
    ["no", false],
    [true, true],
    [1, true],
    ["yes", true],
    [[], true],
    [{}, true],
  ])("that is the value %j counts as %s", (value, expected) => {
    expect(holds("{{x}}", { values: [value] })).toBe(expected);
    expect(holds("params.x", { params: { x: value } })).toBe(expected);
  });

  it("finds values of different types neither equal nor in any order, without an error", () => {
    const value = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.constant([1]),
      fc.constant({ a: 1 }),
    );
    const kind = (each: unknown) => (each === null ? "null" : Array.isArray(each) ? "array" : typeof each);
    const operator = fc.constantFrom("==", "<", "<=", ">", ">=");
    fc.assert(
      fc.property(value, value, operator, (a, b, comparison) => {
        fc.pre(kind(a) !== kind(b));
        expect(holds(`{{a}} ${comparison} {{b}}`, { values: [a, b] })).toBe(false);
      }),
    );
    expect(holds('1 == "1"')).toBe(false);
  });

  it("never runs what a placeholder's value says", () => {
    expect(holds("{{x}} == 'a'", { values: ["a' || true || '"] })).toBe(false);
  });

  it("names the steps that it asks for", () => {
    expect(
      parseCondition(
        'steps.a.success && (steps["b"].output.c > 1 || params.list.all(x, x == steps.d.output))',
      ).steps.toSorted(),
    ).toEqual(["a", "b", "d"]);
  });

  it.each([
    ["a and b", "(in CEL 'and' is written '&&')"],
    ["params.a or params.b", "(in CEL 'or' is written '||')"],
    ["not params.a", "(in CEL 'not' is written '!')"],
    ["", "must not be empty"],
    ["params.a ==", "Unexpected"],
    ["flag == true", "Unknown variable: flag"],
    ["nothing(1)", "nothing"],
    ["params.a.matches('^(a+)+$')", "matches() is not available"],
    [
      "params.l.all(x, params.l.exists(y, params.l.exists_one(z, x + y == z)))",
      "exists_one() stands inside of two other loops",
    ],
    ["params.l.map(x, params.l.filter(y, [params.l.all(z, z > y)] == [x])) == []", "all() stands inside"],
    ["params.l.all(x, params.l.all(y, params.l.map(z, z > 1, z) == [x, y]))", "map() stands inside"],
    ["params.l.all(x, x.all(y, y.filter(z, z > 1).size() > 0))", "filter() stands inside"],
    ["'{{x}}' == 'a'", "{{x}} stands for its value: write it without quotes"],
    [`${"(".repeat(500)}true${")".repeat(500)}`, "maxDepth"],
  ])("refuses %j when it is defined", (text, message) => {
    expect(() => parseCondition(text)).toThrow(
      expect.objectContaining({ name: "SyntaxError", message: expect.stringContaining(message) }),
    );
  });

  describe("with loops over long lists", () => {
    const params = {
      a: Array.from({ length: 3000 }, (_, n) => n),
      b: Array.from({ length: 3000 }, (_, n) => -n),
    };
    const short = { a: params.a.slice(0, 100), b: params.b.slice(0, 100) };
    const limit = expect.objectContaining({
      code: "LIMIT_EXCEEDED",
      retryable: false,
      message: expect.stringContaining("for more than 250000 steps"),
    });

    it.each([
      "params.a.all(x, params.b.all(y, x >= y))",
      "params.a.exists(x, params.b.exists(y, x + y > 10000))",
      "params.a.map(x, params.b.filter(y, x == y)) == []",
      "params.a.exists_one(x, x in params.b || -x in params.b)",
      "cel.bind(l, params.a.map(x, x), l.all(x, l.all(y, x + y >= 0)))",
      "params.a.all(x, params.a == params.a)",
      "params.a.all(x, size(params.a + params.b) > 0)",
      "{{0}}.all(x, params.b.all(y, true))",
      // What decides otherwise comes after the limit.
      "params.a.all(x, params.b.all(y, x < 2999))",
    ])("%s is given up when it takes too long", (text) => {
      const condition = parseCondition(text.replace("{{0}}", "{{list}}"));
      const scope = { params, steps: {}, execution: {}, placeholders: [params.a] };
      expect(() => condition.holds(scope)).toThrow(limit);
      // What one evaluation took is nothing to the next.
      expect(() => condition.holds(scope)).toThrow(limit);
      const few = { ...scope, params: short, placeholders: [short.a] };
      expect(() => condition.holds(few)).not.toThrow(limit);
    });

    it("is given up sooner when its turns fail, as where a number of JSON is added to an integer", () => {
      expect(() => holds("params.a.all(x, params.b.all(y, x + 1 > y))", { params: short })).toThrow(limit);
    });

    it.each<[string, boolean]>([
      ["params.a.all(x, x >= 0) && params.b.all(y, y <= 0)", true],
      ["params.a.exists(x, x == 2999)", true],
      ["params.a.exists(x, x == 3000)", false],
      ["params.a == params.b || params.a == params.a", true],
    ])("%s is decided", (text, expected) => {
      expect(holds(text, { params })).toBe(expected);
    });
  });

  it("takes loops two deep, and as many beside each other as there are", () => {
    const l = [[1, 2], [3]];
    const two = "params.l.map(x, x.filter(y, y > 1))";
    expect(holds(`${two} == [[2], [3]] && ${two}.all(x, x.exists(y, y > 1))`, { params: { l } })).toBe(true);
    const inReceiver = "params.l.filter(x, x.exists(y, y > 2)).map(x, x.map(y, y)).exists_one(x, x == [3])";
    expect(holds(inReceiver, { params: { l } })).toBe(true);
  });

  it.each([
    ["params.gone == 1", "No such key: gone"],
    ["size(params.n) > 1", "no matching overload"],
    ["!params.n", "no such overload"],
    ["steps.a.output.b.c", "b"],
  ])("says why %j cannot be decided", (text, message) => {
    expect(() => holds(text, { params: { n: 1 }, steps: { a: { output: {} } } })).toThrow(
      expect.objectContaining({
        code: "WORKFLOW_EXECUTION_FAILED",
        retryable: false,
        message: expect.stringContaining(message),
      }),
    );
  });
});
