import fc from "fast-check";
import { expect, it } from "vitest";
import type { Demand } from "./demand.ts";
import { grantLines } from "./grant.ts";
import { Ledger } from "./ledger.ts";
import type { Grant } from "./ledger-state.ts";

// The naive model: whole tenths per resource and dimension, a list of what is held, and trying every assignment.
const CAPACITY: Record<string, Record<string, number>> = {
  c0: { cores: 40, gb: 30 },
  c1: { cores: 30 },
  g0: { units: 20 },
};
const FAMILY: Record<string, string> = { c0: "cpu", c1: "cpu", g0: "gpu" };
const IDS = Object.keys(CAPACITY);
const amount = fc.integer({ min: 1, max: 45 });
const line = fc.oneof(
  fc.record({ resource: fc.constantFrom("c0", "c1"), amounts: fc.record({ cores: amount }) }),
  fc.record({ resource: fc.constant("c0"), amounts: fc.record({ cores: amount, gb: amount }) }),
  fc.record({
    type: fc.constantFrom("cpu" as const, "compute" as const),
    amounts: fc.record({ cores: amount }),
  }),
  fc.record({ type: fc.constant("cpu" as const), amounts: fc.record({ gb: amount }) }),
  fc.record({ type: fc.constant("gpu" as const), amounts: fc.record({ units: amount }) }),
);
type Line = { resource?: string; type?: "cpu" | "compute" | "gpu"; amounts: Record<string, number> };
type Held = Record<string, Record<string, number>>;
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("grant" as const),
      lines: fc.array(line, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("release" as const), which: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("resize" as const), cores: amount }) },
);

const toDemand = (lines: readonly Line[]): Demand =>
  lines.map((each) => ({
    ...each,
    amounts: Object.fromEntries(Object.entries(each.amounts).map(([k, v]) => [k, v / 10])),
  }));
const candidates = ({ resource, type }: Line): string[] =>
  resource ? [resource] : IDS.filter((id) => FAMILY[id] === (type === "compute" ? "cpu" : type));

function possible(lines: readonly Line[], capacity: Held, held: Held): boolean {
  const [first, ...rest] = lines;
  if (first === undefined) return true;
  return candidates(first).some((id) => {
    const fits = Object.entries(first.amounts).every(
      ([k, v]) => (held[id]?.[k] ?? 0) + v <= (capacity[id]?.[k] ?? -1),
    );
    return fits && possible(rest, capacity, add(held, id, first.amounts, 1));
  });
}

const add = (held: Held, id: string, amounts: Record<string, number>, sign: number): Held => {
  const mine = { ...held[id] };
  for (const [k, v] of Object.entries(amounts)) mine[k] = (mine[k] ?? 0) + sign * v;
  return { ...held, [id]: mine };
};
const tenths = (amounts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(amounts).map(([k, v]) => [k, Math.round(v * 10)]));

it("agrees with trying every assignment, never passes the capacity and drains to exactly 0, in 10,000 histories", () => {
  let [granted, refused, never] = [0, 0, 0];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const ledger = new Ledger();
      let capacity: Held = CAPACITY;
      for (const id of IDS)
        ledger.define({
          id,
          type: id === "g0" ? "gpu" : "cpu",
          capacity: toDemand([{ amounts: CAPACITY[id] ?? {} }])[0]?.amounts ?? {},
        });
      let held: Held = {};
      const live: Grant[] = [];
      for (const [now, each] of steps.entries()) {
        if (each.kind === "resize") {
          ledger.setCapacity("c1", { cores: each.cores / 10 }, now);
          capacity = { ...capacity, c1: { cores: each.cores } };
        } else if (each.kind === "release") {
          const [grant] = live.splice(each.which, 1);
          if (grant === undefined) continue;
          for (const { resource, amounts } of grantLines(grant))
            held = add(held, resource, tenths(amounts), -1);
          expect([ledger.release(grant, now), ledger.release(grant, now)]).toEqual([true, false]);
        } else {
          const demand = ledger.compileDemand(toDemand(each.lines));
          const expected = possible(each.lines, capacity, held);
          expect(ledger.fits(demand, "u", now)).toBe(expected);
          const outcome = ledger.grant(demand, "u", now);
          expect(outcome.ok).toBe(expected);
          expect(ledger.canEverFit(demand)).toBe(possible(each.lines, capacity, {}));
          if (outcome.ok) {
            granted++;
            live.push(outcome);
            for (const { resource, amounts } of grantLines(outcome))
              held = add(held, resource, tenths(amounts), 1);
          } else if (outcome.never) never++;
          else refused++;
        }
        for (const id of IDS) {
          for (const { name, allocated } of ledger.snapshot(id, now)?.dimensions ?? []) {
            expect(allocated).toBe((held[id]?.[name] ?? 0) / 10);
          }
        }
      }
      for (const grant of live) ledger.release(grant, steps.length);
      for (const id of IDS)
        for (const { allocated } of ledger.snapshot(id, 0)?.dimensions ?? []) expect(allocated).toBe(0);
    }),
    { numRuns: 10_000 },
  );
  // The histories must have met every outcome, or they prove nothing.
  expect(Math.min(granted, refused, never)).toBeGreaterThan(1_000);
});

it("gives out at most the bucket and what flowed back, over any time, in 2,000 histories", () => {
  const call = fc.record({
    wait: fc.integer({ min: 0, max: 20_000 }),
    amount: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      const ledger = new Ledger();
      ledger.define({ id: "api", type: "api_quota", capacity: { requests_per_minute: 60 } });
      let [now, tokens] = [0, 60];
      for (const { wait, amount: wanted } of calls) {
        now += wait;
        tokens = Math.min(60, tokens + wait / 1000);
        const outcome = ledger.grant(ledger.compileDemand([{ resource: "api", amounts: wanted }]), "u", now);
        // Between the two lies only the rounding to millionths.
        if (outcome.ok) expect(wanted).toBeLessThanOrEqual(tokens + 0.0001);
        else expect(wanted).toBeGreaterThan(tokens - 0.0001);
        if (outcome.ok) tokens -= wanted;
        else expect(outcome.retryAt).toBeGreaterThan(now - 1);
      }
    }),
    { numRuns: 2_000 },
  );
});

it("stays within the burst limit and is over the capacity for one window at most, in 2,000 histories", () => {
  const call = fc.record({
    wait: fc.integer({ min: 0, max: 40 }),
    amount: fc.integer({ min: 1, max: 8 }),
    release: fc.option(fc.nat(4)),
  });
  let bursts = 0;
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      const ledger = new Ledger();
      ledger.define({
        id: "r",
        type: "custom",
        capacity: 10,
        limits: { burstLimit: 15, burstWindowMs: 100 },
      });
      const live: Grant[] = [];
      const total = () => ledger.snapshot("r", 0)?.dimensions[0]?.allocated ?? 0;
      let now = 0;
      let overSince: number | null = null;
      for (const { wait, amount: wanted, release } of calls) {
        now += wait;
        // What a manager does: leases that end are released at their end.
        for (const grant of live)
          if ((grant.parts[0]?.expiresBy ?? now + 1) <= now) ledger.release(grant, now);
        const [gone] = release === null ? [] : live.splice(release, 1);
        if (gone) ledger.release(gone, now);
        const outcome = ledger.grant(ledger.compileDemand([{ resource: "r", amounts: wanted }]), "u", now);
        if (outcome.ok) live.push(outcome);
        expect(total()).toBeLessThanOrEqual(15);
        if (total() <= 10) overSince = null;
        else if (overSince === null) [overSince, bursts] = [now, bursts + 1];
        if (overSince !== null) expect(now - overSince).toBeLessThan(100 + 40);
      }
    }),
    { numRuns: 2_000 },
  );
  expect(bursts).toBeGreaterThan(500);
});
