import { ManualClock } from "@orch/core/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ResourceManager } from "./resource-manager.ts";

const IDS = ["a", "b", "c"] as const;
const CAPACITY = 20;
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("one" as const),
      id: fc.constantFrom(...IDS),
      user: fc.nat(3),
      tenths: fc.integer({ min: -1, max: 120 }),
      lease: fc.option(fc.integer({ min: 1, max: 50 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("type" as const),
      user: fc.nat(3),
      tenths: fc.integer({ min: 1, max: 120 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("release" as const), which: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("user" as const), user: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 40 }) }),
  },
);

it("agrees with a list of what is held, in 250 random histories of every way to take and give back", () => {
  let [granted, denied, expired] = [0, 0, 0];
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: "large" }), (steps) => {
      const clock = new ManualClock();
      const manager = new ResourceManager({ baseDir: "/nonexistent", defaultResources: false, clock });
      for (const id of IDS) manager.registerResource(id, "cpu", { cores: CAPACITY / 10 });
      let live: { id: string; resource: string; user: string; tenths: number; ends: number }[] = [];
      const used = (resource: string) =>
        live.filter((each) => each.resource === resource).reduce((sum, { tenths }) => sum + tenths, 0);
      for (const each of steps) {
        const user = "user" in each ? `u${each.user}` : "";
        if (each.kind === "one") {
          const got = manager.allocate(each.id, user, each.tenths / 10, { timeoutMs: each.lease });
          const fits = each.tenths > 0 && used(each.id) + each.tenths <= CAPACITY;
          expect(got !== null).toBe(fits);
          if (got)
            live.push({
              id: got.id,
              resource: each.id,
              user,
              tenths: each.tenths,
              ends: clock.monotonic() + (each.lease ?? 1e9),
            });
          if (got) granted++;
          else denied++;
        } else if (each.kind === "type") {
          const best = [...IDS]
            .sort((x, y) => used(x) - used(y))
            .find((id) => used(id) + each.tenths <= CAPACITY);
          const got = manager.allocateResources(user, { compute: { cores: each.tenths / 10 } });
          expect(got).toEqual(best === undefined ? null : { compute: best });
          const id = String(manager.getUserAllocations(user).at(-1)?.["allocation_id"]);
          if (best !== undefined) live.push({ id, resource: best, user, tenths: each.tenths, ends: 1e9 });
        } else if (each.kind === "release") {
          const gone = live.splice(each.which, 1)[0];
          expect(manager.release(gone?.id ?? "nothing")).toBe(gone !== undefined);
        } else if (each.kind === "user") {
          expect(manager.deallocateResources(user)).toBe(live.some((other) => other.user === user));
          live = live.filter((other) => other.user !== user);
        } else {
          clock.advance(each.ms);
          const left = live.filter(({ ends }) => ends > clock.monotonic());
          expired += live.length - left.length;
          live = left;
        }
        for (const id of IDS) {
          const resource = manager.getResource(id);
          expect(resource?.allocated).toEqual(used(id) === 0 ? {} : { cores: used(id) / 10 });
          expect(new Set(resource?.allocations.keys())).toEqual(
            new Set(live.filter((other) => other.resource === id).map((other) => other.id)),
          );
        }
      }
      for (const user of ["u0", "u1", "u2", "u3"]) manager.deallocateResources(user);
      expect(manager.getResourceUsage()).toMatchObject({
        total_allocations: 0,
        utilization_summary: { cpu: 0 },
      });
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 250 },
  );
  expect(Math.min(granted, denied, expired)).toBeGreaterThan(50);
});
