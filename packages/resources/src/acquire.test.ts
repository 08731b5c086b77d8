import { getEventListeners } from "node:events";
import { ManualClock } from "@orch/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Amounts } from "./demand.ts";
import type { RegisterOptions } from "./resource-keeper.ts";
import { ResourceManager } from "./resource-manager.ts";

const aManager = (...resources: [string, number | Amounts, RegisterOptions?][]) => {
  const clock = new ManualClock();
  const manager = new ResourceManager({ baseDir: "/nonexistent", defaultResources: false, clock });
  for (const [id, capacity, options] of resources) manager.registerResource(id, "custom", capacity, options);
  return { manager, clock };
};
/** What a promise has come to after all that was resolved ran: its value, or "waiting". */
const now = async <Value>(promise: Promise<Value>): Promise<Value | "waiting"> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
  return Promise.race([promise, Promise.resolve("waiting" as const)]);
};
const held = (manager: ResourceManager, id = "r") => manager.getUsage(id)?.current;

describe("waiting", () => {
  it("resolves when the holder releases, within the time", async () => {
    const { manager, clock } = aManager(["r", 1]);
    const holder = manager.allocateOrThrow("r", "a", 1);
    const waiting = manager.acquire("r", "b", 1, { waitTimeoutMs: 1000 });
    clock.advance(100);
    expect(await now(waiting)).toBe("waiting");
    manager.release(holder.id);
    expect(await waiting).toMatchObject({ userId: "b", amount: 1 });
    expect(clock.pending).toBe(0);
  });

  it("gives up with null when the time is over, and forgets the waiter", async () => {
    const { manager, clock } = aManager(["r", 1]);
    const holder = manager.allocateOrThrow("r", "a", 1);
    const waiting = manager.acquire("r", "b", 1, { waitTimeoutMs: 50 });
    clock.advance(50);
    expect(await waiting).toBeNull();
    manager.release(holder.id);
    expect([held(manager), clock.pending]).toEqual([0, 0]);
  });

  it("does not wait for what can never fit, nor with a wait of 0, nor for nonsense", async () => {
    const { manager } = aManager(["r", 1]);
    manager.allocate("r", "a", 1);
    expect(await manager.acquire("r", "b", 2)).toBeNull();
    expect(await manager.acquire("r", "b", 1, { waitTimeoutMs: 0 })).toBeNull();
    expect(await manager.acquire("r", "b", 1, { waitTimeoutMs: Number.NaN })).toBeNull();
    expect(await manager.acquire("r", "b", 1, { priority: -1 })).toBeNull();
    expect(await manager.acquire("x", "b", 1)).toBeNull();
    expect(await manager.acquireResources("b", { gpu: 1 })).toBeNull();
  });

  it("rejects with the reason of the signal, before and while it waits", async () => {
    const { manager } = aManager(["r", 1]);
    const holder = manager.allocateOrThrow("r", "a", 1);
    await expect(manager.acquire("r", "b", 1, { signal: AbortSignal.abort("early") })).rejects.toBe("early");
    const controller = new AbortController();
    const waiting = manager.acquire("r", "b", 1, { signal: controller.signal });
    controller.abort("late");
    await expect(waiting).rejects.toBe("late");
    const patient = new AbortController();
    const served = manager.acquire("r", "c", 1, { signal: patient.signal });
    expect(getEventListeners(patient.signal, "abort")).toHaveLength(1);
    manager.release(holder.id);
    expect((await served)?.userId).toBe("c");
    expect(getEventListeners(patient.signal, "abort")).toEqual([]);
    manager.deallocateResources("c");
    expect(held(manager)).toBe(0);
  });

  it("gets what an expired lease held", async () => {
    const { manager, clock } = aManager(["r", 1]);
    manager.allocate("r", "a", 1, { timeoutMs: 50 });
    const waiting = manager.acquire("r", "b", 1);
    clock.advance(50);
    expect(await waiting).toMatchObject({ userId: "b" });
  });

  it("is served when the capacity grows, a resource comes, or one is back in service", async () => {
    const { manager } = aManager(["r", 2]);
    manager.allocate("r", "a", 2);
    const grown = manager.acquire("r", "b", 1);
    manager.setCapacity("r", 3);
    expect(await grown).not.toBeNull();
    const come = manager.acquireResources("c", { custom: 1 });
    manager.registerResource("s", "custom", 1);
    expect(await come).toEqual({ custom: "s" });
    manager.setResourceStatus("r", "maintenance");
    manager.deallocateResources("a");
    const back = manager.acquire("r", "d", 1);
    expect(await now(back)).toBe("waiting");
    manager.setResourceStatus("r", "available");
    expect(await back).not.toBeNull();
  });

  it("ends with null when the capacity shrinks below what is wanted", async () => {
    const { manager } = aManager(["r", 2]);
    manager.allocate("r", "a", 1);
    const waiting = manager.acquire("r", "b", 2);
    manager.setCapacity("r", 1);
    expect(await waiting).toBeNull();
  });

  it("is served by a rate as its tokens flow back", async () => {
    const { manager, clock } = aManager(["r", { requests_per_minute: 60 }]);
    manager.allocate("r", "a", 60);
    const waiting = manager.acquire("r", "b", 2);
    clock.advance(1999);
    expect(await now(waiting)).toBe("waiting");
    clock.advance(1);
    expect(await waiting).not.toBeNull();
  });

  it("ends every wait with null when the manager is closed, and leaves no timer", async () => {
    const { manager, clock } = aManager(["r", { requests_per_minute: 60 }]);
    manager.allocate("r", "a", 60, { timeoutMs: 1e6 });
    const waiting = manager.acquire("r", "b", 2, { waitTimeoutMs: 1e6 });
    await manager[Symbol.asyncDispose]();
    expect([await waiting, clock.pending]).toEqual([null, 0]);
  });
});

describe("order", () => {
  it("is first in, first out for a resource: a small request does not pass a large one", async () => {
    const { manager } = aManager(["r", 4]);
    const holder = manager.allocateOrThrow("r", "a", 3);
    const large = manager.acquire("r", "large", 3);
    const small = manager.acquire("r", "small", 1);
    expect([await now(large), await now(small)]).toEqual(["waiting", "waiting"]);
    manager.release(holder.id);
    expect([(await large)?.userId, (await small)?.userId]).toEqual(["large", "small"]);
  });

  it("lets the next one pass when the first gives up", async () => {
    const { manager, clock } = aManager(["r", 4]);
    manager.allocate("r", "a", 3);
    const large = manager.acquire("r", "large", 3, { waitTimeoutMs: 10 });
    const small = manager.acquire("r", "small", 1);
    clock.advance(10);
    expect([await large, (await small)?.userId]).toEqual([null, "small"]);
  });

  it("does not hold up another resource, also for one who waits for both", async () => {
    const { manager } = aManager(["r", 1], ["s", 1]);
    const holder = manager.allocateOrThrow("r", "a", 1);
    const both = manager.acquireResources("both", { r: 1, s: 1 });
    expect((await manager.acquire("s", "b", 1))?.userId).toBe("b");
    manager.release(holder.id);
    expect(await now(both)).toBe("waiting");
    expect(held(manager, "r")).toBe(0);
    manager.deallocateResources("b");
    expect(await both).toEqual({ r: "r", s: "s" });
  });

  it("serves by priority, and a lower one when it has waited a minute longer per level", async () => {
    const { manager, clock } = aManager(["r", 1]);
    const order: string[] = [];
    const holder = manager.allocateOrThrow("r", "a", 1);
    const wait = (user: string, priority: number) =>
      manager.acquire("r", user, 1, { priority }).then((got) => {
        order.push(user);
        manager.release(got?.id ?? "");
      });
    const all = [wait("old low", 3)];
    clock.advance(60_001);
    all.push(wait("low", 3), wait("high", 1), wait("normal", 2));
    manager.release(holder.id);
    await Promise.all(all);
    expect(order).toEqual(["high", "old low", "normal", "low"]);
  });

  it("does not let one who needs two be passed for ever", async () => {
    const { manager, clock } = aManager(["r", 1], ["s", 1]);
    manager.allocate("r", "x", 1);
    const both = manager.acquireResources("both", { r: 1, s: 1 });
    let [free, busy] = ["s", "r"];
    let passes = 0;
    // Others hold one of the two at any time, and take over before both are free.
    for (; passes < 100 && (await now(both)) === "waiting"; passes++) {
      clock.advance(10_000);
      manager.allocate(free, `next ${busy}`, 1);
      for (const { id } of [...(manager.getResource(busy)?.allocations.values() ?? [])]) manager.release(id);
      [free, busy] = [busy, free];
    }
    expect(await now(both)).toEqual({ r: "r", s: "s" });
    expect(passes).toBeLessThan(12);
  });

  it("keeps a later read behind a waiting writer", async () => {
    const { manager } = aManager();
    const reader = manager.allocateOrThrow("door", "r1", undefined, { mode: "read" });
    const writer = manager.acquire("door", "w", undefined, { mode: "write" });
    const later = manager.acquire("door", "r2", undefined, { mode: "read" });
    expect([await now(writer), await now(later)]).toEqual(["waiting", "waiting"]);
    manager.release(reader.id);
    const written = await writer;
    expect(await now(later)).toBe("waiting");
    manager.release(written?.id ?? "");
    expect((await later)?.userId).toBe("r2");
  });

  it("lets readers in when the writer before them gives up", async () => {
    const { manager, clock } = aManager();
    manager.allocate("door", "r1", undefined, { mode: "read" });
    const writer = manager.acquire("door", "w", undefined, { mode: "write", waitTimeoutMs: 5 });
    const later = manager.acquire("door", "r2", undefined, { mode: "read" });
    clock.advance(5);
    expect([await writer, (await later)?.userId]).toEqual([null, "r2"]);
  });

  it("gets an exclusive lock although others keep asking for amounts", async () => {
    const { manager } = aManager(["r", 5]);
    const first = manager.allocateOrThrow("r", "a", 1);
    const exclusive = manager.acquire("r", "x", undefined, { mode: "exclusive" });
    expect(manager.allocate("r", "b", 1)).toBeNull();
    manager.release(first.id);
    expect((await exclusive)?.userId).toBe("x");
  });
});

describe("leases", () => {
  it("expire by themselves and take nothing from others", () => {
    const { manager, clock } = aManager(["r", 10, { limits: { timeoutMs: 100 } }]);
    const short = manager.allocateOrThrow("r", "a", 1, { timeoutMs: 50 });
    const usual = manager.allocateOrThrow("r", "a", 2);
    clock.advance(49);
    expect(held(manager)).toBe(3);
    clock.advance(1);
    expect([held(manager), manager.release(short.id)]).toEqual([2, false]);
    expect(usual.expiresAt?.getTime()).toBe(clock.now() + 50);
    clock.advance(50);
    expect([held(manager), clock.pending]).toEqual([0, 0]);
  });

  it("are renewed, but not beyond their burst, nor once they are over", () => {
    const { manager, clock } = aManager(["r", 10, { limits: { burstLimit: 20, burstWindowMs: 100 } }]);
    const lease = manager.allocateOrThrow("r", "a", 1, { timeoutMs: 50 });
    const burst = manager.allocateOrThrow("r", "a", 12, { timeoutMs: 10 });
    clock.advance(5);
    expect(manager.renew(lease.id, 500)?.expiresAt?.getTime()).toBe(clock.now() + 500);
    expect(manager.renew(burst.id, 500)?.expiresAt?.getTime()).toBe(clock.now() + 95);
    clock.advance(95);
    expect(held(manager)).toBe(1);
    expect([manager.renew(burst.id, 5), manager.renew(lease.id, 0), manager.renew("x", 5)]).toEqual([
      null,
      null,
      null,
    ]);
    clock.advance(405);
    expect(held(manager)).toBe(0);
  });

  it("do not depend on the wall clock", () => {
    const { manager, clock } = aManager(["r", 1]);
    manager.allocate("r", "a", 1, { timeoutMs: 1000 });
    clock.jumpTo(clock.now() + 86_400_000);
    clock.advance(999);
    expect(held(manager)).toBe(1);
    clock.jumpTo(clock.now() - 2 * 86_400_000);
    clock.advance(1);
    expect(held(manager)).toBe(0);
  });
});

it("never passes the capacity, serves everyone and drains to exactly 0, in 1,000 random crowds", async () => {
  const want = fc.record({
    id: fc.constantFrom("r", "s", "both"),
    amount: fc.integer({ min: 1, max: 5 }),
    hold: fc.integer({ min: 0, max: 30 }),
    arrive: fc.integer({ min: 0, max: 100 }),
    patience: fc.option(fc.integer({ min: 1, max: 200 })),
    abort: fc.option(fc.integer({ min: 1, max: 100 })),
  });
  let [served, timedOut, aborted, waited] = [0, 0, 0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(want, { minLength: 4, maxLength: 20 }), async (wants) => {
      const { manager, clock } = aManager(["r", 5], ["s", 5]);
      const over = () => (held(manager, "r") ?? 0) > 5 || (held(manager, "s") ?? 0) > 5;
      const done = wants.map(async ({ id, amount, hold, arrive, patience, abort }, index) => {
        await new Promise<void>((resolve) => clock.setTimer(resolve, arrive));
        const controller = new AbortController();
        const calledOff = abort === null ? () => {} : clock.setTimer(() => controller.abort("off"), abort);
        const ids = id === "both" ? ["r", "s"] : [id];
        const options = { waitTimeoutMs: patience, signal: controller.signal };
        const asked = clock.monotonic();
        const got = await manager
          .acquireResources(`u${index}`, Object.fromEntries(ids.map((each) => [each, amount])), options)
          .catch(() => "aborted" as const);
        calledOff();
        expect(over()).toBe(false);
        if (got === "aborted") aborted++;
        else if (got === null) timedOut++;
        else {
          served++;
          if (clock.monotonic() > asked) waited++;
          await new Promise<void>((resolve) => clock.setTimer(resolve, hold));
          expect(manager.deallocateResources(`u${index}`)).toBe(true);
        }
      });
      const all = Promise.all(done);
      for (let step = 0; step < 1_000 && (await now(all)) === "waiting"; step++) clock.advance(1);
      await all;
      expect([held(manager, "r"), held(manager, "s"), clock.pending]).toEqual([0, 0, 0]);
    }),
    { numRuns: 1_000 },
  );
  expect(Math.min(served, timedOut, aborted, waited)).toBeGreaterThan(100);
});
