import { describe, expect, it } from "vitest";
import type { Demand } from "./demand.ts";
import { Ledger } from "./ledger.ts";

const make = () => {
  const ledger = new Ledger();
  ledger.define({ id: "r", type: "custom", capacity: { units: 8 } });
  const compile = (demand: Demand) => ledger.compileDemand(demand);
  const take = (demand: Demand) => {
    const outcome = ledger.grant(compile(demand), "holder", 0);
    if (!outcome.ok) throw new Error(outcome.reason);
    return outcome.parts;
  };
  return { ledger, compile, take };
};
const units = (amounts: number) => [{ resource: "r", amounts }] as const;

describe("a supposition", () => {
  it("counts what comes back, one demand after the other, and changes nothing", () => {
    const { ledger, compile, take } = make();
    const parts = take(units(6));
    const stays = ledger.suppose(null, new Set(), 0);
    expect([stays.take(compile(units(3))), stays.take(compile(units(2)))]).toEqual([["r"], null]);
    const comes = ledger.suppose(null, new Set(parts), 0);
    expect([comes.take(compile(units(4))), comes.take(compile(units(5)))]).toEqual([null, ["r"]]);
    expect(comes.take(compile(units(4)))).toBeNull();
    expect(ledger.available("r", 0)).toBe(2);
  });

  it("takes all of a demand or nothing, and says what lacks", () => {
    const { ledger, compile, take } = make();
    take([{ resource: "g", mode: "write" }]);
    const supposed = ledger.suppose(null, new Set(), 0);
    const both: Demand = [
      { resource: "f", mode: "write" },
      { resource: "g", mode: "read" },
    ];
    expect(supposed.take(compile(both))).toEqual(["g"]);
    expect(supposed.take(compile([{ resource: "f", mode: "read" }]))).toBeNull();
    const write = compile([{ resource: "f", mode: "write" }]);
    expect(supposed.take(write)).toEqual(["f"]);
    expect(supposed.take(compile([{ resource: "f", mode: "read" }]))).toBeNull();
    supposed.wait(write, ["f"]);
    expect(supposed.take(compile([{ resource: "f", mode: "read" }]))).toEqual(["f"]);
  });

  it("has as much of a rate as the one wants whose wait is over", () => {
    const { ledger, compile, take } = make();
    ledger.define({ id: "api", type: "api_quota", capacity: { requests_per_minute: 3 } });
    const calls = (amounts: number) => [{ resource: "api", amounts }] as const;
    take(calls(3));
    const supposed = ledger.suppose(compile(calls(2)), new Set(), 0);
    expect([supposed.take(compile(calls(1))), supposed.take(compile(calls(2)))]).toEqual([null, ["api"]]);
  });

  it("knows which demands leave less to each other", () => {
    const { ledger, compile } = make();
    const doMeet = (one: Demand, other: Demand) =>
      ledger.suppose(null, new Set(), 0).doMeet(compile(one), compile(other));
    expect(doMeet(units(1), units(2))).toBe(true);
    expect(doMeet(units(1), [{ resource: "r", mode: "exclusive" }])).toBe(true);
    expect(doMeet([{ resource: "f", mode: "read" }], [{ resource: "f", mode: "write" }])).toBe(true);
    expect(doMeet([{ resource: "f", mode: "read" }], [{ resource: "f", mode: "read" }])).toBe(false);
    expect(doMeet(units(1), [{ resource: "f", mode: "write" }])).toBe(false);
  });
});
