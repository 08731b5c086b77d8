import type { DemandPart, PoolSnapshot } from "@orch/resources";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ownResource, servedBy } from "./own-resource.ts";

const dimension = (name: string, usable: number) => ({
  ...{ name, usable, capacity: usable, allocated: 0, available: usable, utilization: 0 },
});

const snapshot = (amounts: Readonly<Record<string, number>>): PoolSnapshot => ({
  ...{ id: "r", type: "gpu", open: true, holders: new Set<string>(), live: 0 },
  ...{ grants: 0, heldMs: 0, peak: 0, average: 0 },
  dimensions: Object.entries(amounts).map(([name, usable]) => dimension(name, usable)),
});

const own = ownResource("s", snapshot({ units: 8, gb: 16 }), { gb: 4, units: 2 });
const pool = "orch:session_own:s:r";

describe("a line of a demand in a session that holds two units and 4 GB", () => {
  it.each<[string, DemandPart, DemandPart[]]>([
    ["what it has", { resource: "r", amounts: 2 }, [{ resource: pool, amounts: { units: 2 } }]],
    ["its type", { type: "gpu", amounts: 1 }, [{ resource: pool, amounts: { units: 1 } }]],
    [
      "more than it has",
      { resource: "r", amounts: { units: 3, gb: 4 } },
      [
        { resource: pool, amounts: { units: 2, gb: 4 } },
        { resource: "r", amounts: { units: 1 } },
      ],
    ],
    [
      "a lock with it",
      { resource: "r", amounts: 1, mode: "write" },
      [
        { resource: pool, amounts: { units: 1 } },
        { resource: "r", mode: "write" },
      ],
    ],
    ["more than there is", { resource: "r", amounts: 9 }, [{ resource: "r", amounts: 9 }]],
    ["another resource", { resource: "q", amounts: 1 }, [{ resource: "q", amounts: 1 }]],
    ["another type", { type: "cpu", amounts: 1 }, [{ type: "cpu", amounts: 1 }]],
    ["a lock", { resource: "r", mode: "read" }, [{ resource: "r", mode: "read" }]],
    [
      "it for itself",
      { resource: "r", amounts: 1, mode: "exclusive" },
      [{ resource: "r", amounts: 1, mode: "exclusive" }],
    ],
  ])("that asks for %s", (_, part, served) => {
    expect(servedBy(own, part)).toEqual(served);
  });

  it("asks for as much as it did, and of the session's own for no more than that has", () => {
    const amounts = fc.record({ units: fc.integer({ min: 1, max: 8 }), gb: fc.integer({ min: 1, max: 16 }) });
    fc.assert(
      fc.property(amounts, (wanted) => {
        const sum = { units: 0, gb: 0 };
        for (const part of servedBy(own, { resource: "r", amounts: wanted })) {
          const taken = part.amounts as Readonly<Record<string, number>>;
          sum.units += taken["units"] ?? 0;
          sum.gb += taken["gb"] ?? 0;
          if (part.resource === pool)
            expect([(taken["units"] ?? 0) <= 2, (taken["gb"] ?? 0) <= 4]).toEqual([true, true]);
        }
        expect(sum).toEqual(wanted);
      }),
    );
  });
});

it("what of a rate was taken is no share that could be used again", () => {
  expect(ownResource("s", snapshot({ rpm: 60 }), { rpm: 10 })).toEqual([]);
});
