import { describe, expect, expectTypeOf, it } from "vitest";
import { Resource } from "./resource.ts";
import { ResourceAllocation } from "./resource-allocation.ts";
import { ResourceLimits } from "./resource-limits.ts";
import { findResourceType, RESOURCE_TYPES, ResourceType } from "./resource-type.ts";
import { ResourceUsage } from "./resource-usage.ts";

describe("Resource", () => {
  it("survives the way through its dict, unknown keys included", () => {
    const resource = new Resource({
      type: "gpu",
      capacity: { units: 2 },
      tags: ["lab"],
      limits: { burstLimit: 3, timeoutMs: 500 },
      metadata: { a: 1 },
    });
    const dict = { ...resource.toDict(), owner: "lab" };
    expect(Resource.fromDict(JSON.parse(JSON.stringify(dict))).toDict()).toEqual(dict);
    expect(resource.limits.toDict()).toMatchObject({ burst_limit: 3, burst_window: 60, timeout: 0.5 });
  });

  it("takes a number as that many of its unit", () => {
    expect(new Resource({ resourceType: "cpu", capacity: 100, unit: "cores" }).capacities).toEqual({
      cores: 100,
    });
    expect(new Resource({ type: "cpu", capacity: 100 }).capacities).toEqual({ units: 100 });
    expect(new Resource({ type: "cpu" }).capacity).toBe(1);
  });

  it("makes up an id and takes it as its name", () => {
    const resource = new Resource({ id: "", type: "cpu" });
    expect([resource.id.length, resource.name]).toEqual([36, resource.id]);
  });

  it("derives what follows from use: in_use, exhausted and depleted are other names", () => {
    expect(
      (["IN_USE", "exhausted", "depleted", "offline"] as const).map(
        (status) => new Resource({ type: "cpu", status: status as "offline" }).status,
      ),
    ).toEqual(["allocated", "busy", "busy", "offline"]);
  });

  it("names all problems at once", () => {
    const bad = { capacity: { cores: -1 }, status: "nope", limits: { minValue: -2 } } as object;
    let paths: unknown;
    try {
      new Resource(bad);
    } catch (error) {
      paths = (error as { details: { problems: { path: string }[] } }).details.problems.map(
        ({ path }) => path,
      );
    }
    expect(paths).toEqual(["type", "status", "capacity", "limits.minValue"]);
  });

  it("has typed fields", () => {
    const resource = new Resource({ type: "cpu" });
    expectTypeOf(resource.type).toEqualTypeOf<ResourceType>();
    expectTypeOf(resource.limits).toEqualTypeOf<ResourceLimits>();
    expectTypeOf(resource.allocations).toEqualTypeOf<ReadonlyMap<string, ResourceAllocation>>();
  });
});

describe("ResourceAllocation", () => {
  it("knows its aliases and its dict", () => {
    const allocatedAt = new Date(0);
    const allocation = new ResourceAllocation({
      id: "a",
      resourceId: "r",
      userId: "u",
      allocated: { cores: 2 },
      amount: 2,
      allocatedAt,
    });
    expect([allocation.allocationId, allocation.requesterId, allocation.timestamp]).toEqual([
      "a",
      "u",
      allocatedAt,
    ]);
    const dict = {
      id: "a",
      resource_id: "r",
      user_id: "u",
      allocated: { cores: 2 },
      amount: 2,
      allocated_at: "1970-01-01T00:00:00.000+00:00",
      expires_at: null,
      metadata: {},
    };
    expect(allocation.toDict()).toEqual(dict);
    expect(ResourceAllocation.fromDict(dict)).toEqual(allocation);
  });
});

describe("ResourceUsage", () => {
  it("names its figures twice where the specification does, and reads what it writes", () => {
    const usage = new ResourceUsage({
      resourceId: "r",
      totalCapacity: 10,
      allocatedAmount: 4,
      availableAmount: 6,
      peak: 5,
      average: 1,
      allocationCount: 2,
      utilizationPercentage: 40,
      timestamp: new Date(0),
    });
    expect([usage.current, usage.available]).toEqual([4, 6]);
    expect(usage.toDict()).toMatchObject({
      allocated_amount: 4,
      current_usage: 4,
      available_amount: 6,
      peak_usage: 5,
      average_usage: 1,
    });
    expect(ResourceUsage.fromDict(usage.toDict())).toEqual(usage);
  });
});

describe("ResourceType", () => {
  it("has 18 members, read in any letter case", () => {
    expect(RESOURCE_TYPES).toHaveLength(18);
    expect([findResourceType("API_Quota"), findResourceType("nope"), findResourceType(5)]).toEqual([
      ResourceType.API_QUOTA,
      null,
      null,
    ]);
  });
});

it("refuses limits that make no sense", () => {
  for (const bad of [
    { minValue: Number.NaN },
    { maxConcurrentUsers: 0 },
    { maxConcurrentUsers: 1.5 },
    { burstWindowMs: 0 },
    { unit: "" },
  ]) {
    expect(() => new ResourceLimits(bad)).toThrow(expect.objectContaining({ code: "INVALID_PARAMETERS" }));
  }
});
