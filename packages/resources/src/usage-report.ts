import { type Clock, type JsonObject, toDate, toIso } from "@orch/core";
import type { PoolSnapshot } from "./pool-snapshot.ts";
import type { Resource } from "./resource.ts";
import { allocatedOf, type ResourceRegistry } from "./resource-registry.ts";
import { isSetByHand } from "./resource-status.ts";
import { RESOURCE_TYPES } from "./resource-type.ts";
import { ResourceUsage } from "./resource-usage.ts";

/** Above this share in use a resource counts as an issue, in percent. */
const CROWDED_PERCENT = 90;
/** From this many issues on the whole is unhealthy. */
const UNHEALTHY_ISSUES = 5;

/** The use of a resource in its primary dimension, or `null` when it is unknown. */
export function usageOf(id: string, registry: ResourceRegistry, clock: Clock): ResourceUsage | null {
  const snapshot = registry.snapshot(id);
  const primary = snapshot?.dimensions[0];
  if (snapshot === null || primary === undefined) return null;
  return new ResourceUsage({
    resourceId: id,
    totalCapacity: primary.capacity,
    allocatedAmount: primary.allocated,
    availableAmount: primary.available,
    peak: snapshot.peak,
    average: snapshot.average,
    allocationCount: snapshot.live,
    utilizationPercentage: percent(primary.utilization),
    timestamp: toDate(clock.now()),
  });
}

/** The use of one resource in all dimensions, as a dict; `{}` when it is unknown. */
export function resourceDict(id: string, registry: ResourceRegistry): JsonObject {
  const resource = registry.get(id);
  const snapshot = registry.snapshot(id);
  if (resource === null || snapshot === null) return {};
  return {
    resource_id: id,
    name: resource.name,
    type: resource.type,
    status: resource.status,
    capacity: { ...resource.capacities },
    allocated: allocatedOf(snapshot),
    utilization: utilizationOf(snapshot),
    current_users: snapshot.holders.size,
    total_allocations: resource.totalAllocations,
  };
}

/** The use of all resources together, as a dict. */
export function systemDict(registry: ResourceRegistry): JsonObject {
  const counts = new Map<string, number>(RESOURCE_TYPES.map((type) => [type, 0]));
  const shares = new Map<string, number[]>();
  let live = 0;
  for (const { id, type } of registry.list()) {
    const snapshot = registry.snapshot(id);
    counts.set(type, (counts.get(type) ?? 0) + 1);
    live += snapshot?.live ?? 0;
    const mine = snapshot?.dimensions.map(({ utilization }) => utilization) ?? [];
    shares.set(type, [...(shares.get(type) ?? []), ...mine]);
  }
  const average = (list: readonly number[]) =>
    percent(list.reduce((sum, share) => sum + share, 0) / list.length);
  return {
    total_resources: registry.list().length,
    total_allocations: live,
    resources_by_type: Object.fromEntries(counts),
    utilization_summary: Object.fromEntries([...shares].map(([type, list]) => [type, average(list)])),
  };
}

/** How the resources are: healthy without issues, unhealthy from 5 on, else degraded. */
export function healthDict(registry: ResourceRegistry, clock: Clock): JsonObject {
  const resources = registry
    .list()
    .map((resource) => [resource.id, resourceHealth(resource, registry)] as const);
  const issues = resources.flatMap(([, { issues: own }]) => own);
  const worst = issues.length >= UNHEALTHY_ISSUES ? "unhealthy" : "degraded";
  return {
    overall_status: issues.length === 0 ? "healthy" : worst,
    timestamp: toIso(clock.now()),
    resources: Object.fromEntries(resources),
    issues,
  };
}

function resourceHealth(resource: Resource, registry: ResourceRegistry) {
  const { name, status } = resource;
  const snapshot = registry.snapshot(resource.id);
  const crowded =
    snapshot?.dimensions.some(({ utilization }) => utilization * 100 > CROWDED_PERCENT) ?? false;
  const issues: string[] = [];
  if (crowded) issues.push(`Resource ${name} is over ${CROWDED_PERCENT}% utilized`);
  if (isSetByHand(status) && status !== "reserved") issues.push(`Resource ${name} is not available`);
  return { status, utilization: snapshot === null ? {} : utilizationOf(snapshot), issues };
}

const utilizationOf = (snapshot: PoolSnapshot): Record<string, number> =>
  Object.fromEntries(snapshot.dimensions.map(({ name, utilization }) => [name, percent(utilization)]));

/** A share as percent with 2 decimals. */
const percent = (share: number): number => Math.round(share * 10_000) / 100;
