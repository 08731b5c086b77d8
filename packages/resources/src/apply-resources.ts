import type { Logger } from "@orch/core";
import type { Allocator } from "./allocator.ts";
import type { LeaseBook } from "./lease-book.ts";
import { scaleFor, toUnits } from "./quantity.ts";
import type { Resource } from "./resource.ts";
import type { ResourceRegistry } from "./resource-registry.ts";

/** What a file of resources is applied to. */
export interface ApplyTarget {
  readonly registry: ResourceRegistry;
  readonly allocator: Allocator;
  readonly book: LeaseBook;
  readonly logger: Logger;
}

/**
 * Makes the resources of a file those of a manager: a known one is replaced, or changed in place while it is in use. Their
 * recorded allocations are taken up unless they have expired, or a store holds the live ones.
 */
export function applyResources(
  resources: readonly Resource[],
  { registry, allocator, book, logger }: ApplyTarget,
): void {
  for (const loaded of resources) {
    const recorded = [...loaded.allocations.values()];
    warnOfOrphans(loaded, logger);
    if (registry.get(loaded.id) === null || registry.remove(loaded.id)) registry.add(loaded);
    else changeInPlace(loaded, registry);
    if (allocator.isShared) continue;
    for (const allocation of recorded) {
      if (book.find(allocation.id) !== undefined) continue;
      allocator.restore({ allocation: ownedBy(allocation, loaded.id), mode: null });
    }
  }
  allocator.refresh(true);
}

/** An allocation is of the resource that it is written under. */
function ownedBy<Allocation extends { resourceId: string }>(
  allocation: Allocation,
  resourceId: string,
): Allocation {
  return Object.assign(allocation, { resourceId });
}

function changeInPlace(loaded: Resource, registry: ResourceRegistry): void {
  const { id, name, description, tags, metadata } = loaded;
  registry.setCapacity(id, loaded.capacity);
  registry.setLimits(id, loaded.limits);
  registry.setStatus(id, loaded.status);
  Object.assign(registry.need(id), { name, description, tags, metadata });
}

/** Use that no allocation accounts for cannot be given back by anyone: it is not taken up. */
function warnOfOrphans(loaded: Resource, logger: Logger): void {
  const sums: Record<string, number> = {};
  for (const { allocated } of loaded.allocations.values()) {
    for (const [name, amount] of Object.entries(allocated)) sums[name] = (sums[name] ?? 0) + amount;
  }
  for (const [name, amount] of Object.entries(loaded.allocated)) {
    const scale = scaleFor(amount) ?? 1;
    if (toUnits(amount, scale) === toUnits(sums[name] ?? 0, scale)) continue;
    logger.warn(
      `Resource '${loaded.id}': ${amount} ${name} recorded as allocated, ${sums[name] ?? 0} in allocations`,
      {
        resource_id: loaded.id,
      },
    );
  }
}
