import { ManualClock } from "@orch/core/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { AccessMode } from "../src/access-mode.ts";
import type { Demand } from "../src/demand.ts";
import type { Ledger } from "../src/ledger.ts";
import type { Grant } from "../src/ledger-state.ts";
import { InstanceRig, Shared } from "./instance-rig.ts";

const define = (ledger: Ledger) => {
  ledger.define({ id: "r", type: "custom", capacity: 6 });
  ledger.define({ id: "seats", type: "custom", capacity: 100, limits: { maxConcurrentUsers: 2 } });
  ledger.define({ id: "api", type: "api_quota", capacity: { rpm: 60 } });
};

type Kind = { readonly r?: number; readonly seat?: true; readonly api?: number; readonly door?: AccessMode };
const kind: fc.Arbitrary<Kind> = fc.oneof(
  fc.record({ r: fc.integer({ min: 1, max: 5 }) }),
  fc.constant<Kind>({ seat: true }),
  fc.record({ api: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ door: fc.constantFrom<AccessMode>("read", "write") }),
  fc.record({ r: fc.integer({ min: 1, max: 3 }), door: fc.constantFrom<AccessMode>("read", "exclusive") }),
);
const demandFor = ({ r, seat, api, door }: Kind): Demand => [
  ...(r === undefined ? [] : [{ resource: "r", amounts: r }]),
  ...(seat === undefined ? [] : [{ resource: "seats", amounts: 1 }]),
  ...(api === undefined ? [] : [{ resource: "api", amounts: api }]),
  ...(door === undefined ? [] : [{ resource: "door", mode: door }]),
];

/** All that all processes hold, in one list. */
class Model {
  readonly held: { readonly kind: Kind; readonly user: string }[] = [];
  tokens = 60;

  fits({ r = 0, seat, api = 0, door }: Kind, user: string): boolean {
    const used = this.held.reduce((sum, each) => sum + (each.kind.r ?? 0), 0);
    if (used + r > 6 || api > this.tokens) return false;
    const users = new Set(this.held.filter((each) => each.kind.seat).map((each) => each.user));
    if (seat && users.size >= 2 && !users.has(user)) return false;
    const doors = this.held.flatMap((each) => each.kind.door ?? []);
    if (door === "read") return doors.every((mode) => mode === "read");
    return door === undefined || doors.length === 0;
  }
}

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("take" as const), by: fc.nat(2), kind, user: fc.nat(3) }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("give" as const), which: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("pass" as const), halves: fc.integer({ min: 1, max: 10 }) }),
  },
);

it("grants what one list of everything would, whichever of three processes asks, in 10,000 interleavings", () => {
  const met = { granted: 0, refused: 0, elsewhere: 0 };
  fc.assert(
    fc.property(fc.array(command, { minLength: 5, maxLength: 25 }), (commands) => {
      const [shared, clock, model] = [new Shared(), new ManualClock(), new Model()];
      const rigs = ["a", "b", "c"].map((id) => new InstanceRig(id, { shared, clock }, define));
      const live: { rig: InstanceRig; grant: Grant; entry: Model["held"][number] }[] = [];
      for (const each of commands) {
        if (each.type === "pass") {
          clock.advance(each.halves * 500);
          model.tokens = Math.min(60, model.tokens + each.halves / 2);
        } else if (each.type === "give") {
          const [gone] = live.splice(each.which, 1);
          if (gone === undefined) continue;
          gone.rig.give(gone.grant);
          model.held.splice(model.held.indexOf(gone.entry), 1);
        } else {
          const [rig, user] = [rigs[each.by], `u${each.user}`];
          if (rig === undefined) continue;
          const expected = model.fits(each.kind, user);
          const outcome = rig.take(demandFor(each.kind), { holder: user });
          expect(outcome.ok).toBe(expected);
          if (!outcome.ok) {
            met.refused++;
            continue;
          }
          met.granted++;
          if (live.some((other) => other.rig !== rig)) met.elsewhere++;
          const entry = { kind: each.kind, user };
          model.held.push(entry);
          model.tokens -= each.kind.api ?? 0;
          live.push({ rig, grant: outcome, entry });
        }
      }
      for (const { rig, grant } of live) rig.give(grant);
      expect(shared.list("usage/")).toEqual([]);
      for (const { ledger, shared: mine } of rigs) {
        mine.sync();
        for (const id of ["r", "seats"]) expect(ledger.snapshot(id, 0)?.dimensions[0]?.allocated).toBe(0);
        expect(ledger.holdersOf("door")).toEqual([]);
      }
    }),
    { numRuns: 10_000 },
  );
  expect(Math.min(met.granted, met.refused, met.elsewhere)).toBeGreaterThan(5_000);
});

it("never passes the capacity and leaves nobody out, however unevenly three processes ask, in 1,000 crowds", () => {
  const step = fc.record({ by: fc.nat(2), end: fc.nat(5), ms: fc.nat(1) });
  const crowd = fc.record({
    steps: fc.array(step, { minLength: 40, maxLength: 60 }),
    need: fc.integer({ min: 1, max: 6 }),
  });
  let longest = 0;
  fc.assert(
    fc.property(crowd, ({ steps, need }) => {
      const [shared, clock] = [new Shared(), new ManualClock()];
      const rigs = ["a", "b", "c"].map((id) => new InstanceRig(id, { shared, clock }, define));
      const demand: Demand = [{ resource: "r", amounts: need }];
      const live: { rig: InstanceRig; grant: Grant }[] = [];
      /** Grants of others since a process was served last or asked for the first time. */
      const passed = new Map(rigs.map((rig) => [rig, 0]));
      const ask = (rig: InstanceRig | undefined) => {
        const outcome = rig?.take(demand, { ticket: 0 });
        if (rig === undefined || !outcome?.ok) return;
        live.push({ rig, grant: outcome });
        for (const [other, count] of passed) passed.set(other, other === rig ? 0 : count + 1);
        longest = Math.max(longest, ...passed.values());
      };
      for (const rig of rigs) ask(rig);
      for (const { by, end, ms } of steps) {
        clock.advance(ms);
        // The first one has everything, and whoever frees something asks again before the others know of it.
        const gone = live.splice(Math.min(end, live.length - 1), 1)[0];
        gone?.rig.give(gone.grant);
        for (const rig of [gone?.rig, rigs[0], rigs[0], rigs[by], rigs[1], rigs[2]]) ask(rig);
        expect(live.length * need).toBeLessThanOrEqual(6);
      }
    }),
    { numRuns: 1_000 },
  );
  // Six fit at once: nobody has to see more than one round of the others' shares go by.
  expect(longest).toBeLessThanOrEqual(6);
});
