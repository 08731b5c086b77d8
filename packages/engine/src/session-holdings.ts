import { errorMessage, type Logger, StorageError } from "@orch/core";
import { LONGEST_MS } from "@orch/core/base";
import {
  type Amounts,
  type DemandPart,
  OWN_NAME,
  type Requirements,
  type ResourceManager,
  resourceOf,
} from "@orch/resources";
import { isGone, type TaskRuntime, type Turn } from "@orch/tasks";
import { sessionUnequipped } from "./errors.ts";
import { type OwnResource, ownResource, servedBy } from "./own-resource.ts";
import type { OrchestrationSession } from "./session.ts";
import { listSessionRows } from "./session-rows.ts";

/** What {@link SessionHoldings} work with. */
export interface SessionHoldingsInit {
  readonly resourceManager: ResourceManager;
  readonly logger: Logger;
  readonly runtime: () => TaskRuntime;
  /** Has `receive` called in a turn to come. */
  readonly post: (receive: (turn: Turn) => void) => void;
  /** The last code may have ended of what ran in a session. */
  readonly freed: (sessionId: string) => void;
}

/** What sessions have: the resources that they require, and places for the attempts that run in them. */
export class SessionHoldings {
  readonly #init: SessionHoldingsInit;
  /** Sessions whose places the ledger knows. */
  readonly #places = new Set<string>();
  readonly #runPlaces = new Set<string>();
  /** What sessions hold, once something has asked for a part of it. */
  readonly #own = new Map<string, readonly OwnResource[]>();

  constructor(init: SessionHoldingsInit) {
    this.#init = init;
    init.resourceManager.onFreed((names) => {
      for (const name of names) if (name.startsWith(PLACES)) init.freed(name.slice(PLACES.length));
    });
  }

  /**
   * Takes what a session requires, unless it has it: until it is closed, whatever lease the resources have. Throws
   * RESOURCE_UNAVAILABLE; STORE_LOCKED and STORAGE_ERROR, when nobody knows whether it is there.
   */
  take({ sessionId: id, resourceRequirements }: OrchestrationSession): void {
    const { resourceManager } = this.#init;
    if (Object.keys(resourceRequirements).length === 0 || resourceManager.getUserAllocations(id).length > 0)
      return;
    try {
      resourceManager.allocateResourcesOrThrow(id, resourceRequirements as Requirements, {
        timeoutMs: LONGEST_MS,
      });
    } catch (error) {
      throw error instanceof StorageError ? error : sessionUnequipped(id, resourceRequirements, error);
    }
  }

  /** What something that asks for `parts` takes in a session: a place, too, so that no more runs at once than it allows. */
  demandIn(session: OrchestrationSession, parts: readonly DemandPart[], kind: "step" | "task"): DemandPart[] {
    const { sessionId: id, mode, maxParallelTasks, status } = session;
    if (!this.#places.has(id)) {
      const { ledger } = this.#init.runtime();
      const capacity = mode === "sequential" ? 1 : maxParallelTasks;
      for (const pool of [placesOf(id), taskPlacesOf(id)])
        ledger.needed.need({ id: pool, type: "semaphore", capacity });
      this.#places.add(id);
      this.hold(id, status === "paused");
    }
    const own = this.#ownOf(session);
    const served = own.length === 0 ? parts : parts.flatMap((part) => servedBy(own, part));
    const places = kind === "step" ? [placesOf(id)] : [placesOf(id), taskPlacesOf(id)];
    return [...served, ...places.map((resource): DemandPart => ({ resource, mode: "read", amounts: 1 }))];
  }

  /** What a session holds: there is a resource for each share from now on, of which its work takes. */
  #ownOf({ sessionId: id, resourceRequirements, startedAt }: OrchestrationSession): readonly OwnResource[] {
    if (startedAt === null || Object.keys(resourceRequirements).length === 0) return [];
    const known = this.#own.get(id);
    if (known) return known;
    const { resourceManager, runtime } = this.#init;
    const { ledger, clock } = runtime();
    const shares = new Map<string, Record<string, number>>();
    for (const { resource_id, allocated } of resourceManager.getUserAllocations(id)) {
      const share = shares.get(String(resource_id)) ?? {};
      for (const [name, amount] of Object.entries(allocated as Amounts))
        share[name] = (share[name] ?? 0) + amount;
      shares.set(String(resource_id), share);
    }
    const own = [...shares].flatMap(([resource, share]) => {
      const snapshot = ledger.snapshot(resource, clock.monotonic());
      return snapshot === null ? [] : ownResource(id, snapshot, share);
    });
    for (const { pool, type, held } of own) ledger.needed.need({ id: pool, type, capacity: held });
    this.#own.set(id, own);
    return own;
  }

  /** Starts no single task of a session that waits, or does so again. */
  hold(id: string, isHeld: boolean): void {
    if (this.#places.has(id)) this.#init.runtime().ledger.setOpen(taskPlacesOf(id), !isHeld);
  }

  /** What each execution in a session takes, so that no more of them run at once than it allows. */
  runPlaceOf({ sessionId: id, maxParallelWorkflows }: OrchestrationSession): DemandPart {
    if (!this.#runPlaces.has(id)) {
      const spec = { id: runPlacesOf(id), type: "semaphore", capacity: maxParallelWorkflows } as const;
      this.#init.runtime().ledger.needed.need(spec);
      this.#runPlaces.add(id);
    }
    return { resource: runPlacesOf(id), amounts: 1 };
  }

  /** Whether code of this process runs in a session, also such as nobody waits for any more. O(what runs) */
  isOccupied(id: string): boolean {
    const places = placesOf(id);
    return this.#init.runtime().attempts.some(({ grant }) => grant?.parts.map(resourceOf).includes(places));
  }

  /** Gives back all that a session has, in which nothing runs. */
  release(id: string): void {
    try {
      this.#init.resourceManager.deallocateResources(id);
    } catch (error) {
      this.#init.logger.error(`What session ${id} held is not free: ${errorMessage(error)}`);
    }
    // Not before the tick that decides on what was cancelled with it.
    const pools = [
      ...(this.#places.delete(id) ? [placesOf(id), taskPlacesOf(id)] : []),
      ...(this.#runPlaces.delete(id) ? [runPlacesOf(id)] : []),
      ...(this.#own.get(id) ?? []).map(({ pool }) => pool),
    ];
    this.#own.delete(id);
    if (pools.length === 0) return;
    const { needed } = this.#init.runtime().ledger;
    const unneed = () => {
      for (const pool of pools) needed.unneed(pool);
    };
    this.#init.post((turn) => turn.afterCommit(unneed));
  }

  /** Gives back what closed sessions have of processes that went between their end and that of the code in them. */
  async releaseLeft(): Promise<void> {
    const { resourceManager, runtime } = this.#init;
    for (const { session, owner } of listSessionRows(runtime().store, { closed: true })) {
      const { sessionId: id } = session;
      if (resourceManager.getUserAllocations(id).length === 0) continue;
      if (await isGone(owner, runtime())) resourceManager.deallocateResources(id);
    }
  }
}

const PLACES = `${OWN_NAME}session:`;
/** The resource with a place for each attempt that a session may have running. */
const placesOf = (sessionId: string): string => PLACES + sessionId;
/** The same for single tasks alone: closed while the session is paused, when the steps of what runs in it go on. */
const taskPlacesOf = (sessionId: string): string => `${OWN_NAME}session_tasks:${sessionId}`;
/** The resource with a place for each execution that a session may have running. */
const runPlacesOf = (sessionId: string): string => `${OWN_NAME}session_runs:${sessionId}`;
