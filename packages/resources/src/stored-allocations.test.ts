import { EventBus, memoryStore, StorageError, type Store } from "@orch/core";
import { collectEvents, ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import type { ResourceEvent } from "./events.ts";
import { ResourceManager } from "./resource-manager.ts";

const open = (store: Store, clock = new ManualClock(), capacity = 10) => {
  const events = new EventBus<ResourceEvent>();
  const manager = new ResourceManager({
    baseDir: "/nonexistent",
    defaultResources: false,
    store,
    clock,
    events,
  });
  manager.registerResource("r", "custom", capacity);
  return { manager, clock, seen: collectEvents(events) };
};
const held = (manager: ResourceManager) => manager.getUsage("r")?.current;
/** A store of which the next commits fail, after the work was done in them. */
const failing = (store: Store) => {
  let [good, bad] = [0, 0];
  const flaky: Store = {
    get: (key) => store.get(key),
    list: (prefix, options) => store.list(prefix, options),
    foreignVersion: () => store.foreignVersion(),
    close: () => store.close(),
    transact: (work) =>
      store.transact((tx) => {
        const result = work(tx);
        if (bad > 0 && good-- <= 0) {
          bad--;
          throw new StorageError("disk full");
        }
        return result;
      }),
  };
  return {
    store: flaky,
    failNext(times = 1, after = 0) {
      [good, bad] = [after, times];
    },
  };
};

describe("managers on one store", () => {
  it("never grant the last unit twice", () => {
    const store = memoryStore();
    const [a, b] = [open(store).manager, open(store).manager];
    const first = a.allocateOrThrow("r", "u", 7);
    expect([b.allocate("r", "v", 4), held(b), b.getAvailableCapacity("r")]).toEqual([null, 7, 3]);
    expect(b.allocate("r", "v", 3)).not.toBeNull();
    expect([a.allocate("r", "u", 1), held(a)]).toEqual([null, 10]);
    expect(b.release(first.id)).toBe(true);
    expect([a.release(first.id), held(a)]).toEqual([false, 3]);
    expect(a.deallocateResources("v")).toBe(true);
    expect([held(a), held(b)]).toEqual([0, 0]);
    expect(store.list("allocations/")).toEqual([]);
  });

  it("take up what was granted before they were made, locks too", () => {
    const store = memoryStore();
    const before = open(store);
    const allocation = before.manager.allocateOrThrow("r", "u", 4, {
      timeoutMs: 1000,
      metadata: { why: "test" },
    });
    before.manager.allocateOrThrow("door", "u", undefined, { mode: "write" });
    before.clock.advance(400);
    const after = open(store, new ManualClock(before.clock.now()));
    expect(after.manager.getAllocation(allocation.id)).toEqual(allocation);
    expect(after.manager.allocate("door", "v", undefined, { mode: "read" })).toBeNull();
    expect(after.manager.getResource("r")?.totalAllocations).toBe(0);
    after.clock.advance(599);
    expect(held(after.manager)).toBe(4);
    after.clock.advance(1);
    expect(held(after.manager)).toBe(0);
    expect(after.seen.events.at(-1)).toMatchObject({
      type: "resource_expired",
      allocation_id: allocation.id,
    });
    expect(store.get(`allocations/${allocation.id}`)).toBeUndefined();
  });

  it("never let a lease last longer than it was given, whatever the wall clock says now", () => {
    const store = memoryStore();
    const before = open(store);
    before.manager.allocateOrThrow("r", "u", 4, { timeoutMs: 1000 });
    const after = open(store, new ManualClock(before.clock.now() - 86_400_000));
    after.clock.advance(999);
    expect(held(after.manager)).toBe(4);
    after.clock.advance(1);
    expect(held(after.manager)).toBe(0);
  });

  it("count what others hold of a resource that is registered later", () => {
    const store = memoryStore();
    open(store).manager.allocate("r", "u", 8);
    const late = new ResourceManager({ baseDir: "/nonexistent", defaultResources: false, store });
    late.registerResource("other", "custom", 1);
    late.registerResource("r", "custom", 10);
    expect(late.allocate("r", "v", 3)).toBeNull();
  });

  it("serve those who wait here when another gives back", async () => {
    const store = memoryStore();
    const [a, b] = [open(store), open(store)];
    const allocation = a.manager.allocateOrThrow("r", "u", 10);
    const waiting = b.manager.acquire("r", "v", 5);
    b.clock.advance(1000);
    a.manager.release(allocation.id);
    b.clock.advance(10);
    expect(await waiting).toMatchObject({ userId: "v", amount: 5 });
    expect([held(a.manager), b.clock.pending]).toEqual([5, 0]);
  });

  it("see that a lease was renewed elsewhere", () => {
    const store = memoryStore();
    const clock = new ManualClock();
    const [a, b] = [open(store, clock).manager, open(store, clock).manager];
    const allocation = a.allocateOrThrow("r", "u", 1, { timeoutMs: 100 });
    expect(held(b)).toBe(1);
    a.renew(allocation.id, 5000);
    expect(b.getAllocation(allocation.id)?.expiresAt?.getTime()).toBe(clock.now() + 5000);
    clock.advance(4999);
    expect([held(a), held(b)]).toEqual([1, 1]);
    clock.advance(1);
    expect([held(a), held(b)]).toEqual([0, 0]);
  });
});

describe("a store that fails", () => {
  it("grants nothing, releases nothing and counts nothing, and says so", () => {
    const { store, failNext } = failing(memoryStore());
    const { manager, seen } = open(store);
    const before = manager.getResource("r")?.toDict();
    failNext(2);
    expect(manager.allocate("r", "u", 4)).toBeNull();
    expect(() => manager.allocateOrThrow("r", "u", 4)).toThrow(
      expect.objectContaining({ code: "STORAGE_ERROR" }),
    );
    expect(manager.getResource("r")?.toDict()).toEqual(before);
    const allocation = manager.allocateOrThrow("r", "u", 4);
    failNext();
    expect(() => manager.release(allocation.id)).toThrow("disk full");
    expect([held(manager), manager.release(allocation.id), held(manager)]).toEqual([4, true, 0]);
    expect(seen.events.map(({ type }) => type)).toEqual([
      "resource_denied",
      "resource_denied",
      "resource_allocated",
      "resource_released",
    ]);
  });

  it("tries an expiry again until it is stored, and grants to nobody before", () => {
    const { store, failNext } = failing(memoryStore());
    const { manager, clock } = open(store);
    manager.allocate("r", "u", 10, { timeoutMs: 50 });
    failNext(2);
    clock.advance(50);
    expect([held(manager), manager.allocate("r", "v", 1)]).toEqual([10, null]);
    clock.advance(3000);
    expect(held(manager)).toBe(0);
  });

  it("goes on waiting until it works again", async () => {
    const { store, failNext } = failing(memoryStore());
    const { manager, clock } = open(store);
    const allocation = manager.allocateOrThrow("r", "u", 10);
    const waiting = manager.acquire("r", "v", 1);
    failNext(2, 1);
    expect(manager.release(allocation.id)).toBe(true);
    expect(held(manager)).toBe(0);
    clock.advance(20);
    expect([(await waiting)?.userId, held(manager)]).toEqual(["v", 1]);
  });
});
