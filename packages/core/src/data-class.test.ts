import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { dataClass, nested } from "./data-class.ts";
import { snakeCase } from "./data-field.ts";
import { InvalidParametersError } from "./errors.ts";

class Buoy extends dataClass(z.object({ colour: z.string(), tags: z.array(z.string()).default([]) }), {
  name: "Buoy",
}) {}

const shipSchema = z.object({
  name: z.string().min(1),
  draught: z.number().positive().default(3),
  timeoutMs: z.number().int().positive().nullable().default(null),
  retryDelayMs: z.number().optional(),
  builtAt: z.date().nullable().default(null),
  lastSeen: z.date().optional(),
  cargo: z.record(z.string(), z.unknown()).default({ holds: [1] }),
  buoys: z.array(nested(Buoy)).default([]),
  escort: nested(Buoy).optional(),
  flags: z.set(z.string()).optional(),
});
class Ship extends dataClass(shipSchema, {
  name: "Ship",
  keys: { timeoutMs: "timeout_seconds" },
  aliases: { title: "name", timeout: "timeoutMs", timeout_ms: "timeoutMs" },
}) {
  get isLoaded(): boolean {
    return Object.keys(this.cargo).length > 0;
  }
}
const problemsOf = (make: () => unknown): unknown => {
  try {
    make();
  } catch (error) {
    if (error instanceof InvalidParametersError) return error.details["problems"];
    throw error;
  }
  return "nothing was thrown";
};

describe("dataClass", () => {
  it("is built from an init object, with defaults and types from the schema", () => {
    const ship = new Ship({ name: "Ada", timeoutMs: 1500, buoys: [{ colour: "red" }] });
    expect(ship).toMatchObject({ name: "Ada", draught: 3, timeoutMs: 1500, builtAt: null, isLoaded: true });
    expect(ship.buoys[0]).toBeInstanceOf(Buoy);
    expectTypeOf(ship.timeoutMs).toEqualTypeOf<number | null>();
    expectTypeOf(ship.retryDelayMs).toEqualTypeOf<number | undefined>();
    expectTypeOf(ship.buoys).toEqualTypeOf<Buoy[]>();
    expectTypeOf(Ship.fromDict({ name: "Ada" })).toEqualTypeOf<Ship>();
    expectTypeOf<ConstructorParameters<typeof Ship>[0]["draught"]>().toEqualTypeOf<number | undefined>();
  });

  it("writes snake_case, seconds, ISO dates and dicts, and null for what is absent", () => {
    const ship = new Ship({
      name: "Ada",
      timeoutMs: 1500,
      retryDelayMs: 250,
      builtAt: new Date(0),
      cargo: { at: new Date(1), list: [new Set(["a"])], none: undefined },
      escort: new Buoy({ colour: "red" }),
      flags: new Set(["x"]),
    });
    expect(ship.toDict()).toEqual({
      name: "Ada",
      draught: 3,
      timeout_seconds: 1.5,
      retry_delay: 0.25,
      built_at: "1970-01-01T00:00:00.000+00:00",
      last_seen: null,
      cargo: { at: "1970-01-01T00:00:00.001+00:00", list: [["a"]], none: null },
      buoys: [],
      escort: { colour: "red", tags: [] },
      flags: ["x"],
    });
    expect(JSON.parse(JSON.stringify(ship))).toEqual(ship.toDict());
  });

  it("reads what it writes, also over JSON and for a subclass", () => {
    const ship = new Ship({
      name: "Ada",
      timeoutMs: 1100,
      builtAt: new Date(5),
      buoys: [{ colour: "red" }],
      escort: { colour: "green" },
    });
    const back = Ship.fromDict(JSON.parse(JSON.stringify(ship)));
    expect(back).toEqual(ship);
    expect(back).toBeInstanceOf(Ship);
    expect(back.builtAt).toEqual(new Date(5));
    expect("retryDelayMs" in back).toBe(false);
  });

  it.each([
    ["timeout_seconds", 1.1, 1100],
    ["timeout", 2, 2000],
    ["timeout_ms", 70, 70],
    ["timeoutMs", 70, 70],
  ])("reads the duration %s: %d as %d ms", (key, given, timeoutMs) => {
    expect(Ship.fromDict({ title: "Ada", [key]: given })).toMatchObject({ name: "Ada", timeoutMs });
  });

  it("reads every whole number of milliseconds back from seconds", () => {
    for (let timeoutMs = 1; timeoutMs < 20_000; timeoutMs++) {
      expect(
        Ship.fromDict({ name: "a", timeout: timeoutMs / 1000 }).timeoutMs === timeoutMs || timeoutMs,
      ).toBe(true);
    }
  });

  it("keeps unknown keys for the next save, apart from the fields", () => {
    const dict = JSON.parse('{"colour": "red", "depth": {"m": 4}, "__proto__": {"polluted": true}}');
    const buoy = Buoy.fromDict(dict);
    expect(Object.keys(buoy)).toEqual(["colour", "tags"]);
    expect(JSON.stringify(buoy.extra)).toBe('{"depth":{"m":4},"__proto__":{"polluted":true}}');
    expect(JSON.stringify(buoy)).toBe(
      '{"colour":"red","tags":[],"depth":{"m":4},"__proto__":{"polluted":true}}',
    );
    expect("polluted" in buoy || "polluted" in buoy.extra).toBe(false);
    expect(buoy).toEqual(new Buoy({ colour: "red" }));
  });

  it("shares neither defaults nor input between instances", () => {
    const [one, other] = [new Ship({ name: "a" }), new Ship({ name: "b" })];
    one.buoys.push(new Buoy({ colour: "red" }));
    (one.cargo["holds"] as number[]).push(2);
    expect([other.buoys, other.cargo]).toEqual([[], { holds: [1] }]);
    const input = { name: "c", buoys: [] };
    new Ship(input).buoys.push(new Buoy({ colour: "red" }));
    expect(input.buoys).toEqual([]);
  });

  it("takes an instance as it is and makes one of anything else", () => {
    const buoy = new Buoy({ colour: "red" });
    expect(Buoy.from(buoy)).toBe(buoy);
    expect(Buoy.from({ colour: "red" })).toEqual(buoy);
    expect(new Ship({ name: "a", escort: buoy }).escort).toBe(buoy);
    expect(Ship.schema).toBe(shipSchema);
  });
});

describe("what a data class refuses", () => {
  it("is reported all at once, by the keys that were given, with the values", () => {
    const make = () =>
      Ship.fromDict({
        title: "",
        draught: -1,
        timeout: 0.0005,
        built_at: "soon",
        buoys: [{ colour: "red" }, { colour: 5 }],
        last_seen: true,
      });
    expect(problemsOf(make)).toEqual([
      { path: "title", message: expect.stringMatching(/^Too small.*, was ""$/) },
      { path: "draught", message: expect.stringMatching(/^Too small.*, was -1$/) },
      { path: "timeout", message: expect.stringMatching(/^Invalid input: expected int.*, was 0.0005$/) },
      { path: "built_at", message: 'Invalid input: expected date, received string, was "soon"' },
      { path: "last_seen", message: "Invalid input: expected date, received boolean, was true" },
      { path: "buoys.1.colour", message: "Invalid input: expected string, received number, was 5" },
    ]);
    expect(make).toThrow(/^Invalid Ship: title: Too small/);
  });

  it.each([
    ["null", null],
    ["an array", []],
    ["string", "Ada"],
    ["undefined", undefined],
  ])("is %s instead of an object", (what, value) => {
    expect(problemsOf(() => Buoy.from(value))).toEqual([
      { path: "", message: `must be an object, was ${what}` },
    ]);
    expect(problemsOf(() => new Ship({ name: "a", buoys: [value as never] }))).toEqual([
      { path: "buoys.0", message: `must be an object, was ${what}` },
    ]);
  });

  it("are two names of a field that say different things; the same thing twice is fine", () => {
    expect(problemsOf(() => Ship.fromDict({ name: "a", timeout: 1, timeoutMs: 2 }))).toEqual([
      { path: "timeoutMs", message: "says something else than timeout, another name for it" },
    ]);
    expect(Ship.fromDict({ name: "a", timeout: 2, timeoutMs: 2000, title: "a" }).timeoutMs).toBe(2000);
  });

  it("names such fields along with everything else that is wrong", () => {
    expect(
      problemsOf(() => Ship.fromDict({ name: "a", title: "b", timeout: 1, timeoutMs: 2, draught: -1 })),
    ).toEqual([
      { path: "title", message: "says something else than name, another name for it" },
      { path: "timeoutMs", message: "says something else than timeout, another name for it" },
      { path: "draught", message: "Too small: expected number to be >0, was -1" },
    ]);
  });

  it("shows a duration in the unit in which it was given", () => {
    const wrongIn = (init: object) => problemsOf(() => Ship.fromDict({ name: "a", ...init }));
    expect(wrongIn({ timeout: -2 })).toMatchObject([
      { path: "timeout", message: expect.stringMatching(/was -2$/) },
    ]);
    expect(wrongIn({ timeoutMs: -2 })).toMatchObject([
      { path: "timeoutMs", message: expect.stringMatching(/was -2$/) },
    ]);
  });

  it("is an alias for no field, when the class is made", () => {
    expect(() => dataClass(z.object({ a: z.string() }), { name: "X", aliases: { b: "c" } })).toThrow(
      "X has no field 'c' for the alias 'b'",
    );
  });

  it("is cut in the message when it is long", () => {
    const [problem] = problemsOf(() => new Buoy({ colour: "red", tags: "x".repeat(1000) as never })) as {
      message: string;
    }[];
    expect(problem?.message).toBe(`Invalid input: expected array, received string, was "${"x".repeat(60)}…"`);
  });

  it("does not hide an error of another kind in a nested class", () => {
    const broken = new Error("broken");
    class Broken extends Buoy {
      constructor(init: ConstructorParameters<typeof Buoy>[0]) {
        super(init);
        throw broken;
      }
    }
    expect(() => nested(Broken).parse({ colour: "red" })).toThrow(broken);
  });
});

describe("snakeCase", () => {
  it("puts an underscore before each capital", () => {
    expect(["name", "maxParallelTasks", "aB"].map(snakeCase)).toEqual(["name", "max_parallel_tasks", "a_b"]);
  });
});
