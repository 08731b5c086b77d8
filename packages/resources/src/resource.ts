import { dataClass, isObject, type JsonObject, nested, newId, systemClock, toDate } from "@orch/core";
import { shownValue, wrongArgument } from "@orch/core/base";
import { z } from "zod";
import { amountSchema, amountsSchema, countSchema, metadataSchema } from "./amount-schema.ts";
import { capacityMap } from "./define-pool.ts";
import type { Amounts } from "./demand.ts";
import { type AllocationInit, ResourceAllocation } from "./resource-allocation.ts";
import { ResourceLimits, type ResourceLimitsInit } from "./resource-limits.ts";
import { resourceName } from "./resource-name.ts";
import { canonicalStatus, findResourceStatus, type ResourceStatus } from "./resource-status.ts";
import { findResourceType, type ResourceType } from "./resource-type.ts";

const statusSchema = z
  .custom<ResourceStatus>((value) => findResourceStatus(value) !== null, {
    error: "unknown status",
  })
  .transform((value): ResourceStatus => canonicalStatus(findResourceStatus(value) ?? "unknown"));
const typeSchema = z
  .custom<ResourceType>((value) => findResourceType(value) !== null, {
    error: "unknown resource type",
  })
  .transform((value): ResourceType => findResourceType(value) ?? "custom");
const capacitySchema = z.union([amountSchema, amountsSchema], {
  error: ({ input }) =>
    `must be a finite number above 0 or a map of them${isObject(input) ? `, was ${shownMap(input)}` : ""}`,
});
const now = () => toDate(systemClock.now());

const asArray = (value: unknown): unknown => (value instanceof Map ? [...value.values()] : value);

/** Something with capacity. The figures of use are kept by the manager that the resource is registered with. */
export const resourceSchema = z.object({
  id: resourceName,
  name: z.string(),
  type: typeSchema,
  description: z.string().default(""),
  status: statusSchema.default("available"),
  /** In the form given: see `capacities`. */
  capacity: capacitySchema.default(1),
  /** What is held by dimension: the sum of the live allocations. */
  allocated: z.record(z.string(), countSchema).default({}),
  limits: nested<ResourceLimitsInit, ResourceLimits>(ResourceLimits).prefault({}),
  /** Grants ever made. */
  totalAllocations: countSchema.default(0),
  /** Time held by released allocations. */
  totalUsageTimeMs: countSchema.default(0),
  currentUsers: z
    .union([z.array(z.string()), z.set(z.string())])
    .default([])
    .transform((users): ReadonlySet<string> => new Set(users)),
  metadata: metadataSchema.default({}),
  tags: z.array(z.string()).default([]),
  createdAt: z.date().default(now),
  updatedAt: z.date().default(now),
  /** The live ones, by id. */
  allocations: z
    .preprocess(asArray, z.array(nested<AllocationInit, ResourceAllocation>(ResourceAllocation)))
    .prefault([])
    .transform(
      (list): ReadonlyMap<string, ResourceAllocation> => new Map(list.map((each) => [each.id, each])),
    ),
});

const Base = dataClass(resourceSchema, {
  name: "Resource",
  aliases: { resourceType: "type", resource_type: "type", resourceId: "id", resource_id: "id" },
});

/** How a resource is given: an init object, its dict, or an instance. */
export type ResourceInit = Readonly<
  Partial<Omit<z.input<typeof resourceSchema>, "type">> & {
    type?: ResourceType;
    resourceType?: ResourceType;
    unit?: string;
  }
>;

/**
 * Something with capacity. Registered with a manager, `status`, `allocated`, `allocations`, `currentUsers` and the totals
 * are live views of what the manager holds.
 */
export class Resource extends Base {
  /** Throws INVALID_PARAMETERS with every problem. An empty id becomes a new one, an empty name the id. */
  constructor(init: ResourceInit) {
    super(complete(init) as z.input<typeof resourceSchema>);
  }

  /** The capacity by dimension; the first key is the primary dimension. */
  get capacities(): Amounts {
    return capacityMap(this.capacity, this.limits.unit);
  }

  override toDict(): JsonObject {
    return {
      ...super.toDict(),
      allocations: [...this.allocations.values()].map((allocation) => allocation.toDict()),
    };
  }
}

/** What a manager shows through the resources that are registered with it. */
export interface ResourceView {
  readonly status: () => ResourceStatus;
  readonly allocated: () => Record<string, number>;
  readonly allocations: () => ReadonlyMap<string, ResourceAllocation>;
  readonly currentUsers: () => ReadonlySet<string>;
  readonly totalAllocations: () => number;
  readonly totalUsageTimeMs: () => number;
}

/** Lets `resource` show the figures of `view` from now on. */
export function showLive(resource: Resource, view: ResourceView): void {
  for (const [name, get] of Object.entries(view)) {
    Object.defineProperty(resource, name, { get, enumerable: true, configurable: true });
  }
}

/** Lets `resource` keep the figures that it shows now, whatever its manager does later. */
export function showFrozen(resource: Resource, view: ResourceView): void {
  for (const [name, get] of Object.entries(view)) {
    Object.defineProperty(resource, name, {
      value: get(),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

/** The id and the name that were left out, and a unit given beside the limits in its place among them. */
function complete(init: unknown): unknown {
  if (!isObject(init)) return init;
  const { unit, ...rest } = init;
  // Elsewhere null stands for what is left out; here it would make a resource that nobody has asked for.
  if (rest["capacity"] === null)
    throw wrongArgument("capacity", "a finite number above 0 or a map of them", null);
  const id = rest["id"] || rest["resourceId"] || rest["resource_id"] || newId();
  const limits = unit === undefined ? rest["limits"] : { ...fields(rest["limits"]), unit };
  return { ...rest, id, name: rest["name"] || id, limits };
}

const fields = (limits: unknown): object => (isObject(limits) ? { ...limits } : {});

const shownMap = (map: Record<string, unknown>): string =>
  `{${Object.entries(map)
    .map(([name, amount]) => `${name}: ${shownValue(amount)}`)
    .join(", ")}}`;
