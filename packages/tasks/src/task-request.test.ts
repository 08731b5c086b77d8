import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Task, type TaskInit } from "./task.ts";
import { plainRequest, requestOf } from "./task-request.ts";

const text = fc.oneof(fc.constantFrom("", "a", "m"), fc.string());
/** Sound four times out of five. */
const mostly = <Sound, Bad>(sound: fc.Arbitrary<Sound>, bad: fc.Arbitrary<Bad>) =>
  fc.oneof({ weight: 4, arbitrary: sound }, { weight: 1, arbitrary: bad });

const usual = fc.record(
  {
    id: mostly(fc.constantFrom("t", "my task"), fc.oneof(fc.string({ maxLength: 3 }), fc.constant(7))),
    name: mostly(text, fc.constant(undefined)),
    module: text,
    action: mostly(text, fc.constant(null)),
    parameters: mostly(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
      fc.constantFrom([], null, { bad: undefined }, { bad: Number.NaN }),
    ),
    dependencies: mostly(fc.array(fc.string(), { maxLength: 3 }), fc.constantFrom([1], "a", null)),
    priority: mostly(
      fc.constantFrom("critical", "normal"),
      fc.constantFrom("NORMAL", 1, "toString", undefined),
    ),
  },
  { requiredKeys: [] },
);

const rare = fc.record(
  {
    timeoutMs: fc.constantFrom(10, null, -1),
    timeout_seconds: fc.constant(1),
    maxRetries: fc.constantFrom(0, 3, 21),
    resources: fc.constantFrom([], [{ type: "cpu", amount: 1 }]),
    metadata: fc.constant({ a: 1 }),
    somethingElse: fc.constant(1),
  },
  { requiredKeys: [] },
);

/** What callers give, sound or not. */
const init = mostly(
  usual,
  fc.tuple(usual, rare).map((parts) => Object.assign({}, ...parts)),
);

const withoutTime = ({ createdAtMs: _, id: __, ...rest }: ReturnType<typeof requestOf>) => rest;

describe("a request that is read without making a task", () => {
  it("is the same as that of the task, or left to it", () => {
    let plain = 0;
    fc.assert(
      fc.property(init, (given) => {
        const request = plainRequest(given as TaskInit);
        if (request === null) return;
        plain++;
        const made = requestOf(new Task(given as TaskInit));
        expect(withoutTime(request)).toEqual({
          ...withoutTime(made),
          name: given.name || (given.module && given.action) ? made.name : request.id,
        });
        if (given.id !== undefined) expect(request.id).toBe(made.id);
      }),
      { numRuns: 2000 },
    );
    expect(plain).toBeGreaterThan(50);
  });

  it("is what most callers give", () => {
    const given: TaskInit = { module: "m", action: "a", parameters: { n: 1 }, dependencies: ["b"] };
    expect(plainRequest(given)).toMatchObject({ ...given, name: "m.a", priority: "normal", maxRetries: 3 });
    expect(plainRequest({})?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each<[string, unknown]>([
    ["text", "t"],
    ["nothing", null],
    ["a list", []],
    ["a name of the schema's own", { task_id: "t" }],
    ["a field that few have", { module: "m", action: "a", timeoutMs: 5 }],
    ["a key of all objects", JSON.parse('{"__proto__": {"module": "m"}}')],
  ])("leaves %s to the task", (_, given) => {
    expect(plainRequest(given as TaskInit)).toBeNull();
  });

  it("reads each field once, so that a getter cannot show another value than it was checked with", () => {
    let reads = 0;
    const given = {
      module: "m",
      action: "a",
      get parameters() {
        reads++;
        return reads === 1 ? { n: 1 } : { n: Number.NaN };
      },
    };
    expect(plainRequest(given)?.parameters).toEqual({ n: 1 });
    expect(reads).toBe(1);
  });

  it("takes nothing that is inherited or hidden, as the task does", () => {
    const fields: TaskInit = {
      ...{ id: "x", name: "n", module: "m", action: "a" },
      ...{ parameters: { n: 1 }, dependencies: ["d"], priority: "high" },
    };
    class Given {
      get priority() {
        return "high";
      }
    }
    const hidden = Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [field, { value, enumerable: false }]),
    );
    const nothing = { hasOwnId: false, module: "", action: "", parameters: {}, priority: "normal" };
    for (const given of [Object.create(fields), Object.defineProperties({}, hidden), new Given()]) {
      const request = plainRequest(given as TaskInit);
      expect(request).toMatchObject({ ...nothing, dependencies: [], name: request?.id });
    }
  });

  it("leaves what cannot be read to the task, which says so", () => {
    const thrower = {
      get module(): string {
        throw new Error("no");
      },
    };
    const trap = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error("no");
        },
      },
    );
    for (const given of [thrower, trap]) {
      expect(plainRequest(given)).toBeNull();
      expect(() => new Task(given)).toThrow(expect.objectContaining({ code: "INVALID_PARAMETERS" }));
    }
  });
});
