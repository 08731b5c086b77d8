import { OrchestrationError, systemClock } from "@orch/core";
import { describe, expect, it } from "vitest";
import { Ledger } from "../src/ledger.ts";
import { ResourceManager } from "../src/resource-manager.ts";
import { Semaphore } from "../src/semaphore.ts";
import { SharedLedger } from "../src/shared-ledger.ts";
import { errorOf } from "./error-of.ts";

function bite(): never {
  throw new RangeError("bitten");
}

const TRAPS = { get: bite, has: bite, ownKeys: bite, getPrototypeOf: bite, getOwnPropertyDescriptor: bite };
const REVOKED = Proxy.revocable({}, {});
REVOKED.revoke();

const BARE = Object.assign(Object.create(null), { cores: -1 }) as never;
const FUNCTION = () => {};
const WRONG: readonly unknown[] = [
  null,
  0,
  -1,
  Number.NaN,
  "\u0000\ud800",
  BARE,
  [null],
  Symbol("s"),
  10n,
  FUNCTION,
  true,
  REVOKED.proxy,
  new Proxy({}, TRAPS),
  new Proxy([], TRAPS),
];
const make = () => {
  const manager = new ResourceManager({ defaultResources: false, baseDir: "/nonexistent" });
  manager.registerResource("c", "cpu", { cores: 8 });
  return manager;
};
const stateOf = (manager: ResourceManager) => JSON.stringify(manager.listResources());
const LEDGER = new Ledger();
LEDGER.define({ id: "c", type: "cpu", capacity: 8 });
const DEMAND = LEDGER.compileDemand([{ resource: "c", amounts: 1 }]);
const NO_STORE = { ledger: LEDGER, clock: systemClock, store: null };
const HERE = { defaultResources: false, baseDir: "/nonexistent" };

/** What some calls rightly take, although most do not. */
const TAKEN = {
  none: () => false,
  null: (value: unknown) => value === null,
  text: (value: unknown) => typeof value === "string",
  finite: (value: unknown) => Number.isFinite(value),
  zero: (value: unknown) => value === 0,
  object: (value: unknown) => value === BARE,
  objectOrNull: (value: unknown) => value === BARE || value === null,
  function: (value: unknown) => value === FUNCTION,
  list: (value: unknown) => WRONG.indexOf(value) === WRONG.findIndex(isListOfNull),
} as const;

function isListOfNull(value: unknown): boolean {
  return typeof value === "object" && JSON.stringify(value ?? 0) === "[null]";
}

type Call = (manager: ResourceManager, wrong: never) => unknown;

/** Each call with what it takes. */
const CALLS: Record<string, readonly [taken: keyof typeof TAKEN, call: Call]> = {
  "new ResourceManager": ["object", (_, wrong) => new ResourceManager(wrong)],
  "new ResourceManager baseDir": ["text", (_, wrong) => new ResourceManager({ ...HERE, baseDir: wrong })],
  "new ResourceManager store": ["none", (_, wrong) => new ResourceManager({ ...HERE, store: wrong })],
  "new ResourceManager clock": ["none", (_, wrong) => new ResourceManager({ ...HERE, clock: wrong })],
  "new ResourceManager ids": ["function", (_, wrong) => new ResourceManager({ ...HERE, idGenerator: wrong })],
  "registerResource id": ["text", (manager, wrong) => manager.registerResource(wrong, "cpu", 1)],
  "registerResource type": ["none", (manager, wrong) => manager.registerResource("x", wrong, 1)],
  "registerResource capacity": ["none", (manager, wrong) => manager.registerResource("x", "cpu", wrong)],
  "registerResource cores": [
    "none",
    (manager, wrong) => manager.registerResource("x", "cpu", { cores: wrong }),
  ],
  "registerResource options": ["none", (manager, wrong) => manager.registerResource("x", "cpu", 1, wrong)],
  "registerResource tags": [
    "null",
    (manager, wrong) => manager.registerResource("x", "cpu", 1, { tags: wrong }),
  ],
  "addResource resource": ["none", (manager, wrong) => manager.addResource(wrong)],
  "addResource options": ["object", (manager, wrong) => manager.addResource({ id: "c", type: "cpu" }, wrong)],
  "setResourceStatus status": ["none", (manager, wrong) => manager.setResourceStatus("c", wrong)],
  "listResources type": ["null", (manager, wrong) => manager.listResources(wrong)],
  "listResources status": ["null", (manager, wrong) => manager.listResources(null, wrong)],
  "setCapacity id": ["none", (manager, wrong) => manager.setCapacity(wrong, 1)],
  "setCapacity capacity": ["none", (manager, wrong) => manager.setCapacity("c", wrong)],
  "setLimits id": ["none", (manager, wrong) => manager.setLimits(wrong, {})],
  "setLimits limits": ["none", (manager, wrong) => manager.setLimits("c", wrong)],
  "allocateOrThrow id": ["none", (manager, wrong) => manager.allocateOrThrow(wrong, "u", 1)],
  "allocateOrThrow user": ["text", (manager, wrong) => manager.allocateOrThrow("c", wrong, 1)],
  "allocateOrThrow amount": ["none", (manager, wrong) => manager.allocateOrThrow("c", "u", wrong)],
  "allocateOrThrow options": ["object", (manager, wrong) => manager.allocateOrThrow("c", "u", 1, wrong)],
  "allocateOrThrow lease": [
    "null",
    (manager, wrong) => manager.allocateOrThrow("c", "u", 1, { timeoutMs: wrong }),
  ],
  "allocateOrThrow metadata": [
    "object",
    (manager, wrong) => manager.allocateOrThrow("c", "u", 1, { metadata: wrong }),
  ],
  "allocateOrThrow mode": ["none", (manager, wrong) => manager.allocateOrThrow("c", "u", 1, { mode: wrong })],
  "allocateResourcesOrThrow user": [
    "text",
    (manager, wrong) => manager.allocateResourcesOrThrow(wrong, { cpu: 1 }),
  ],
  "allocateResourcesOrThrow requirements": [
    "none",
    (manager, wrong) => manager.allocateResourcesOrThrow("u", wrong),
  ],
  "allocateResourcesOrThrow amount": [
    "none",
    (manager, wrong) => manager.allocateResourcesOrThrow("u", { cpu: wrong }),
  ],
  "allocateResourcesOrThrow options": [
    "object",
    (manager, wrong) => manager.allocateResourcesOrThrow("u", { cpu: 1 }, wrong),
  ],
  "deallocateResources ids": ["list", (manager, wrong) => manager.deallocateResources("u", wrong)],
  "explain requirements": ["none", (manager, wrong) => manager.explain(wrong)],
  "explain amount": ["none", (manager, wrong) => manager.explain({ cpu: wrong })],
  "allocationIds grant": ["none", (manager, wrong) => manager.allocationIds(wrong)],
  "allocationIds parts": ["none", (manager, wrong) => manager.allocationIds({ parts: [wrong] } as never)],
  "onFreed listener": ["function", (manager, wrong) => manager.onFreed(wrong)],
  "notifyFreed names": ["list", (manager, wrong) => manager.notifyFreed(wrong)],
  "save path": ["text", (manager, wrong) => manager.save(wrong)],
  "load path": ["text", (manager, wrong) => manager.load(wrong)],
  "Ledger.define": ["none", (_, wrong) => LEDGER.define(wrong)],
  "Ledger.define id": ["text", (_, wrong) => LEDGER.define({ id: wrong, type: "cpu", capacity: 1 })],
  "Ledger.define capacity": ["none", (_, wrong) => LEDGER.define({ id: "x", type: "cpu", capacity: wrong })],
  "Ledger.define limits": [
    "objectOrNull",
    (_, wrong) => LEDGER.define({ id: "x", type: "cpu", capacity: 1, limits: wrong }),
  ],
  "Ledger.define now": ["finite", (_, wrong) => LEDGER.define({ id: "x", type: "cpu", capacity: 1 }, wrong)],
  "Ledger.setCapacity capacity": ["none", (_, wrong) => LEDGER.setCapacity("c", wrong, 0)],
  "Ledger.setLimits limits": ["object", (_, wrong) => LEDGER.setLimits("c", wrong, 0)],
  "Ledger.setOpen id": ["none", (_, wrong) => LEDGER.setOpen(wrong, true)],
  "Ledger.compileDemand": ["none", (_, wrong) => LEDGER.compileDemand(wrong)],
  "Ledger.compileDemand line": ["none", (_, wrong) => LEDGER.compileDemand([wrong])],
  "Ledger.compileDemand resource": [
    "text",
    (_, wrong) => LEDGER.compileDemand([{ resource: wrong, amounts: 1 }]),
  ],
  "Ledger.compileDemand type": ["none", (_, wrong) => LEDGER.compileDemand([{ type: wrong, amounts: 1 }])],
  "Ledger.compileDemand amounts": [
    "none",
    (_, wrong) => LEDGER.compileDemand([{ resource: "a", amounts: wrong }]),
  ],
  "Ledger.compileDemand mode": ["none", (_, wrong) => LEDGER.compileDemand([{ resource: "a", mode: wrong }])],
  "Ledger.canEverFit": ["none", (_, wrong) => LEDGER.canEverFit(wrong)],
  "Ledger.grant demand": ["none", (_, wrong) => LEDGER.grant(wrong, "u", 0)],
  "Ledger.grant holder": ["text", (_, wrong) => LEDGER.grant(DEMAND, wrong, 0)],
  "Ledger.grant now": ["finite", (_, wrong) => LEDGER.grant(DEMAND, "u", wrong)],
  "Ledger.grant ticket": ["finite", (_, wrong) => LEDGER.grant(DEMAND, "u", 0, wrong)],
  "Ledger.grant of a demand of another": ["none", () => make().ledger.grant(DEMAND, "u", 0)],
  "Ledger.explain demand": ["none", (_, wrong) => LEDGER.explain(wrong, "u", 0)],
  "Ledger.release grant": ["none", (_, wrong) => LEDGER.release(wrong, 0)],
  "Ledger.restore lines": ["none", (_, wrong) => LEDGER.restore(wrong, "u", 0)],
  "Ledger.restore amounts": [
    "none",
    (_, wrong) => LEDGER.restore([{ resource: "c", amounts: wrong }], "u", 0),
  ],
  "Ledger.restore amount": [
    "zero",
    (_, wrong) => LEDGER.restore([{ resource: "c", amounts: { units: wrong } }], "u", 0),
  ],
  "Ledger.restore holder": ["text", (_, wrong) => LEDGER.restore([], wrong, 0)],
  "Ledger.enqueue ticket": ["finite", (_, wrong) => LEDGER.enqueue(DEMAND, wrong)],
  "Ledger.snapshot now": ["finite", (_, wrong) => LEDGER.snapshot("c", wrong)],
  "Ledger.available now": ["finite", (_, wrong) => LEDGER.available("c", wrong)],
  "SharedLedger ledger": ["none", (_, wrong) => new SharedLedger({ ...NO_STORE, ledger: wrong })],
  "SharedLedger clock": ["none", (_, wrong) => new SharedLedger({ ...NO_STORE, clock: wrong })],
  "SharedLedger store": ["null", (_, wrong) => new SharedLedger({ ...NO_STORE, store: wrong })],
  "SharedLedger.join": ["none", (_, wrong) => new SharedLedger(NO_STORE).join(wrong)],
  "SharedLedger.onFreed": ["function", (_, wrong) => new SharedLedger(NO_STORE).onFreed(wrong)],
  "SharedLedger.addSource": ["function", (_, wrong) => new SharedLedger(NO_STORE).addSource(wrong)],
  "new Semaphore": ["none", (_, wrong) => new Semaphore(wrong)],
};

const CODES: ReadonlySet<string> = new Set(["INVALID_PARAMETERS", "RESOURCE_NOT_FOUND", "UNKNOWN_UNIT"]);

describe.each(Object.entries(CALLS))("%s", (_, [taken, call]) => {
  it("refuses what is nothing of the kind with one clear error, changing nothing", () => {
    const before = JSON.stringify([LEDGER.snapshot("c", 0), LEDGER.holdersOf("c"), LEDGER.ids()]);
    for (const [at, wrong] of WRONG.entries()) {
      if (TAKEN[taken](wrong)) continue;
      const manager = make();
      const state = stateOf(manager);
      const error = errorOf(() => call(manager, wrong as never));
      expect(error, `value ${at}: ${error}`).toBeInstanceOf(OrchestrationError);
      const { code, message, details } = error as OrchestrationError;
      expect(CODES.has(code), code).toBe(true);
      expect(message).not.toMatch(/\[object |Cannot read|is not a function|not iterable/);
      expect(JSON.stringify(details)).toBeTypeOf("string");
      expect(stateOf(manager)).toBe(state);
    }
    expect(JSON.stringify([LEDGER.snapshot("c", 0), LEDGER.holdersOf("c"), LEDGER.ids()])).toBe(before);
  });
});

it("denies with null, and never throws, whatever allocate and acquire are given", async () => {
  for (const wrong of WRONG.filter((value): value is never => typeof value !== "string")) {
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
