import { OrchestrationError } from "@orch/core";
import { expect, it } from "vitest";
import { Ledger } from "../src/ledger.ts";
import { ResourceManager } from "../src/resource-manager.ts";

const BARE = Object.assign(Object.create(null), { cores: -1 }) as never;
const WRONG: readonly unknown[] = [null, 0, -1, Number.NaN, BARE, [null], Symbol("s"), 10n, () => {}, true];
const make = () => {
  const manager = new ResourceManager({ defaultResources: false, baseDir: "/nonexistent" });
  manager.registerResource("c", "cpu", { cores: 8 });
  return manager;
};
const stateOf = (manager: ResourceManager) => JSON.stringify(manager.listResources());

const THROWING: Record<string, (manager: ResourceManager, wrong: never) => unknown> = {
  "registerResource id": (manager, wrong) => manager.registerResource(wrong, "cpu", 1),
  "registerResource type": (manager, wrong) => manager.registerResource("x", wrong, 1),
  "addResource resource": (manager, wrong) => manager.addResource(wrong),
  "setResourceStatus status": (manager, wrong) => manager.setResourceStatus("c", wrong),
  "setCapacity id": (manager, wrong) => manager.setCapacity(wrong, 1),
  "setLimits id": (manager, wrong) => manager.setLimits(wrong, {}),
  "allocateOrThrow id": (manager, wrong) => manager.allocateOrThrow(wrong, "u", 1),
  "allocateOrThrow user": (manager, wrong) => manager.allocateOrThrow("c", wrong, 1),
  "allocateOrThrow lease": (manager, wrong) =>
    manager.allocateOrThrow("c", "u", 1, wrong === null ? wrong : { timeoutMs: wrong }),
  "allocateResourcesOrThrow requirements": (manager, wrong) => manager.allocateResourcesOrThrow("u", wrong),
  "deallocateResources ids": (manager, wrong) =>
    manager.deallocateResources("u", Array.isArray(wrong) ? (1 as never) : wrong),
  "explain requirements": (manager, wrong) => manager.explain(wrong),
  "allocationIds grant": (manager, wrong) => manager.allocationIds(wrong),
  "save path": (manager, wrong) => manager.save(wrong),
  "load path": (manager, wrong) => manager.load(wrong),
  "new ResourceManager baseDir": (_, wrong) =>
    new ResourceManager({ defaultResources: false, baseDir: wrong }),
  "Ledger.define": (_, wrong) => new Ledger().define(wrong),
  "Ledger.compileDemand": (_, wrong) => new Ledger().compileDemand(wrong),
  "Ledger.compileDemand resource": (_, wrong) =>
    new Ledger().compileDemand([{ resource: wrong, amounts: 1 }]),
  "Ledger.compileDemand amounts": (_, wrong) =>
    new Ledger().compileDemand([{ resource: "a", amounts: wrong }]),
};

it.each(Object.keys(THROWING))("%s refuses what is nothing of the kind with one clear error", (name) => {
  for (const wrong of WRONG) {
    const manager = make();
    const before = stateOf(manager);
    let caught: unknown = null;
    try {
      THROWING[name]?.(manager, wrong as never);
    } catch (error) {
      caught = error;
    }
    expect(caught, typeof wrong).toBeInstanceOf(OrchestrationError);
    expect(["INVALID_PARAMETERS", "RESOURCE_NOT_FOUND"]).toContain((caught as OrchestrationError).code);
    expect((caught as OrchestrationError).message).not.toContain("[object Object]");
    expect(stateOf(manager)).toBe(before);
  }
});

it("denies with null, and never throws, whatever allocate and acquire are given", async () => {
  for (const wrong of WRONG as readonly never[]) {
    const manager = make();
    const before = stateOf(manager);
    const outcomes = [
      manager.allocate(wrong, "u", 1),
      manager.allocate("c", wrong, 1),
      manager.allocateResources(wrong, { cpu: 1 }),
      manager.allocateResources("u", wrong),
      manager.allocateResources("u", { cpu: wrong }),
      await manager.acquire(wrong, "u", 1, { waitTimeoutMs: 0 }),
      await manager.acquireResources("u", wrong, { waitTimeoutMs: 0 }),
    ];
    expect(outcomes).toEqual([null, null, null, null, null, null, null]);
    expect(manager.allocate("c", "u", 1, null as never)).toBeNull();
    expect([stateOf(manager), manager.release(wrong), manager.getUsage(wrong)]).toEqual([
      before,
      false,
      null,
    ]);
  }
});

it.each([
  [
    "capacity null",
    () => make().registerResource("x", "cpu", null as never),
    /capacity must be a finite number/,
  ],
  [
    "a burst below the capacity",
    () => make().registerResource("x", "cpu", 10, { limits: { burstLimit: 5 } }),
    /burstLimit must be at least the capacity, 10, was 5/,
  ],
  [
    "a minimum above the maximum",
    () => make().registerResource("x", "cpu", 10, { limits: { minValue: 5, maxValue: 1 } }),
    /minValue must be at most maxValue, 1, was 5/,
  ],
  [
    "an unknown option",
    () => make().registerResource("x", "cpu", 1, { lmits: {} } as never),
    /options have no 'lmits'/,
  ],
  [
    "an unknown limit",
    () => make().registerResource("x", "cpu", 1, { limits: { burstLimt: 2 } as never }),
    /limits have no 'burstLimt'/,
  ],
  [
    "an unknown limit later",
    () => make().setLimits("c", { burstLimt: 2 } as never),
    /limits have no 'burstLimt'/,
  ],
  [
    "a late burst below the capacity",
    () => make().setLimits("c", { burstLimit: 2 }),
    /at least the capacity, 8, was 2/,
  ],
])("%s is refused, with the value", (_, call, message) => {
  expect(call).toThrow(message);
  expect(call).toThrow(expect.objectContaining({ code: "INVALID_PARAMETERS" }));
});

it("a capacity may grow beyond the limit of its bursts", () => {
  const manager = make();
  manager.setLimits("c", { burstLimit: 10 });
  manager.setCapacity("c", { cores: 20 });
  expect(manager.allocate("c", "u", 20)).not.toBeNull();
  manager.setLimits("c", { burstLimit: 30 });
});

it("a signal that is none is a denial, as every other wrong argument is", async () => {
  const manager = make();
  manager.allocateOrThrow("c", "u", 8);
  expect(await manager.acquire("c", "v", 1, { signal: {} as never, waitTimeoutMs: 1 })).toBeNull();
});

it.runIf(process.platform === "linux")("saving where no folder can be made fails, and does not hang", () => {
  expect(() => make().save("/proc/orch/resources.json")).toThrow(
    expect.objectContaining({ code: "STORAGE_ERROR" }),
  );
});
