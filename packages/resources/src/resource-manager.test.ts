import { EventBus } from "@orch/core";
import { collectEvents, ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import type { Amounts } from "./demand.ts";
import type { ResourceEvent } from "./events.ts";
import type { RegisterOptions } from "./resource-keeper.ts";
import { ResourceManager } from "./resource-manager.ts";
import { RESOURCE_TYPES, type ResourceType } from "./resource-type.ts";

const NOWHERE = "/nonexistent";
const HOST = { cores: 8, memoryGb: 16, diskGb: 100, networkMbps: null };
const aManager = (...resources: [string, ResourceType, number | Amounts, RegisterOptions?][]) => {
  const clock = new ManualClock();
  const events = new EventBus<ResourceEvent>();
  const manager = new ResourceManager({ baseDir: NOWHERE, defaultResources: false, clock, events });
  for (const [id, type, capacity, options] of resources)
    manager.registerResource(id, type, capacity, options);
  return { manager, clock, events, seen: collectEvents(events) };
};
const THREE: [string, ResourceType, Amounts][] = [
  ["c", "cpu", { cores: 8 }],
  ["m", "memory", { gb: 16 }],
  ["d", "disk", { gb: 100 }],
];

describe("the default pool", () => {
  const manager = new ResourceManager({ baseDir: NOWHERE, host: HOST });
  it("holds the machine and the usual quotas", () => {
    const capacities = Object.fromEntries(manager.listResources().map(({ id, capacity }) => [id, capacity]));
    expect(capacities).toEqual({
      system_cpu: { cores: 8 },
      system_memory: { gb: 16 },
      system_disk: { gb: 100 },
      system_network: { mbps: 1000 },
      openai_api: { requests_per_minute: 60, tokens_per_minute: 10_000 },
      "sys-compute": 100,
      "sys-memory": 1024,
      "api-global": 1000,
    });
    expect(manager.getResource("sys-compute")?.capacities).toEqual({ vcpu: 100 });
    expect(manager.getResourceByName("OpenAI API")?.limits.timeoutMs).toBe(30_000);
  });

  it("keeps a fifth of the memory and a tenth of the disk back", () => {
    expect([
      manager.getAvailableCapacity("system_memory"),
      manager.getAvailableCapacity("system_disk"),
    ]).toEqual([12.8, 90]);
  });

  it("means GB by a plain number of memory", () => {
    expect(manager.allocateResources("u", { memory: 4 })).toEqual({ memory: "system_memory" });
    manager.deallocateResources("u");
  });

  it("looks at the real machine when it is not told", () => {
    expect(new ResourceManager({ baseDir: NOWHERE }).getAvailableCapacity("system_cpu")).toBeGreaterThan(0);
  });
});

describe("allocating one resource", () => {
  it("enters the allocation and releases it once", () => {
    const { manager, seen } = aManager(["r", "compute", 100]);
    const allocation = manager.allocateOrThrow("r", "test_user", 1);
    expect(allocation).toMatchObject({
      resourceId: "r",
      requesterId: "test_user",
      allocated: { units: 1 },
      amount: 1,
      expiresAt: null,
    });
    expect(manager.getResource("r")?.allocations.has(allocation.id)).toBe(true);
    expect([manager.release(allocation.id), manager.release(allocation.id)]).toEqual([true, false]);
    expect(manager.getResource("r")?.allocations.size).toBe(0);
    expect(seen.events.map(({ type }) => type)).toEqual(["resource_allocated", "resource_released"]);
    expect(seen.events[1]).toMatchObject({
      allocation_id: allocation.id,
      resource_id: "r",
      user_id: "test_user",
      allocated: { units: 1 },
    });
  });

  it("refuses what is held by another until it comes back", () => {
    const { manager } = aManager(["r", "cpu", 10]);
    const first = manager.allocateOrThrow("r", "user1", 10);
    expect(manager.allocate("r", "user2", 1)).toBeNull();
    manager.release(first.allocationId);
    expect(manager.allocate("r", "user2", 10)).not.toBeNull();
  });

  it.each([-1, 0, Number.NaN, Number.POSITIVE_INFINITY, "2", null, {}, { units: -3 }])(
    "denies the amount %j and says why",
    (amount) => {
      const { manager, seen } = aManager(["r", "cpu", 10]);
      expect(manager.allocate("r", "u", amount as number)).toBeNull();
      expect(() => manager.allocateOrThrow("r", "u", amount as number)).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
      expect(manager.getResource("r")).toMatchObject({ status: "available", totalAllocations: 0 });
      expect(seen.events.map(({ type }) => type)).toEqual(["resource_denied", "resource_denied"]);
    },
  );

  it.each([
    ["x", 1, {}, "RESOURCE_NOT_FOUND", "Resource 'x' not found"],
    ["cpu", 1, {}, "RESOURCE_NOT_FOUND", "Resource 'cpu' not found"],
    ["r", { bananas: 1 }, {}, "UNKNOWN_UNIT", "resource 'r' has no dimension 'bananas'"],
    ["r", 11, {}, "RESOURCE_UNAVAILABLE", "11 units of 'r' can never fit: the capacity is 10"],
    [
      "r",
      1,
      { timeoutMs: -5 },
      "INVALID_PARAMETERS",
      "timeoutMs must be a number of milliseconds above 0, 100 years at most, was -5",
    ],
    ["r", 1, { metadata: { at: Number.NaN } }, "INVALID_PARAMETERS", "metadata/at must be JSON, was NaN"],
    [
      "r",
      1,
      { mode: "both" as "read" },
      "INVALID_PARAMETERS",
      'mode must be read, write or exclusive, was "both"',
    ],
  ] as const)("refuses %s %j %j with %s", (id, amount, options, code, message) => {
    const { manager } = aManager(["r", "cpu", 10]);
    expect(() => manager.allocateOrThrow(id, "u", amount as number, options)).toThrow(
      expect.objectContaining({ code, message }),
    );
  });

  it.each(["", null, 5])("refuses the user %j", (user) => {
    const { manager, seen } = aManager(["r", "cpu", 10]);
    expect(manager.allocate("r", user as string, 1)).toBeNull();
    expect(() => manager.allocateResourcesOrThrow(user as string, { r: 1 })).toThrow(
      /userId must be a name, was/,
    );
    expect(seen.events.map((event) => event.user_id)).toEqual([String(user), String(user)]);
  });

  it("lists locks among what a user holds", () => {
    const { manager } = aManager();
    manager.allocate("door", "u", undefined, { mode: "write" });
    expect(manager.getUserAllocations("u")).toMatchObject([
      { resource_id: "door", resource_name: "door", resource_type: "lock", allocated: {} },
    ]);
  });

  it("says who holds what is lacking", () => {
    const { manager } = aManager(["r", "cpu", 10]);
    manager.allocate("r", "holder", 8);
    expect(() => manager.allocateOrThrow("r", "u", 3)).toThrow(
      expect.objectContaining({
        code: "RESOURCE_UNAVAILABLE",
        message: "3 units of 'r' wanted, 2 of 10 available",
        details: expect.objectContaining({
          user_id: "u",
          wanted: 3,
          available: 2,
          held_by: [{ resource_id: "r", user_id: "holder", allocated: { units: 8 } }],
        }),
      }),
    );
  });

  it("keeps limits on requests and bursts", () => {
    const { manager, clock, seen } = aManager(
      ["r", "cpu", 10, { limits: { burstLimit: 15, burstWindowMs: 60_000 } }],
      ["s", "cpu", 10, { limits: { maxValue: 5, minValue: 2 } }],
    );
    const burst = manager.allocateOrThrow("r", "u", 12);
    expect(burst.expiresAt?.getTime()).toBe(clock.now() + 60_000);
    expect(manager.allocate("r", "u", 16)).toBeNull();
    expect(() => manager.allocateOrThrow("s", "u", 6)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
    expect(() => manager.allocateOrThrow("s", "u", 1)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
    clock.advance(60_000);
    expect(seen.events.at(-1)).toMatchObject({ type: "resource_expired", allocation_id: burst.id });
    expect(manager.getUsage("r")).toMatchObject({ current: 0, peak: 12 });
  });

  it("takes real locks, on a resource or on any name", () => {
    const { manager } = aManager(["r", "cpu", 10]);
    const reader = manager.allocateOrThrow("door", "a", undefined, { mode: "read" });
    expect(manager.allocate("door", "b", undefined, { mode: "read" })).not.toBeNull();
    expect(manager.allocate("door", "c", undefined, { mode: "write" })).toBeNull();
    expect(reader).toMatchObject({ resourceId: "door", allocated: {}, amount: 0 });
    manager.allocate("r", "a", 2, { mode: "exclusive" });
    expect(manager.allocate("r", "b", 1)).toBeNull();
    expect(() => manager.allocateOrThrow("r", "b", 1)).toThrow("'r' is locked");
  });
});

describe("allocating several", () => {
  it("takes all with one lease", () => {
    const { manager, clock } = aManager(...THREE);
    const taken = manager.allocateResources(
      "task_123",
      { cpu: { cores: 2 }, memory: { gb: 4 }, disk: { amount: 10 } },
      { timeoutMs: 60_000 },
    );
    expect(taken).toEqual({ cpu: "c", memory: "m", disk: "d" });
    const dicts = manager.getUserAllocations("task_123");
    expect(dicts.map(({ resource_id, allocated }) => [resource_id, allocated])).toEqual([
      ["c", { cores: 2 }],
      ["m", { gb: 4 }],
      ["d", { gb: 10 }],
    ]);
    expect(new Set(dicts.map(({ expires_at }) => Date.parse(String(expires_at)) - clock.now()))).toEqual(
      new Set([60_000]),
    );
    expect(manager.allocateResources("other", { storage: 1 }, 500)).toEqual({ storage: "d" });
    clock.advance(500);
    expect(manager.getUserAllocations("other")).toEqual([]);
  });

  it("leaves every resource as it was when one key cannot be served", () => {
    const { manager } = aManager(...THREE);
    const before = manager.listResources().map((resource) => resource.toDict());
    expect(manager.allocateResources("u", { cpu: { cores: 2 }, gpu: 1 })).toBeNull();
    expect(manager.allocateResources("u", { cpu: { cores: 2 }, memory: { gb: 99 } })).toBeNull();
    expect(manager.listResources().map((resource) => resource.toDict())).toEqual(before);
    expect(() => manager.allocateResourcesOrThrow("u", { gpu: 1 })).toThrow(
      expect.objectContaining({ code: "RESOURCE_UNAVAILABLE", retryable: false }),
    );
    expect(() => manager.allocateResourcesOrThrow("u", { gpuu: 1 })).toThrow(
      expect.objectContaining({ code: "RESOURCE_NOT_FOUND", suggestions: ["Did you mean 'gpu' or 'cpu'?"] }),
    );
  });

  it.each([null, [], "cpu", { cpu: Number.NaN }, { cpu: { cores: 0 } }, { cpu: null }])(
    "refuses the requirements %j",
    (requirements) => {
      const { manager } = aManager(...THREE);
      expect(manager.allocateResources("u", requirements as never)).toBeNull();
      expect(() => manager.allocateResourcesOrThrow("u", requirements as never)).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
    },
  );

  it("means a registered id before a type, also when it comes later", () => {
    const { manager } = aManager(["a", "cpu", 4]);
    expect(manager.allocateResources("u", { cpu: 1 })).toEqual({ cpu: "a" });
    manager.registerResource("cpu", "gpu", 1);
    expect(manager.allocateResources("u", { cpu: 1 })).toEqual({ cpu: "cpu" });
    manager.deallocateResources("u");
    manager.removeResource("cpu");
    expect(manager.allocateResources("u", { cpu: 1 })).toEqual({ cpu: "a" });
  });

  it("gives back by user, all or those named that are his", () => {
    const { manager } = aManager(...THREE);
    manager.allocateResources("u", { cpu: 1, memory: 1, disk: 1 });
    const foreign = manager.allocateOrThrow("c", "v", 1);
    const [first] = manager.getUserAllocations("u").map(({ allocation_id }) => String(allocation_id));
    expect(manager.deallocateResources("u", [foreign.id])).toBe(false);
    expect(manager.deallocateResources("u", [first ?? "", first ?? ""])).toBe(true);
    expect(manager.getUserAllocations("u")).toHaveLength(2);
    expect([manager.deallocateResources("u"), manager.deallocateResources("u")]).toEqual([true, false]);
    expect(manager.getAllocation(foreign.id)).not.toBeNull();
  });
});

describe("reports", () => {
  it("derives the status from what is held", () => {
    const { manager } = aManager(["r", "cpu", 10]);
    const resource = manager.getResource("r");
    expect(resource?.status).toBe("available");
    manager.allocate("r", "u", 4);
    expect(resource?.status).toBe("allocated");
    manager.allocate("r", "u", 6);
    expect(resource?.status).toBe("busy");
    manager.allocate("r", "u", 1);
    expect(resource).toMatchObject({
      status: "busy",
      allocated: { units: 10 },
      totalAllocations: 2,
      currentUsers: new Set(["u"]),
    });
    expect(manager.listResources(undefined, "exhausted")).toEqual([resource]);
    expect(manager.listResources("compute", "in_use")).toEqual([]);
  });

  it("reports one, all and unknown resources", () => {
    const { manager } = aManager(["a", "cpu", 8], ["b", "cpu", 8], ["m", "memory", { gb: 3, pages: 4 }]);
    manager.allocate("a", "u", 2);
    manager.allocate("m", "u", { gb: 1 });
    expect(manager.getResourceUsage("m")).toEqual({
      resource_id: "m",
      name: "m",
      type: "memory",
      status: "allocated",
      capacity: { gb: 3, pages: 4 },
      allocated: { gb: 1 },
      utilization: { gb: 33.33, pages: 0 },
      current_users: 1,
      total_allocations: 1,
    });
    expect(manager.getResourceUsage("x")).toEqual({});
    const all = manager.getResourceUsage();
    expect(all).toMatchObject({
      total_resources: 3,
      total_allocations: 2,
      utilization_summary: { cpu: 12.5, memory: 16.67 },
    });
    expect(all["resources_by_type"]).toEqual({
      ...Object.fromEntries(RESOURCE_TYPES.map((type) => [type, 0])),
      cpu: 2,
      memory: 1,
    });
  });

  it("weights the average by time", () => {
    const { manager, clock } = aManager(["r", "cpu", 10]);
    const allocation = manager.allocateOrThrow("r", "u", 8);
    clock.advance(1000);
    manager.release(allocation.id);
    clock.advance(3000);
    expect(manager.getUsage("r")?.toDict()).toMatchObject({
      resource_id: "r",
      total_capacity: 10,
      allocated_amount: 0,
      available_amount: 10,
      current_usage: 0,
      peak_usage: 8,
      average_usage: 2,
      allocation_count: 0,
      utilization_percentage: 0,
    });
    expect(manager.getResource("r")?.totalUsageTimeMs).toBe(1000);
    expect(manager.getUsage("x")).toBeNull();
  });

  it("is degraded with a crowded resource and unhealthy with five issues", () => {
    const { manager } = aManager(
      ...["a", "b", "c", "d", "e"].map((id): [string, ResourceType, number] => [id, "cpu", 100]),
    );
    expect(manager.healthCheck()).toMatchObject({ overall_status: "healthy", issues: [] });
    manager.allocate("a", "u", 95);
    manager.setResourceStatus("b", "reserved");
    expect(manager.healthCheck()).toMatchObject({
      overall_status: "degraded",
      issues: ["Resource a is over 90% utilized"],
    });
    for (const id of ["b", "c", "d", "e"]) manager.setResourceStatus(id, "offline");
    expect(manager.healthCheck()).toMatchObject({
      overall_status: "unhealthy",
      resources: { b: { status: "offline", issues: ["Resource b is not available"] } },
    });
  });

  it("explains what is lacking, held by whom and since when", () => {
    const { manager, clock } = aManager(...THREE);
    manager.allocate("c", "holder", 7);
    clock.advance(5000);
    const since = new Date(clock.now() - 5000).toISOString().replace("Z", "+00:00");
    const held = { user_id: "holder", resource_id: "c", allocated: { cores: 7 }, since };
    expect(manager.explain({ cpu: 2, memory: 1 })).toMatchObject({
      fits: false,
      never: false,
      lacks: [
        {
          resource_id: "c",
          dimension: "cores",
          wanted: 2,
          available: 1,
          capacity: 8,
          held_by: [held],
          retry_after_ms: null,
        },
      ],
    });
    expect(manager.explain({ cpu: 1 })).toEqual({ fits: true, never: false, lacks: [] });
    expect(manager.explain({ cpu: 9 })).toMatchObject({ never: true });
    expect(() => manager.explain({ nope: 1 })).toThrow(
      expect.objectContaining({ code: "RESOURCE_NOT_FOUND" }),
    );
  });
});

describe("changes", () => {
  it("keeps the first of two resources with one id, and replaces it only when nothing is held", () => {
    const { manager } = aManager(["r", "cpu", 10]);
    const other = { id: "r", type: "gpu", capacity: 1 } as const;
    expect(manager.addResource(other)).toBe(false);
    expect(() => manager.registerResource("r", "gpu", 1)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
    const allocation = manager.allocateOrThrow("r", "u", 1);
    expect([manager.addResource(other, { replace: true }), manager.removeResource("r")]).toEqual([
      false,
      false,
    ]);
    const old = manager.getResource("r");
    manager.release(allocation.id);
    expect(manager.addResource(other, { replace: true })).toBe(true);
    expect([manager.getResource("r")?.type, old?.totalAllocations]).toEqual(["gpu", 1]);
    expect([manager.removeResource("r"), manager.removeResource("r"), manager.getResource("r")]).toEqual([
      true,
      false,
      null,
    ]);
  });

  it("grants nothing on a resource out of service, and keeps what is held", () => {
    const { manager } = aManager(["r", "cpu", 10]);
    const allocation = manager.allocateOrThrow("r", "u", 1);
    for (const status of ["reserved", "maintenance", "offline", "unavailable", "unknown"] as const) {
      manager.setResourceStatus("r", status);
      expect([manager.getResource("r")?.status, manager.allocate("r", "u", 1)]).toEqual([status, null]);
    }
    expect(manager.getAllocation(allocation.id)).not.toBeNull();
    manager.setResourceStatus("r", "available");
    expect(manager.getResource("r")?.status).toBe("allocated");
    expect(manager.setResourceStatus("x", "offline")).toBe(false);
    expect(manager.setResourceStatus("r", "OFFLINE" as "offline")).toBe(true);
    expect(() => manager.setResourceStatus("r", "ofline" as "offline")).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS", suggestions: ["Did you mean 'offline'?"] }),
    );
  });

  it("changes capacity and limits, and refuses nonsense", () => {
    const { manager } = aManager(["r", "cpu", 10]);
    manager.allocate("r", "u", 8);
    manager.setCapacity("r", 4);
    expect([manager.getAvailableCapacity("r"), manager.getResource("r")?.capacity]).toEqual([0, 4]);
    manager.setCapacity("r", 20);
    manager.setLimits("r", { maxConcurrentUsers: 1 });
    expect(manager.allocate("r", "v", 1)).toBeNull();
    expect(manager.allocate("r", "u", 1)).not.toBeNull();
    for (const bad of [0, Number.NaN, { units: -1 }, {}]) {
      expect(() => manager.setCapacity("r", bad)).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
    }
    expect(() => manager.setCapacity("x", 1)).toThrow(
      expect.objectContaining({ code: "RESOURCE_NOT_FOUND" }),
    );
    expect(manager.getAvailableCapacity("r")).toBe(11);
  });

  it.each([
    ["", "cpu", 1],
    ["x", "cpuu", 1],
    ["__proto__", "cpu", 1],
    ["x", "cpu", JSON.parse('{"__proto__": 1}')],
    ["x", "cpu", 0],
    ["x", "cpu", Number.NaN],
    ["x", "cpu", {}],
    ["x", "cpu", { cores: Number.POSITIVE_INFINITY }],
  ] as const)("does not register %j %j %j", (id, type, capacity) => {
    const { manager } = aManager();
    expect(() => manager.registerResource(id, type as "cpu", capacity as number)).toThrow(
      expect.objectContaining({ code: "INVALID_PARAMETERS" }),
    );
    expect(manager.listResources()).toEqual([]);
  });
});
