import { describe, expect, it } from "vitest";
import type { Demand } from "./demand.ts";
import { grantLines } from "./grant.ts";
import { Ledger } from "./ledger.ts";
import type { Grant, PoolLimits } from "./ledger-state.ts";
import type { Refusal } from "./refusal.ts";

const aLedger = (capacity: number | Record<string, number> = 10, limits: PoolLimits = {}): Ledger => {
  const ledger = new Ledger();
  ledger.define({ id: "r", type: "custom", capacity, limits });
  return ledger;
};
const take = (ledger: Ledger, demand: Demand, holder = "u", now = 0, ticket?: number): Grant => {
  const outcome = ledger.grant(ledger.compileDemand(demand), holder, now, ticket);
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason}`);
  return outcome;
};
const refuse = (ledger: Ledger, demand: Demand, holder = "u", now = 0, ticket?: number): Refusal => {
  const outcome = ledger.grant(ledger.compileDemand(demand), holder, now, ticket);
  if (outcome.ok) throw new Error("granted");
  return outcome;
};
const held = (ledger: Ledger, id = "r"): number => ledger.snapshot(id, 0)?.dimensions[0]?.allocated ?? -1;

describe("amounts", () => {
  it("fills 1 exactly with ten times 0.1 and goes back to exactly 0", () => {
    const ledger = aLedger(1);
    const grants = Array.from({ length: 10 }, () => take(ledger, [{ resource: "r", amounts: 0.1 }]));
    expect(held(ledger)).toBe(1);
    expect(refuse(ledger, [{ resource: "r", amounts: 0.000001 }]).reason).toBe("capacity");
    for (const grant of grants) ledger.release(grant, 0);
    expect(held(ledger)).toBe(0);
  });

  it("counts bytes of many terabytes exactly", () => {
    const ledger = aLedger({ bytes: 2 ** 44 });
    take(ledger, [{ resource: "r", amounts: { bytes: 2 ** 44 - 1 } }]);
    expect(refuse(ledger, [{ resource: "r", amounts: { bytes: 2 } }]).available).toBe(1);
    expect(take(ledger, [{ resource: "r", amounts: { bytes: 1 } }]).ok).toBe(true);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0, "2", null, {}, { cores: -1 }])(
    "refuses the amount %j by name",
    (amounts) => {
      const demand = [{ resource: "r", amounts: amounts as number }];
      expect(() => aLedger().compileDemand(demand)).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
    },
  );

  it("names every problem of a demand at once", () => {
    const demand = [{ amounts: -1 }, { type: "cpuu" as "cpu", amounts: { cores: Number.NaN } }];
    let problems: unknown;
    try {
      aLedger().compileDemand(demand);
    } catch (error) {
      problems = (error as { details: { problems: { path: string }[] } }).details.problems.map(
        ({ path }) => path,
      );
    }
    expect(problems).toEqual(["0.resource", "0.amounts", "1.type", "1.amounts.cores"]);
  });

  it("means the primary dimension of the first candidate by a plain number", () => {
    const ledger = new Ledger();
    ledger.define({ id: "gb", type: "memory", capacity: { gb: 4 } });
    ledger.define({ id: "mb", type: "memory", capacity: { mb: 1024 } });
    expect(grantLines(take(ledger, [{ type: "memory", amounts: 4 }]))).toEqual([
      { resource: "gb", amounts: { gb: 4 } },
    ]);
    expect(refuse(ledger, [{ type: "memory", amounts: 4 }])).toMatchObject({
      never: false,
      resource: "gb",
      wanted: 4,
      available: 0,
    });
  });

  it("takes the default allocation when no amount is named", () => {
    const ledger = aLedger(10, { defaultAllocation: 3 });
    take(ledger, [{ resource: "r" }]);
    expect(held(ledger)).toBe(3);
  });
});

describe("refusals", () => {
  const never = { ok: false, never: true };
  it.each([
    [
      { resource: "x", amounts: 1 },
      { ...never, reason: "unknown_resource", resource: "x" },
    ],
    [
      { type: "gpu", amounts: 1 },
      { ...never, reason: "unknown_resource", resource: "gpu" },
    ],
    [
      { resource: "r", amounts: { bananas: 1 } },
      { ...never, reason: "unknown_dimension", dimension: "bananas" },
    ],
    [
      { resource: "r", amounts: 11 },
      { ...never, reason: "capacity", dimension: "units", wanted: 11, capacity: 10 },
    ],
    [
      { resource: "r", amounts: 0.5 },
      { ...never, reason: "below_minimum", wanted: 0.5, capacity: 1 },
    ],
    [
      { resource: "r", amounts: 7 },
      { ...never, reason: "above_maximum", wanted: 7, capacity: 6 },
    ],
    [
      { resource: "r", amounts: 1e-9 },
      { ...never, reason: "below_minimum" },
    ],
  ] as [Demand[number], object][])("says at once why %j can never fit", (line, expected) => {
    const ledger = aLedger(
      10,
      line.amounts === 0.5 || line.amounts === 7 ? { minValue: 1, maxValue: 6 } : {},
    );
    expect(refuse(ledger, [line])).toMatchObject(expected);
    expect(ledger.canEverFit(ledger.compileDemand([line]))).toBe(false);
  });

  it("sees that two lines fit alone but never together", () => {
    const demand: Demand = [
      { resource: "r", amounts: 6 },
      { resource: "r", amounts: 5 },
    ];
    expect(refuse(aLedger(), demand)).toMatchObject({ never: true, wanted: 11, capacity: 10 });
  });

  it("leaves nothing behind when a later line fails", () => {
    const ledger = aLedger();
    ledger.define({ id: "s", type: "custom", capacity: 1 });
    take(ledger, [{ resource: "s", amounts: 1 }]);
    const before = [ledger.snapshot("r", 0), ledger.snapshot("s", 0)];
    const refused = refuse(ledger, [
      { resource: "r", amounts: 4 },
      { resource: "s", amounts: 1 },
    ]);
    expect(refused).toMatchObject({ line: 1, resource: "s", never: false, watch: ["s"] });
    expect([ledger.snapshot("r", 0), ledger.snapshot("s", 0)]).toEqual(before);
  });

  it("names the resource that comes nearest and everything worth waiting for", () => {
    const ledger = new Ledger();
    for (const id of ["a", "b"]) ledger.define({ id, type: "cpu", capacity: { cores: 4 } });
    take(ledger, [{ resource: "a", amounts: 4 }]);
    take(ledger, [{ resource: "b", amounts: 2 }]);
    expect(refuse(ledger, [{ type: "compute", amounts: 3 }])).toMatchObject({
      resource: "b",
      available: 2,
      watch: ["a", "b"],
    });
  });

  it("grants nothing new on a closed resource and keeps what is held", () => {
    const ledger = aLedger();
    const grant = take(ledger, [{ resource: "r", amounts: 1 }]);
    ledger.setOpen("r", false);
    expect(refuse(ledger, [{ resource: "r", amounts: 1 }])).toMatchObject({
      reason: "unavailable",
      never: false,
    });
    expect(held(ledger)).toBe(1);
    expect(ledger.release(grant, 0)).toBe(true);
  });

  it("counts distinct holders and lets one who holds take more", () => {
    const ledger = aLedger(10, { maxConcurrentUsers: 1 });
    const first = take(ledger, [{ resource: "r", amounts: 1 }], "a");
    expect(refuse(ledger, [{ resource: "r", amounts: 1 }], "b")).toMatchObject({
      reason: "users",
      wanted: 1,
      capacity: 1,
    });
    const second = take(ledger, [{ resource: "r", amounts: 1 }], "a");
    ledger.release(first, 0);
    expect(refuse(ledger, [{ resource: "r", amounts: 1 }], "b").reason).toBe("users");
    ledger.release(second, 0);
    take(ledger, [{ resource: "r", amounts: 1 }], "b");
  });
});

describe("best fit", () => {
  it("takes the least utilised of the family, ties in the order of registration", () => {
    const ledger = new Ledger();
    ledger.define({ id: "a", type: "cpu", capacity: { cores: 10 } });
    ledger.define({ id: "b", type: "compute", capacity: { cores: 10 } });
    take(ledger, [{ resource: "a", amounts: 8 }]);
    take(ledger, [{ resource: "b", amounts: 2 }]);
    expect(grantLines(take(ledger, [{ type: "cpu", amounts: 2 }]))).toMatchObject([{ resource: "b" }]);
    take(ledger, [{ resource: "b", amounts: 4 }]);
    expect(grantLines(take(ledger, [{ type: "cpu", amounts: 1 }]))).toMatchObject([{ resource: "a" }]);
  });

  it("finds the assignment that the best choice for each line would miss", () => {
    const ledger = new Ledger();
    for (const id of ["a", "b"]) ledger.define({ id, type: "gpu", capacity: 1 });
    const grant = take(ledger, [
      { type: "gpu", amounts: 1 },
      { resource: "a", amounts: 1 },
    ]);
    expect(grantLines(grant).map(({ resource }) => resource)).toEqual(["b", "a"]);
  });

  it("compares rates by the tokens that are left", () => {
    const ledger = new Ledger();
    for (const id of ["a", "b"]) ledger.define({ id, type: "api_quota", capacity: { rpm: 60 } });
    ledger.release(take(ledger, [{ resource: "a", amounts: 10 }]), 0);
    expect(grantLines(take(ledger, [{ type: "external_api", amounts: 1 }]))).toMatchObject([
      { resource: "b" },
    ]);
  });
});

describe("rates", () => {
  it("refills evenly over a minute and gives nothing back on release", () => {
    const ledger = aLedger({ requests_per_minute: 60 });
    ledger.release(take(ledger, [{ resource: "r", amounts: 60 }]), 0);
    expect(ledger.snapshot("r", 0)?.dimensions[0]).toMatchObject({
      allocated: 0,
      available: 0,
      utilization: 1,
    });
    expect(refuse(ledger, [{ resource: "r", amounts: 2 }], "u", 500)).toMatchObject({
      reason: "rate",
      available: 0.5,
      retryAt: 2000,
    });
    take(ledger, [{ resource: "r", amounts: 2 }], "u", 2000);
    expect(ledger.available("r", 62_000)).toBe(60);
  });

  it("gives tokens back only when a grant is cancelled", () => {
    const ledger = aLedger({ rpm: 10 });
    ledger.cancel(take(ledger, [{ resource: "r", amounts: 4 }]));
    expect(ledger.available("r", 0)).toBe(10);
    expect(ledger.snapshot("r", 0)).toMatchObject({ grants: 0, peak: 0, live: 0 });
  });
});

describe("bursts", () => {
  const limits = { burstLimit: 15, burstWindowMs: 60_000 };
  it("goes over the capacity for one window, then rests for one", () => {
    const ledger = aLedger(10, limits);
    const grant = take(ledger, [{ resource: "r", amounts: 12 }], "u", 1000);
    expect(grant.parts[0]?.expiresBy).toBe(61_000);
    expect(refuse(ledger, [{ resource: "r", amounts: 16 }]).never).toBe(true);
    expect(refuse(ledger, [{ resource: "r", amounts: 4 }], "u", 1001).reason).toBe("capacity");
    expect(refuse(ledger, [{ resource: "r", amounts: 1 }], "u", 61_000).reason).toBe("capacity");
    ledger.release(grant, 61_000);
    expect(take(ledger, [{ resource: "r", amounts: 10 }], "u", 61_001).parts[0]?.expiresBy).toBe(null);
    expect(refuse(ledger, [{ resource: "r", amounts: 1 }], "u", 61_002).retryAt).toBe(121_000);
    expect(take(ledger, [{ resource: "r", amounts: 1 }], "u", 121_000).parts[0]?.expiresBy).toBe(181_000);
  });

  it("is not begun by a grant that was cancelled", () => {
    const ledger = aLedger(10, limits);
    ledger.cancel(take(ledger, [{ resource: "r", amounts: 12 }], "u", 5));
    expect(take(ledger, [{ resource: "r", amounts: 12 }], "u", 50).parts[0]?.expiresBy).toBe(60_050);
  });
});

describe("changes at run time", () => {
  it("grants nothing while more is held than a lowered capacity", () => {
    const ledger = aLedger(10, { burstLimit: 20 });
    const [a] = [
      take(ledger, [{ resource: "r", amounts: 6 }]),
      take(ledger, [{ resource: "r", amounts: 2 }]),
    ];
    ledger.setCapacity("r", 4, 0);
    expect(refuse(ledger, [{ resource: "r", amounts: 1 }])).toMatchObject({ available: 0, never: false });
    expect(refuse(ledger, [{ resource: "r", amounts: 21 }]).never).toBe(true);
    ledger.release(a, 0);
    expect(take(ledger, [{ resource: "r", amounts: 2 }]).ok).toBe(true);
  });

  it("binds a known demand again when resources come, go or grow", () => {
    const ledger = new Ledger();
    const demand: Demand = [{ type: "gpu", amounts: 2 }];
    expect(refuse(ledger, demand).reason).toBe("unknown_resource");
    ledger.define({ id: "g", type: "gpu", capacity: 1 });
    expect(refuse(ledger, demand).reason).toBe("capacity");
    ledger.setCapacity("g", 2, 0);
    const grant = take(ledger, demand);
    expect(ledger.undefine("g")).toBe(false);
    ledger.release(grant, 0);
    expect(ledger.undefine("g")).toBe(true);
    expect(refuse(ledger, demand).reason).toBe("unknown_resource");
  });

  it("leaves to others what is kept for them", () => {
    const ledger = aLedger();
    ledger.others.keep("r", { amounts: { units: 7 }, seats: 0, modes: [] });
    expect(refuse(ledger, [{ resource: "r", amounts: 4 }])).toMatchObject({ available: 3, never: false });
    ledger.others.keep("r", null);
    take(ledger, [{ resource: "r", amounts: 10 }]);
  });

  it("refuses to take away a dimension that is held", () => {
    const ledger = aLedger({ a: 1, b: 1 });
    take(ledger, [{ resource: "r", amounts: { b: 1 } }]);
    expect(() => ledger.setCapacity("r", { a: 1 }, 0)).toThrow(/b is in use/);
  });

  it.each([
    { capacity: -1 },
    { capacity: Number.NaN },
    { capacity: {} },
    { capacity: 1, limits: { burstLimit: 0 } },
    { capacity: 1e17 },
    { capacity: 10, limits: { burstLimit: 5 } },
    { capacity: 10, limits: { minValue: 5, maxValue: 1 } },
  ])("refuses to define %j", (bad) => {
    const ledger = new Ledger();
    expect(() => ledger.define({ id: "x", type: "cpu", ...bad })).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
    expect(ledger.ids()).toEqual([]);
  });
});

describe("records", () => {
  it("restores a recorded grant, even over the capacity, and names what is gone", () => {
    const ledger = aLedger({ units: 1, rpm: 5 });
    const lines = [
      { resource: "r", amounts: { units: 2, rpm: 1 } },
      { resource: "gone", amounts: { x: 1 } },
      { resource: "door", amounts: {}, mode: "write" as const },
    ];
    const { grant, missing } = ledger.restore(lines, "u", 3);
    expect(missing).toEqual(["gone"]);
    expect(grantLines(grant)).toEqual([lines[0], lines[2]]);
    expect(held(ledger)).toBe(2);
    expect(ledger.available("r", 0, "rpm")).toBe(5);
    expect(ledger.holdersOf("door")).toEqual([{ holder: "u", amounts: {}, since: 3, mode: "write" }]);
    ledger.release(grant, 4);
    expect(held(ledger)).toBe(0);
  });

  it("releases once", () => {
    const ledger = aLedger();
    const grant = take(ledger, [{ resource: "r", amounts: 2 }]);
    const other = take(ledger, [{ resource: "r", amounts: 3 }]);
    expect([ledger.release(grant, 0), ledger.release(grant, 0)]).toEqual([true, false]);
    expect(held(ledger)).toBe(3);
    ledger.release(other, 0);
  });

  it("reports peak, time-weighted average, holders and time held", () => {
    const ledger = aLedger();
    const grant = take(ledger, [{ resource: "r", amounts: 8 }], "a", 0);
    ledger.release(grant, 250);
    take(ledger, [{ resource: "r", amounts: 2 }], "b", 500);
    expect(ledger.snapshot("r", 1000)).toMatchObject({
      peak: 8,
      average: 3,
      grants: 2,
      live: 1,
      heldMs: 250,
      holders: new Set(["b"]),
    });
    expect(ledger.holdersOf("r")).toEqual([{ holder: "b", amounts: { units: 2 }, since: 500, mode: null }]);
  });

  it("gives equal demands one class", () => {
    const ledger = aLedger();
    const a = ledger.compileDemand([{ resource: "r", amounts: 1 }]);
    expect(ledger.compileDemand([{ resource: "r", amounts: 1 }])).toBe(a);
    expect(ledger.compileDemand([{ resource: "r", amounts: 2 }]).class).toBe(a.class + 1);
  });
});
