import { describe, expect, it } from "vitest";
import { explanationOf } from "./explanation.ts";
import { Ledger } from "./ledger.ts";
import type { Grant } from "./ledger-state.ts";

const make = () => {
  const ledger = new Ledger();
  ledger.define({ id: "r", type: "custom", capacity: { units: 8 } });
  const take = (holder: string, demand: Parameters<Ledger["compileDemand"]>[0], at = 0): Grant => {
    const outcome = ledger.grant(ledger.compileDemand(demand), holder, at);
    if (!outcome.ok) throw new Error(outcome.reason);
    return outcome;
  };
  const lacks = (demand: Parameters<Ledger["compileDemand"]>[0], ticket = 100, now = 0) => {
    const refusals = ledger.explain(ledger.compileDemand(demand), "me", now, ticket);
    return explanationOf(refusals, ledger, now, 0).lacks.map((lack) => ({
      held: lack.held_by.map(({ user_id }) => user_id),
      message: lack.message,
    }));
  };
  return { ledger, take, lacks };
};

describe("what keeps a demand from being granted", () => {
  it("is who holds a lock in a mode that excludes the one wanted", () => {
    const { ledger, take, lacks } = make();
    take("r1", [{ resource: "f", mode: "read" }]);
    take("r2", [{ resource: "f", mode: "read" }]);
    expect(lacks([{ resource: "f", mode: "write" }])).toEqual([
      { held: ["r1", "r2"], message: "'f' is locked" },
    ]);
    const write = ledger.compileDemand([{ resource: "f", mode: "write" }]);
    ledger.enqueue(write, 1);
    const read = [{ resource: "f", mode: "read" }] as const;
    expect(lacks(read)).toEqual([{ held: [], message: "others have waited longer for 'f'" }]);
    const [refused] = ledger.explain(ledger.compileDemand(read), "me", 0, 100);
    expect(refused?.obstacles).toEqual({ held: [], before: [{ name: "f", ticket: 1 }], kept: [] });
    ledger.dequeue(write, 1);
    expect(lacks(read)).toEqual([]);
  });

  it("is who uses what is wanted alone, or waits to be alone with it", () => {
    const { ledger, take, lacks } = make();
    const used = take("user", [{ resource: "r", amounts: 1 }]);
    const alone = [{ resource: "r", mode: "exclusive" }] as const;
    expect(lacks(alone)).toMatchObject([{ held: ["user"] }]);
    ledger.enqueue(ledger.compileDemand(alone), 1);
    expect(lacks([{ resource: "r", amounts: 1 }])).toEqual([
      { held: [], message: "others have waited longer for 'r'" },
    ]);
    ledger.release(used, 0);
    ledger.dequeue(ledger.compileDemand(alone), 1);
    take("owner", alone);
    expect(lacks([{ resource: "r", amounts: 1 }])).toMatchObject([{ held: ["owner"] }]);
  });

  it("is who holds of the dimension that is short, and nobody for a rate, which time brings back", () => {
    const { ledger, take, lacks } = make();
    ledger.define({ id: "two", type: "custom", capacity: { a: 2, b: 2 } });
    take("of a", [{ resource: "two", amounts: { a: 2 } }]);
    take("of b", [{ resource: "two", amounts: { b: 1 } }]);
    expect(lacks([{ resource: "two", amounts: { a: 1, b: 1 } }])).toMatchObject([{ held: ["of a"] }]);
    ledger.define({ id: "api", type: "api_quota", capacity: { requests_per_minute: 1 } });
    take("asked", [{ resource: "api", amounts: 1 }]);
    expect(lacks([{ resource: "api", amounts: 1 }])).toMatchObject([{ held: [] }]);
  });

  it("is what is left to other processes", () => {
    const { ledger, take } = make();
    ledger.others.keep("r", { amounts: { units: 8 }, seats: 0, modes: [] });
    const demand = ledger.compileDemand([{ resource: "r", amounts: 1 }]);
    expect(ledger.explain(demand, "me", 0)[0]?.obstacles).toEqual({ held: [], before: [], kept: ["r"] });
    ledger.others.keep("r", null);
    take("holder", [{ resource: "r", amounts: 8 }]);
    expect(ledger.explain(demand, "me", 0)[0]?.obstacles).toMatchObject({ before: [], kept: [] });
  });
});
