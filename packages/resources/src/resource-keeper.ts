import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type EventBus, errorMessage, type StoreReader, whileLocked } from "@orch/core";
import { needArray, needFunction, needObject, needText, readArgument, wrongArgument } from "@orch/core/base";
import { applyResources } from "./apply-resources.ts";
import { defaultPool } from "./default-pool.ts";
import type { Amounts } from "./demand.ts";
import { refuseUnknown } from "./errors.ts";
import type { ResourceEvent } from "./events.ts";
import { partsOf } from "./grant.ts";
import { detectHost } from "./host.ts";
import type { Ledger } from "./ledger.ts";
import type { Grant } from "./ledger-state.ts";
import {
  composeParts,
  type ManagerParts,
  type ResourceManagerOptions,
  readOptions,
} from "./manager-parts.ts";
import { Resource, type ResourceInit } from "./resource.ts";
import { ResourceLimits, type ResourceLimitsInit } from "./resource-limits.ts";
import { parseResourceStatus, type ResourceStatus } from "./resource-status.ts";
import { parseResourceType, type ResourceType } from "./resource-type.ts";
import { readResources, writeResources } from "./resources-file.ts";
import type { SharedLedger } from "./shared-ledger.ts";

/** How long the file of resources is waited for while others change it. */
const PATIENCE_MS = 2000;

/** What may be said of a resource when it is registered. */
export type RegisterOptions = Omit<
  ResourceInit,
  "id" | "type" | "resourceType" | "capacity" | "allocations" | "allocated"
>;

/** The half of a `ResourceManager` that keeps the resources: which there are, how large, in what state, in which file. */
export abstract class ResourceKeeper {
  /** @internal */
  protected readonly parts: ManagerParts;
  readonly #listeners = new Set<(names: readonly string[]) => void>();

  /** Throws INVALID_PARAMETERS for options that are none, and STORAGE_ERROR when the file of resources is there and cannot be read. */
  constructor(given: ResourceManagerOptions = {}) {
    const options = readOptions(given);
    this.parts = composeParts(options, (names) => this.notifyFreed(names));
    if (options.defaultResources !== false) {
      const pool = defaultPool(options.host ?? detectHost(options.baseDir ?? "."));
      for (const init of pool) this.parts.registry.add(new Resource(init));
    }
    if (existsSync(this.parts.file)) this.load();
    else this.parts.allocator.refresh(true);
  }

  /** What this manager tells. */
  get events(): EventBus<ResourceEvent> {
    return this.parts.events;
  }

  /** The ledger underneath, for a scheduler that books in it within its own transactions. See {@link notifyFreed}. */
  get ledger(): Ledger {
    return this.parts.ledger;
  }

  /** The same as several processes share it: what runs tasks in this ledger is given this. */
  get shared(): SharedLedger {
    return this.parts.shared;
  }

  /** Where the resources of the user are written, whether that is there or not. */
  get file(): string {
    return this.parts.file;
  }

  /** Registers a resource. Throws INVALID_PARAMETERS for a known id or a bad value. */
  registerResource(
    resourceId: string,
    type: ResourceType,
    capacity: number | Amounts,
    options: RegisterOptions = {},
  ): Resource {
    if (resourceId === "" || typeof resourceId !== "string") throw wrongArgument("id", "a name", resourceId);
    const kind = parseResourceType(type);
    needObject("options", options);
    const resource = readArgument(
      "options",
      () => new Resource({ ...options, id: resourceId, type: kind, capacity }),
    );
    refuseUnknown(resource, Object.keys(Resource.schema.shape), "options");
    refuseUnknown(resource.limits, Object.keys(ResourceLimits.schema.shape), "limits");
    return this.#add(resource);
  }

  /**
   * Registers a resource; false for a known id: the first is kept, unless `replace` is set and nothing of it is held.
   * Throws INVALID_PARAMETERS for a bad value.
   */
  addResource(resource: Resource | ResourceInit, options: { readonly replace?: boolean } = {}): boolean {
    needObject("options", options);
    const { replace, added } = readArgument("resource", () => ({
      replace: options.replace === true,
      added: resource instanceof Resource ? resource : new Resource(resource),
    }));
    if (this.parts.registry.get(added.id) !== null) {
      if (!replace) return false;
      this.parts.registry.check(added);
      if (!this.removeResource(added.id)) return false;
    }
    this.#add(added);
    return true;
  }

  /** Takes a resource out; false when it is unknown or in use. */
  removeResource(resourceId: string): boolean {
    const { allocator, registry, table } = this.parts;
    allocator.refresh();
    if (!registry.remove(resourceId)) return false;
    table.clear();
    this.notifyFreed();
    return true;
  }

  /** The resource of this id, which shows live figures, or `null`. */
  getResource(resourceId: string): Resource | null {
    this.parts.allocator.refresh();
    return this.parts.registry.get(resourceId);
  }

  /** The first resource of this name, or `null`. */
  getResourceByName(name: string): Resource | null {
    return this.listResources().find((resource) => resource.name === name) ?? null;
  }

  /** Resources in the order of registration; by type with its family, by status with its other names. */
  listResources(type?: ResourceType | null, status?: ResourceStatus | null): Resource[] {
    this.parts.allocator.refresh();
    const wanted = status == null ? undefined : parseResourceStatus(status);
    return this.parts.registry.list(type == null ? undefined : parseResourceType(type), wanted);
  }

  /**
   * Sets reserved, maintenance, offline, unavailable or unknown by hand: nothing new is granted while so, and what is held
   * stays. Any other status returns to the one that follows from what is held. False for an unknown id. Throws
   * INVALID_PARAMETERS for a word that is no status.
   */
  setResourceStatus(resourceId: string, status: ResourceStatus): boolean {
    const known = this.parts.registry.setStatus(resourceId, parseResourceStatus(status));
    if (known) this.notifyFreed();
    return known;
  }

  /**
   * Changes the capacity at run time; what is held stays, and nothing new is granted while it is more than there is.
   * Throws RESOURCE_NOT_FOUND or INVALID_PARAMETERS, changing nothing.
   */
  setCapacity(resourceId: string, capacity: number | Amounts): void {
    this.parts.registry.setCapacity(resourceId, capacity);
    this.notifyFreed();
  }

  /** Changes the limits that are named, at run time. Throws RESOURCE_NOT_FOUND or INVALID_PARAMETERS, changing nothing. */
  setLimits(resourceId: string, limits: ResourceLimitsInit): void {
    this.parts.registry.setLimits(resourceId, limits);
    this.notifyFreed();
  }

  /**
   * Writes all resources with their live allocations and returns the path. What a scheduler holds in {@link ledger} is left
   * out: its work ends with it. Throws STORAGE_ERROR. @default path the file of the constructor
   */
  save(path?: string): string {
    const { clock, newId, file, book } = this.parts;
    const target = path === undefined ? file : resolve(needText("path", path));
    const isKept = (allocationId: string) => book.find(allocationId) !== undefined;
    writeResources(target, this.listResources(), { clock, newId, isKept });
    return target;
  }

  /**
   * Runs the synchronous `work` while no other process of this store is in here: what it reads of {@link file} and writes
   * there is one change. Without a store it is just run. Throws STORE_LOCKED when others write for two seconds.
   */
  changeFile<Result>(work: () => Result): Result {
    const { store } = this.parts;
    return store === null ? work() : whileLocked(PATIENCE_MS, () => store.transact(work));
  }

  /**
   * Reads a file over what is registered (the file wins) and returns how many resources it holds. Recorded allocations that
   * have not expired are live again, except with a store, which holds the live ones. Throws STORAGE_ERROR, changing nothing.
   */
  load(path?: string): number {
    const file = path === undefined ? this.parts.file : resolve(needText("path", path));
    const resources = readResources(file, (resource) => this.parts.registry.check(resource));
    applyResources(resources, this.parts);
    this.parts.table.clear();
    this.notifyFreed();
    return resources.length;
  }

  /**
   * Reads what other managers of the store changed, if they did: for a scheduler that decides with {@link ledger} in a
   * transaction of its own, whose reader it gives. Other calls do so by themselves.
   */
  refresh(reader?: StoreReader): void {
    this.parts.allocator.refresh(false, reader);
  }

  /**
   * The ids under which the parts of a grant are shown as allocations, also of one made in {@link ledger} directly. Throws
   * INVALID_PARAMETERS for what is no grant.
   */
  allocationIds(grant: Grant): string[] {
    needObject("grant", grant);
    const parts = readArgument("grant", () => partsOf(grant));
    if (parts === null) throw wrongArgument("grant", "a grant", grant);
    return parts.map((part) => this.parts.book.allocationOf(part).id);
  }

  /** Calls `listener` with the resources and locks of which something came back (none named: any). Returns the undo. */
  onFreed(listener: (names: readonly string[]) => void): () => void {
    needFunction("listener", listener);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * To be called by whoever released something in {@link ledger} directly, so that those who wait here are served: the
   * resources and locks concerned, or nothing for all.
   */
  notifyFreed(names?: readonly string[]): void {
    if (names !== undefined) needArray("names", names);
    const freed = names && readArgument("names", () => [...names]);
    this.parts.acquirer.freed(freed);
    for (const listener of this.#listeners) {
      try {
        listener(freed ?? []);
      } catch (error) {
        this.parts.logger.error(`A listener to what came back has failed: ${errorMessage(error)}`);
      }
    }
  }

  #add(resource: Resource): Resource {
    const { registry, table, allocator } = this.parts;
    registry.add(resource);
    table.clear();
    // Others may hold some of it already: what they wrote has to be read again.
    allocator.refresh(true);
    this.notifyFreed();
    return resource;
  }
}
