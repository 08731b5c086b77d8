import { describe, expect, it } from "vitest";
import type { ActionContext } from "./module.ts";
import { perform } from "./perform.ts";
import type { ResolvedAction } from "./resolved-action.ts";

/** What comes of an action that returns what `make` makes. */
const outcomeOf = (make: () => unknown) =>
  perform({ definition: { run: make } as unknown as ResolvedAction["definition"] }, {}, {
    taskId: "t",
  } as ActionContext);

const THEN = "then";
const withThen = (then: unknown) => () => Object.assign(Promise.resolve(1), { [THEN]: then });
const thrower = (error: unknown) => (): never => {
  throw error;
};

describe("perform", () => {
  it.each<[string, () => unknown, unknown]>([
    ["a value", () => 1, 1],
    ["nothing", () => undefined, null],
    ["a promise", () => Promise.resolve(1), 1],
    ["a thenable", () => ({ [THEN]: (done: (value: number) => void) => done(1) }), 1],
    ["a promise without then", withThen(undefined), 1],
    ["a promise whose then returns nothing", withThen(() => undefined), 1],
    ["a promise whose then returns something else", withThen(() => "x"), 1],
    ["a promise whose then throws", withThen(thrower(new Error("no"))), 1],
    ["a promise whose then returns one that rejects", withThen(() => Promise.reject(new Error("no"))), 1],
  ])("gives the value of %s", async (_, make, value) => {
    const outcome = outcomeOf(make);
    expect(outcome).toBeInstanceOf(Promise);
    expect(await outcome).toEqual({ ok: true, value });
  });

  it.each<[string, () => unknown]>([
    ["throws", thrower(new Error("no"))],
    ["throws nothing", thrower(undefined)],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["rejects with nothing", () => Promise.reject(null)],
    [
      "returns what has a then that cannot be read",
      () => Object.defineProperty({}, THEN, { get: thrower(1) }),
    ],
    ["returns a thenable that throws", () => ({ [THEN]: thrower(new Error("no")) })],
    [
      "throws what cannot be looked at",
      thrower(new Proxy({}, { get: thrower(1), getPrototypeOf: thrower(1) })),
    ],
  ])("fails where the action %s", async (_, make) => {
    const outcome = outcomeOf(make);
    expect(outcome).toBeInstanceOf(Promise);
    expect(await outcome).toMatchObject({ ok: false, failure: { code: "TASK_EXECUTION_FAILED" } });
  });
});
