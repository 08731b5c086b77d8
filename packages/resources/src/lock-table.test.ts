import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccessMode } from "./access-mode.ts";
import type { Demand } from "./demand.ts";
import { Ledger } from "./ledger.ts";
import type { Grant } from "./ledger-state.ts";

const lock = (mode: AccessMode, resource = "door", amounts?: number): Demand => [
  amounts === undefined ? { resource, mode } : { resource, mode, amounts },
];
const grant = (ledger: Ledger, demand: Demand, ticket?: number): Grant | null => {
  const outcome = ledger.grant(ledger.compileDemand(demand), "u", 0, ticket);
  return outcome.ok ? outcome : null;
};

describe("locks on a name", () => {
  it.each([
    ["read", "read", true],
    ["read", "write", false],
    ["write", "read", false],
    ["write", "write", false],
    ["read", "exclusive", false],
    ["exclusive", "read", false],
    ["exclusive", "exclusive", false],
  ] as const)("after %s, %s is granted: %s", (first, second, granted) => {
    const ledger = new Ledger();
    const held = grant(ledger, lock(first));
    expect(grant(ledger, lock(second)) !== null).toBe(granted);
    if (held) ledger.release(held, 0);
    if (!granted) expect(grant(ledger, lock(second))).not.toBeNull();
  });

  it("says that it is locked, by whom, and that a release helps", () => {
    const ledger = new Ledger();
    grant(ledger, lock("write"));
    const demand = ledger.compileDemand(lock("read"));
    expect(ledger.grant(demand, "v", 0)).toMatchObject({
      reason: "locked",
      resource: "door",
      watch: ["door"],
      never: false,
    });
    expect(ledger.holdersOf("door")).toMatchObject([{ holder: "u", mode: "write" }]);
  });

  it("does not let a demand wait for itself", () => {
    const ledger = new Ledger();
    expect(grant(ledger, [...lock("read"), ...lock("write")])?.parts.map(({ mode }) => mode)).toEqual([
      "write",
      "write",
    ]);
    expect(grant(ledger, lock("read"))).toBeNull();
  });

  it("keeps a later read behind a waiting writer, and lets it pass when the writer gives up", () => {
    const ledger = new Ledger();
    const reader = grant(ledger, lock("read"));
    const writer = ledger.compileDemand(lock("write"));
    ledger.enqueue(writer, 1);
    expect(grant(ledger, lock("read"))).toBeNull();
    expect(grant(ledger, lock("read"), 2)).toBeNull();
    expect(grant(ledger, lock("read"), 0)).not.toBeNull();
    expect(reader).not.toBeNull();
    ledger.dequeue(writer, 1);
    expect(grant(ledger, lock("read"), 2)).not.toBeNull();
  });
});

describe("locks on a resource", () => {
  const withResource = (): Ledger => {
    const ledger = new Ledger();
    ledger.define({ id: "door", type: "custom", capacity: 2 });
    return ledger;
  };
  const amount: Demand = [{ resource: "door", amounts: 1 }];

  it("exclusive waits until nobody holds an amount, and lets nobody take one", () => {
    const ledger = withResource();
    const held = grant(ledger, amount);
    expect(grant(ledger, lock("exclusive"))).toBeNull();
    expect(grant(ledger, lock("write"))).not.toBeNull();
    if (held) ledger.release(held, 0);
    const [writer] = ledger.holdersOf("door");
    expect(writer?.mode).toBe("write");
  });

  it("exclusive takes its own amount and keeps others out, by type too", () => {
    const ledger = withResource();
    const held = grant(ledger, lock("exclusive", "door", 1));
    expect(held).not.toBeNull();
    expect(grant(ledger, amount)).toBeNull();
    expect(grant(ledger, [{ type: "custom", amounts: 1 }])).toBeNull();
    expect(ledger.undefine("door")).toBe(false);
    if (held) ledger.release(held, 0);
    expect(grant(ledger, amount)).not.toBeNull();
  });

  it("stops later amounts while an exclusive lock waits, so that it cannot starve", () => {
    const ledger = withResource();
    const held = grant(ledger, amount);
    const waiting = ledger.compileDemand(lock("exclusive"));
    ledger.enqueue(waiting, 5);
    expect(grant(ledger, amount)).toBeNull();
    expect(grant(ledger, amount, 4)).not.toBeNull();
    if (held) ledger.release(held, 0);
    ledger.dequeue(waiting, 5);
    expect(grant(ledger, amount)).not.toBeNull();
  });

  it("holds a lock that was taken before the resource was defined", () => {
    const ledger = new Ledger();
    grant(ledger, lock("exclusive"));
    ledger.define({ id: "door", type: "custom", capacity: 2 });
    expect(grant(ledger, amount)).toBeNull();
  });
});

it("never has a writer beside another holder, in 2,000 random histories", () => {
  const step = fc.record({
    name: fc.constantFrom("a", "b"),
    mode: fc.constantFrom<AccessMode>("read", "write", "exclusive"),
    release: fc.option(fc.nat(5), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const ledger = new Ledger();
      const live: { name: string; mode: AccessMode; grant: Grant }[] = [];
      for (const { name, mode, release } of steps) {
        const [gone] = release === undefined ? [] : live.splice(release, 1);
        if (gone) ledger.release(gone.grant, 0);
        const others = live.filter((other) => other.name === name);
        const free = mode === "read" ? others.every((other) => other.mode === "read") : others.length === 0;
        const got = grant(ledger, lock(mode, name));
        expect(got !== null).toBe(free);
        if (got) live.push({ name, mode, grant: got });
      }
    }),
    { numRuns: 2_000 },
  );
});
