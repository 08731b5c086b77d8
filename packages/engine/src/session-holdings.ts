import { errorMessage, type Logger, StorageError } from "@orch/core";
import { LONGEST_MS } from "@orch/core/base";
import {
  type DemandPart,
  OWN_NAME,
  type Requirements,
  type ResourceManager,
  resourceOf,
} from "@orch/resources";
import { isGone, type TaskRuntime, type Turn } from "@orch/tasks";
import { sessionUnequipped } from "./errors.ts";
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

  /** What each attempt in a session takes, so that no more of them run at once than it allows. */
  placeOf({ sessionId: id, mode, maxParallelTasks }: OrchestrationSession): DemandPart {
    if (!this.#places.has(id)) {
      const capacity = mode === "sequential" ? 1 : maxParallelTasks;
      this.#init.runtime().ledger.needed.need({ id: placesOf(id), type: "semaphore", capacity });
      this.#places.add(id);
    }
    return { resource: placesOf(id), mode: "read", amounts: 1 };
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
      ...(this.#places.delete(id) ? [placesOf(id)] : []),
      ...(this.#runPlaces.delete(id) ? [runPlacesOf(id)] : []),
    ];
    if (pools.length === 0) return;
    const { needed } = this.#init.runtime().ledger;
    this.#init.post((turn) => turn.afterCommit(() => pools.forEach((pool) => needed.unneed(pool))));
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
/** The resource with a place for each execution that a session may have running. */
const runPlacesOf = (sessionId: string): string => `session_runs:${sessionId}`;
