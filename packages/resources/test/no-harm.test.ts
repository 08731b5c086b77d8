import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, OrchestrationError, type Store } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { Ledger } from "../src/ledger.ts";
import { ResourceManager } from "../src/resource-manager.ts";
import { Semaphore } from "../src/semaphore.ts";
import { errorOf } from "./error-of.ts";

const make = (store?: Store) => {
  const clock = new ManualClock();
  const options = { defaultResources: false, baseDir: "/nonexistent", clock };
  const manager = new ResourceManager(store === undefined ? options : { ...options, store });
  manager.registerResource("c", "cpu", { cores: 8 });
  return manager;
};
const stateOf = (manager: ResourceManager) => JSON.stringify(manager.listResources());

describe("what one caller asks never changes what another gets", () => {
  it("when requirements change while they are read", () => {
    const manager = make();
    let reads = 0;
    const changing = Object.defineProperty({}, "cpu", { get: () => ++reads, enumerable: true });
    manager.allocateResources("u", changing);
    manager.deallocateResources("u");
    for (const cores of [1, 2, 3, 4]) {
      manager.allocateResources("v", { cpu: cores });
      expect(manager.getAvailableCapacity("c")).toBe(8 - cores);
      manager.deallocateResources("v");
    }
  });

  it("when requirements are inherited", () => {
    const manager = make();
    manager.allocateResources("u", Object.create({ cpu: 2 }));
    expect(manager.getAvailableCapacity("c")).toBe(6);
    manager.allocateResources("v", { cpu: 2 });
    expect(manager.getAvailableCapacity("c")).toBe(4);
  });

  it("when requirements bite after they were granted", async () => {
    const manager = make();
    for (let bitesAt = 1; bitesAt < 6; bitesAt++) {
      let reads = 0;
      const ownKeys = () => {
        if (++reads >= bitesAt) throw new RangeError("bitten");
        return ["cpu"];
      };
      const biting = () => {
        reads = 0;
        return new Proxy({ cpu: 1 }, { ownKeys });
      };
      const got = [
        manager.allocateResources("u", biting()),
        await manager.acquireResources("u", biting(), { waitTimeoutMs: 0 }),
      ];
      expect(manager.getUserAllocations("u")).toHaveLength(got.filter((each) => each !== null).length);
      manager.deallocateResources("u");
    }
    expect(manager.getAvailableCapacity("c")).toBe(8);
  });

  it("when a demand is shown to JSON as another", () => {
    const ledger = new Ledger();
    ledger.define({ id: "a", type: "cpu", capacity: { cores: 8 } });
    const amounts = Object.defineProperty({ cores: 1 }, "toJSON", { value: () => ({ cores: 5 }) });
    ledger.compileDemand([{ resource: "a", amounts }]);
    const honest = ledger.compileDemand([{ resource: "a", amounts: { cores: 5 } }]);
    expect(ledger.grant(honest, "u", 0).ok).toBe(true);
    expect(ledger.available("a", 0)).toBe(3);
  });
});

describe("a ledger refuses", () => {
  const ledger = new Ledger();
  ledger.define({ id: "a", type: "external_api", capacity: { requests_per_minute: 10 } });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, null])(
    "the amount %s, also after none was given",
    (wrong) => {
      ledger.compileDemand([{ resource: "a" }]);
      const error = errorOf(() => ledger.compileDemand([{ resource: "a", amounts: wrong as never }]));
      expect(error).toMatchObject({ code: "INVALID_PARAMETERS" });
    },
  );

  it("more lines than a demand may have", () => {
    const lines = (length: number) => Array.from({ length }, () => ({ resource: "a", amounts: 0.001 }));
    expect(ledger.canEverFit(ledger.compileDemand(lines(1_000)))).toBe(true);
    expect(errorOf(() => ledger.compileDemand(lines(1_001)))).toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: "a demand has at most 1000 lines, was 1001",
    });
  });

  it("a demand that another has compiled, which means other resources", () => {
    const other = new Ledger();
    other.define({ id: "a", type: "cpu", capacity: 1 });
    const demand = other.compileDemand([{ resource: "a", amounts: 1 }]);
    expect(errorOf(() => ledger.grant(demand, "u", 0))).toMatchObject({ code: "INVALID_PARAMETERS" });
    expect(other.available("a", 0)).toBe(1);
  });
});

describe("a manager keeps", () => {
  it("a resource when the one that was to replace it is refused", () => {
    const manager = make();
    const before = stateOf(manager);
    const replace = () => manager.addResource({ id: "c", type: "cpu", capacity: 1e300 }, { replace: true });
    expect(errorOf(replace)).toMatchObject({ code: "INVALID_PARAMETERS" });
    expect(stateOf(manager)).toBe(before);
  });

  it.each([
    ["a capacity that cannot be counted", { type: "cpu", capacity: 1e300 }],
    ["a capacity that is too small", { type: "cpu", capacity: 1e-9 }],
    ["a burst below its capacity", { type: "cpu", capacity: 2, limits: { burst_limit: 1 } }],
  ])("all that it has when a file has %s", (_, second) => {
    const folder = mkdtempSync(join(tmpdir(), "orch-resources-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "resources.json");
    const first = { type: "cpu", capacity: 2 };
    writeFileSync(path, JSON.stringify({ resources: { first, c: { type: "memory", capacity: 3 }, second } }));
    const manager = make();
    manager.allocateOrThrow("c", "u", 1);
    const before = stateOf(manager);
    expect(errorOf(() => manager.load(path))).toMatchObject({ code: "STORAGE_ERROR" });
    expect(stateOf(manager)).toBe(before);
  });

  it("the unit of what is held when a file says another", () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-resources-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "resources.json");
    const c = { type: "cpu", capacity: { cores: 8 }, limits: { unit: "threads" } };
    writeFileSync(path, JSON.stringify({ resources: { first: { type: "cpu", capacity: 2 }, c } }));
    const manager = make();
    manager.allocateOrThrow("c", "u", 1);
    const before = stateOf(manager);
    expect(errorOf(() => manager.load(path))).toMatchObject({ code: "STORAGE_ERROR" });
    expect(stateOf(manager)).toBe(before);
  });

  it("its capacity, whatever happens to the object that it was given as", () => {
    const manager = make();
    const capacity = { cores: 4 };
    manager.setCapacity("c", capacity);
    capacity.cores = 100;
    expect(manager.getResource("c")?.capacity).toEqual({ cores: 4 });
  });

  it("the metadata of an allocation, whatever happens to the object", () => {
    const manager = make();
    const metadata = { tags: ["a"] };
    const { id } = manager.allocateOrThrow("c", "u", 1, { metadata });
    metadata.tags.push("b");
    expect(manager.getAllocation(id)?.metadata).toEqual({ tags: ["a"] });
  });

  it("going when a listener throws, and says so", () => {
    const errors: string[] = [];
    const log = (message: string) => errors.push(message);
    const logger = { debug: log, info: log, warn: log, error: log };
    const manager = new ResourceManager({ defaultResources: false, baseDir: "/nonexistent", logger });
    manager.registerResource("c", "cpu", { cores: 8 });
    manager.onFreed(() => {
      throw new Error("bitten");
    });
    const later: (readonly string[])[] = [];
    manager.onFreed((names) => later.push(names));
    const { id } = manager.allocateOrThrow("c", "u", 1);
    expect(manager.release(id)).toBe(true);
    expect(later).toEqual([["c"]]);
    expect(errors).toEqual(["A listener to what came back has failed: bitten"]);
  });
});

describe.each([
  ["in memory", () => make()],
  ["in a store", () => make(memoryStore())],
])("a lease %s", (_, makeManager) => {
  it.each([1e300, 8.64e15, 3_155_760_000_001])(
    "of %d ms has no end that can be shown: refused",
    (timeoutMs) => {
      const manager = makeManager();
      const { id } = manager.allocateOrThrow("c", "u", 1, { timeoutMs: 3_155_760_000_000 });
      const before = stateOf(manager);
      const error = errorOf(() => manager.allocateOrThrow("c", "u", 1, { timeoutMs }));
      expect(error).toMatchObject({ code: "INVALID_PARAMETERS", details: { path: "timeoutMs" } });
      expect(manager.renew(id, timeoutMs)).toBeNull();
      expect(errorOf(() => manager.setLimits("c", { timeoutMs }))).toBeInstanceOf(OrchestrationError);
      expect(errorOf(() => manager.setLimits("c", { burstWindowMs: timeoutMs }))).toBeInstanceOf(
        OrchestrationError,
      );
      expect(stateOf(manager)).toBe(before);
    },
  );
});

it("a semaphore takes no permit for work that is none", async () => {
  const semaphore = new Semaphore(1);
  await expect(semaphore.use(5 as never)).rejects.toMatchObject({ code: "INVALID_PARAMETERS" });
  expect(semaphore.available).toBe(1);
});

it("one waits as long as he says, however long, and is called off by closing", async () => {
  const clock = new ManualClock();
  const manager = new ResourceManager({ defaultResources: false, baseDir: "/nonexistent", clock });
  manager.registerResource("c", "cpu", { cores: 8 });
  manager.allocateOrThrow("c", "u", 8);
  let outcome: unknown = "waiting";
  const options = { waitTimeoutMs: Number.MAX_VALUE, priority: Number.MAX_VALUE };
  const waiting = manager.acquire("c", "v", 1, options).then((result) => {
    outcome = result;
  });
  clock.advance(1e9);
  await Promise.resolve();
  expect(outcome).toBe("waiting");
  manager.close();
  await waiting;
  expect(outcome).toBeNull();
});
