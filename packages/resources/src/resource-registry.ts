import { type Clock, toDate } from "@orch/core";
import { needObject, readArgument, shownName, wrongArgument } from "@orch/core/base";
import type { Amounts } from "./demand.ts";
import { alreadyRegistered, ResourceNotFoundError, refuseUnknown } from "./errors.ts";
import type { LeaseBook } from "./lease-book.ts";
import type { Ledger } from "./ledger.ts";
import type { PoolSnapshot } from "./pool-snapshot.ts";
import { Resource, type ResourceView, showFrozen, showLive } from "./resource.ts";
import { poolLimits, ResourceLimits, type ResourceLimitsInit } from "./resource-limits.ts";
import { canonicalStatus, isSetByHand, type ResourceStatus } from "./resource-status.ts";
import { familyOf, type ResourceType } from "./resource-type.ts";

interface Entry {
  readonly resource: Resource;
  readonly view: ResourceView;
  /** The status that was set by hand, or `null` while it follows from what is held. */
  byHand: ResourceStatus | null;
}

/** The resources of a manager, and what each of them shows of the ledger. */
export class ResourceRegistry {
  readonly #ledger: Ledger;
  readonly #book: LeaseBook;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #leaseMs = new Map<string, number>();

  constructor(ledger: Ledger, book: LeaseBook, clock: Clock) {
    this.#ledger = ledger;
    this.#book = book;
    this.#clock = clock;
  }

  /** Registers `resource`, which shows live figures from now on. Throws INVALID_PARAMETERS for a known id or a bad value. */
  add(resource: Resource): void {
    const { id, type, limits, status } = resource;
    if (this.#entries.has(id)) throw alreadyRegistered(id);
    this.#ledger.define(
      { id, type, capacity: resource.capacities, limits: poolLimits(limits, type) },
      this.#clock.monotonic(),
    );
    const entry: Entry = {
      resource,
      view: this.#viewOf(resource),
      byHand: isSetByHand(status) ? status : null,
    };
    if (entry.byHand !== null) this.#ledger.setOpen(id, false);
    if (limits.timeoutMs !== null) this.#leaseMs.set(id, limits.timeoutMs);
    this.#entries.set(id, entry);
    showLive(resource, entry.view);
  }

  /**
   * Throws INVALID_PARAMETERS where `resource` could not take its place here: for a bad value, or for what is held of the one
   * that it replaces. Changes nothing.
   */
  check(resource: Resource): void {
    const { id, type, limits } = resource;
    const known = this.get(id);
    if (known !== null && this.#ledger.partsOf(id).length > 0) checkUnit(known, limits);
    this.#ledger.check({ id, type, capacity: resource.capacities, limits: poolLimits(limits, type) });
  }

  /** Takes a resource out; it keeps the figures that it shows. False when it is unknown or in use. */
  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    const { resource, view } = entry;
    if (this.#ledger.partsOf(id).length > 0) return false;
    showFrozen(resource, view);
    this.#entries.delete(id);
    this.#leaseMs.delete(id);
    return this.#ledger.undefine(id);
  }

  /** The resource of this id, or `null`. */
  get(id: string): Resource | null {
    return this.#entries.get(id)?.resource ?? null;
  }

  /** The resource of this id. Throws RESOURCE_NOT_FOUND. */
  need(id: string): Resource {
    const resource = this.get(id);
    if (resource === null) throw new ResourceNotFoundError(id, this.#ledger.ids());
    return resource;
  }

  /** All resources in the order of registration, of the family of `type` and in `status` where given. */
  list(type?: ResourceType, status?: ResourceStatus): Resource[] {
    const family = type === undefined ? null : familyOf(type);
    const wanted = status === undefined ? null : canonicalStatus(status);
    return [...this.#entries.values()]
      .map(({ resource }) => resource)
      .filter((resource) => family === null || familyOf(resource.type) === family)
      .filter((resource) => wanted === null || resource.status === wanted);
  }

  /** Sets a status by hand, or with any derived one returns to it; false when the resource is unknown. */
  setStatus(id: string, status: ResourceStatus): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    entry.byHand = isSetByHand(status) ? status : null;
    this.#ledger.setOpen(id, entry.byHand === null);
    this.#touch(entry.resource);
    return true;
  }

  /** The status that was set by hand, or `null`. */
  statusByHand(id: string): ResourceStatus | null {
    return this.#entries.get(id)?.byHand ?? null;
  }

  /** Changes the capacity; what is held stays. Throws RESOURCE_NOT_FOUND or INVALID_PARAMETERS, changing nothing. */
  setCapacity(id: string, capacity: number | Amounts): void {
    const resource = this.need(id);
    const { type, limits } = resource;
    const checked = readArgument("capacity", () => new Resource({ id, type, capacity, limits }));
    this.#ledger.setCapacity(id, checked.capacities, this.#clock.monotonic());
    resource.capacity = checked.capacity;
    this.#touch(resource);
  }

  /** Changes the limits that are named and keeps the others; what is held stays. Throws as {@link setCapacity}. */
  setLimits(id: string, limits: ResourceLimitsInit): void {
    const resource = this.need(id);
    needObject("limits", limits);
    const merged = readArgument("limits", () => new ResourceLimits({ ...resource.limits, ...limits }));
    refuseUnknown(merged, Object.keys(ResourceLimits.schema.shape), "limits");
    checkUnit(resource, merged);
    this.#ledger.setLimits(id, poolLimits(merged, resource.type), this.#clock.monotonic());
    resource.limits = merged;
    if (merged.timeoutMs === null) this.#leaseMs.delete(id);
    else this.#leaseMs.set(id, merged.timeoutMs);
    this.#touch(resource);
  }

  /** The lease of an allocation of `id` that names none, or `null`. */
  leaseMs(id: string): number | null {
    return this.#leaseMs.size === 0 ? null : (this.#leaseMs.get(id) ?? null);
  }

  /** The figures of a resource now, or `null` when it is unknown. */
  snapshot(id: string): PoolSnapshot | null {
    return this.#ledger.snapshot(id, this.#clock.monotonic());
  }

  #touch(resource: Resource): void {
    resource.updatedAt = toDate(this.#clock.now());
  }

  #viewOf(resource: Resource): ResourceView {
    const { id, totalAllocations, totalUsageTimeMs } = resource;
    return {
      status: () => this.#entries.get(id)?.byHand ?? derivedStatus(this.snapshot(id)),
      allocated: () => allocatedOf(this.snapshot(id)),
      allocations: () => new Map(this.#allocations(id)),
      currentUsers: () => this.snapshot(id)?.holders ?? new Set(),
      // What was counted before this process is added: the ledger starts from nothing.
      totalAllocations: () => totalAllocations + (this.snapshot(id)?.grants ?? 0),
      totalUsageTimeMs: () => totalUsageTimeMs + (this.snapshot(id)?.heldMs ?? 0),
    };
  }

  #allocations(id: string) {
    return this.#ledger.partsOf(id).map((part) => {
      const allocation = this.#book.allocationOf(part);
      return [allocation.id, allocation] as const;
    });
  }
}

function checkUnit({ id, limits }: Resource, { unit }: ResourceLimits): void {
  if (unit === limits.unit) return;
  throw wrongArgument("limits.unit", `${limits.unit}, the unit of ${shownName(id)}`, unit);
}

/** Nothing held, some, or some dimension full. */
function derivedStatus(snapshot: PoolSnapshot | null): ResourceStatus {
  if (snapshot === null || snapshot.live === 0) return "available";
  return snapshot.dimensions.some(({ utilization }) => utilization >= 1) ? "busy" : "allocated";
}

/** What is held by dimension; dimensions of which nothing is held are left out. */
export function allocatedOf(snapshot: PoolSnapshot | null): Record<string, number> {
  const held = snapshot?.dimensions.filter(({ allocated }) => allocated > 0) ?? [];
  return Object.fromEntries(held.map(({ name, allocated }) => [name, allocated]));
}
