import { type JsonObject, OrchestrationError, toIso } from "@orch/core";
import { needArray, readArgument, unreadable } from "@orch/core/base";
import type { WaitOptions } from "./acquirer.ts";
import type { Amounts } from "./demand.ts";
import { type Explanation, explanationOf } from "./explanation.ts";
import { amountsOf, resourceOf } from "./grant.ts";
import type { Lease } from "./lease.ts";
import type { Grant } from "./ledger-state.ts";
import { isDuration } from "./quantity.ts";
import type { AllocateOneOptions, AllocateOptions } from "./request.ts";
import type { Requirements } from "./requirements.ts";
import type { ResourceAllocation } from "./resource-allocation.ts";
import { ResourceKeeper } from "./resource-keeper.ts";
import type { ResourceUsage } from "./resource-usage.ts";
import { healthDict, resourceDict, systemDict, usageOf } from "./usage-report.ts";

/**
 * Capacity, allocations and leases: who may use how much of what, and never more than there is. Everything but waiting is
 * synchronous; a denial changes nothing. Timers run only while a lease has an end or somebody waits.
 */
export class ResourceManager extends ResourceKeeper {
  /** Takes an amount of one resource now, or `null`. @default amount the resource's `defaultAllocation` */
  allocate(
    resourceId: string,
    requesterId: string,
    amount?: number | Amounts,
    options: AllocateOneOptions = {},
  ): ResourceAllocation | null {
    const outcome = this.#one(resourceId, requesterId, amount, options);
    return outcome instanceof OrchestrationError ? null : this.#allocationOf(outcome);
  }

  /** As {@link allocate}; throws RESOURCE_UNAVAILABLE, RESOURCE_NOT_FOUND, INVALID_PARAMETERS or UNKNOWN_UNIT for `null`. */
  allocateOrThrow(
    resourceId: string,
    requesterId: string,
    amount?: number | Amounts,
    options: AllocateOneOptions = {},
  ): ResourceAllocation {
    const outcome = this.#one(resourceId, requesterId, amount, options);
    if (outcome instanceof OrchestrationError) throw outcome;
    return this.#allocationOf(outcome);
  }

  /** Takes all requirements now, or none and `null`. Returns the resource id for each key. A number as options is the lease. */
  allocateResources(
    userId: string,
    requirements: Requirements,
    options: AllocateOptions | number = {},
  ): Record<string, string> | null {
    const outcome = this.#many(userId, requirements, options);
    return outcome instanceof OrchestrationError ? null : outcome;
  }

  /** As {@link allocateResources}; throws as {@link allocateOrThrow}. */
  allocateResourcesOrThrow(
    userId: string,
    requirements: Requirements,
    options: AllocateOptions | number = {},
  ): Record<string, string> {
    const outcome = this.#many(userId, requirements, options);
    if (outcome instanceof OrchestrationError) throw outcome;
    return outcome;
  }

  /**
   * Takes an amount as soon as it fits. First in, first out per resource. `null` when it never can fit (at once), or not
   * within `waitTimeoutMs`; rejects with the signal's reason when that aborts.
   */
  async acquire(
    resourceId: string,
    requesterId: string,
    amount?: number | Amounts,
    options: AllocateOneOptions & WaitOptions = {},
  ): Promise<ResourceAllocation | null> {
    const request = this.parts.reader.one(resourceId, requesterId, amount, options);
    const asked = { user: requesterId, requirements: requirementsOf(resourceId, amount) };
    const outcome = await this.parts.admission.wait(request, asked, options);
    return outcome instanceof OrchestrationError ? null : this.#allocationOf(outcome);
  }

  /** Takes all requirements as soon as they fit together, holding nothing until then; else as {@link acquire}. */
  async acquireResources(
    userId: string,
    requirements: Requirements,
    options: AllocateOptions & WaitOptions = {},
  ): Promise<Record<string, string> | null> {
    const request = this.parts.reader.many(userId, requirements, options);
    const outcome = await this.parts.admission.wait(request, { user: userId, requirements }, options);
    const resources = this.#resourcesOf(outcome, requirements);
    return resources instanceof OrchestrationError ? null : resources;
  }

  /** Gives an allocation back; false, freeing nothing, when it is not live. Throws STORAGE_ERROR or STORE_LOCKED. */
  release(allocationId: string): boolean {
    const lease = this.#lease(allocationId);
    return lease !== undefined && this.parts.allocator.release([lease]) > 0;
  }

  /**
   * Gives back all of a user's allocations, or those named that are his; false when none was. What running tasks hold is
   * not concerned. Throws STORAGE_ERROR or STORE_LOCKED, and INVALID_PARAMETERS for ids that are no array.
   */
  deallocateResources(userId: string, allocationIds?: readonly string[]): boolean {
    if (allocationIds !== undefined) needArray("allocationIds", allocationIds);
    const { allocator, book } = this.parts;
    allocator.refresh();
    const ids = allocationIds && readArgument("allocationIds", () => [...allocationIds]);
    const named = ids?.map((id) => book.find(id)).filter((lease) => lease?.user === userId);
    const leases =
      named === undefined ? book.of(userId) : [...new Set(named)].filter((lease) => lease !== undefined);
    return leases.length > 0 && allocator.release(leases) > 0;
  }

  /**
   * Lets a live allocation last `timeoutMs` from now (never beyond the burst that it belongs to) and returns it; `null`
   * when it is not live or the time is no number above 0, or above 100 years. Throws STORAGE_ERROR or STORE_LOCKED.
   */
  renew(allocationId: string, timeoutMs: number): ResourceAllocation | null {
    const lease = isDuration(timeoutMs) ? this.#lease(allocationId) : undefined;
    if (lease === undefined || !this.parts.allocator.renew(lease, timeoutMs)) return null;
    return this.parts.book.allocationOf(lease.part);
  }

  /** A live allocation, or `null`. */
  getAllocation(allocationId: string): ResourceAllocation | null {
    const lease = this.#lease(allocationId);
    return lease === undefined ? null : this.parts.book.allocationOf(lease.part);
  }

  /** The live allocations of a user as dicts, oldest first. */
  getUserAllocations(userId: string): JsonObject[] {
    const { allocator, book, registry } = this.parts;
    allocator.refresh();
    return book.of(userId).map((lease) => {
      const resource = registry.get(resourceOf(lease.part));
      return {
        allocation_id: book.idOf(lease),
        resource_id: resourceOf(lease.part),
        resource_name: resource?.name ?? resourceOf(lease.part),
        resource_type: resource?.type ?? "lock",
        allocated: amountsOf(lease.part),
        allocated_at: toIso(lease.at),
        expires_at: lease.expiresAt === null ? null : toIso(lease.expiresAt),
      };
    });
  }

  /** What could be granted now of a dimension (default: the primary one); 0 when it is unknown. */
  getAvailableCapacity(resourceId: string, dimension?: string): number {
    const { allocator, ledger, clock } = this.parts;
    allocator.refresh();
    return ledger.available(resourceId, clock.monotonic(), dimension);
  }

  /** The use of a resource in its primary dimension, or `null` when it is unknown. */
  getUsage(resourceId: string): ResourceUsage | null {
    const { allocator, registry, clock } = this.parts;
    allocator.refresh();
    return usageOf(resourceId, registry, clock);
  }

  /** The use of one resource in all dimensions (`{}` when unknown), or of all together, as a dict. */
  getResourceUsage(resourceId?: string): JsonObject {
    const { allocator, registry } = this.parts;
    allocator.refresh();
    return resourceId === undefined ? systemDict(registry) : resourceDict(resourceId, registry);
  }

  /** How the resources are, as a dict: an issue for each that is over 90 % utilised or taken out of service by hand. */
  healthCheck(): JsonObject {
    const { allocator, registry, clock } = this.parts;
    allocator.refresh();
    return healthDict(registry, clock);
  }

  /**
   * Why `requirements` would not be granted to `userId` now: what is lacking, held by whom, since when. Changes nothing.
   * Throws INVALID_PARAMETERS or RESOURCE_NOT_FOUND for requirements that cannot be read.
   */
  explain(requirements: Requirements, userId = "explain"): Explanation {
    const { allocator, reader, ledger, clock } = this.parts;
    allocator.refresh();
    const request = reader.many(userId, requirements, {});
    if (request instanceof OrchestrationError) throw request;
    const now = clock.monotonic();
    return explanationOf(ledger.explain(request.demand, userId, now), ledger, now, clock.now());
  }

  /** Releases what has expired by now and returns how many; also happens by itself. Throws STORAGE_ERROR or STORE_LOCKED. */
  cleanupExpiredAllocations(): number {
    return this.parts.allocator.expire();
  }

  /** Stops all timers and ends every wait with `null`; what is held stays held. Doing it twice is fine. */
  close(): void {
    this.parts.acquirer.close();
    this.parts.allocator.close();
    this.parts.shared.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #one(
    id: string,
    user: string,
    amount: number | Amounts | undefined,
    options: AllocateOneOptions,
  ): Grant | OrchestrationError {
    const { reader, admission } = this.parts;
    return admission.now(reader.one(id, user, amount, options), {
      user,
      requirements: requirementsOf(id, amount),
    });
  }

  #many(
    user: string,
    requirements: Requirements,
    options: AllocateOptions | number,
  ): Record<string, string> | OrchestrationError {
    const { reader, admission } = this.parts;
    const outcome = admission.now(reader.many(user, requirements, options), { user, requirements });
    return this.#resourcesOf(outcome, requirements);
  }

  /** The resources by key; when the keys can no longer be read, what was granted is given back. */
  #resourcesOf(
    outcome: Grant | OrchestrationError,
    requirements: Requirements,
  ): Record<string, string> | OrchestrationError {
    if (outcome instanceof OrchestrationError) return outcome;
    try {
      return resourcesOf(outcome, requirements);
    } catch (error) {
      this.parts.allocator.release(outcome.parts.map(({ tag }) => tag as Lease));
      return unreadable("requirements", error);
    }
  }

  #allocationOf(grant: Grant): ResourceAllocation {
    const [part] = grant.parts;
    if (part === undefined)
      throw new OrchestrationError("a grant without a part", { code: "INTERNAL_ERROR" });
    return this.parts.book.allocationOf(part);
  }

  #lease(allocationId: string): Lease | undefined {
    this.parts.allocator.refresh();
    return this.parts.book.find(allocationId);
  }
}

/** What was asked of one resource, for reports; nothing under what is no id. */
const requirementsOf = (id: unknown, amount: number | Amounts | undefined): object =>
  typeof id === "string" ? { [id]: amount ?? null } : {};

/** The id of the resource that serves each key; the lines of a grant are in the order of the keys. */
function resourcesOf(grant: Grant, requirements: Requirements): Record<string, string> {
  const found: Record<string, string> = {};
  let line = 0;
  for (const key in requirements) {
    const part = grant.parts[line++];
    if (part !== undefined) found[key] = resourceOf(part);
  }
  return found;
}
