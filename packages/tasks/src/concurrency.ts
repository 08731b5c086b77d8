import { OrchestrationMode } from "@orch/core";
import { needCount, needWord } from "@orch/core/base";
import { type DemandPart, type Ledger, OWN_NAME } from "@orch/resources";
import { type Group, makeGroup } from "./group.ts";

/** In which order tasks start, and how many at once, beside the number of workers. */
export interface ConcurrencyOptions {
  /**
   * sequential: one at a time, in the order of becoming ready. parallel: in that order, as many as fit. priority: by
   * priority, then in that order. In the last two a task that waits for resources holds up those behind it (of its session,
   * for one that has a session). resource_aware: by priority, and a task that waits for resources holds up nobody.
   * @default "resource_aware"
   */
  readonly mode?: OrchestrationMode;
  /** How many tasks with the same `sessionId` run at once in this process, at most. @default no limit */
  readonly maxPerSession?: number;
  /** How many tasks with the same `concurrencyKey` run at once, at most, in all processes on one store. @default 1 */
  readonly maxPerKey?: number;
}

/** What of a task says which limits it is under. */
interface Limited {
  readonly sessionId: string | null;
  readonly concurrencyKey: string | null;
}

/** Tasks of which two attempts in a row were lost take turns by this lock. */
const SUSPECTS: DemandPart = { resource: `${OWN_NAME}tasks whose process died`, mode: "write" };

/** Which limits a task is under: those of its session as a group, that of its key as a part of its demand. */
export class Concurrency {
  readonly #mode: OrchestrationMode;
  readonly #maxPerSession: number;
  readonly #maxPerKey: number;
  readonly #ledger: Ledger;
  /** Groups that have tasks, by session; `""` is that of tasks without one. */
  readonly #groups = new Map<string, { readonly group: Group; tasks: number }>();

  /** Throws INVALID_PARAMETERS for an unknown mode and for limits that are no whole numbers from 1. */
  constructor({ mode, maxPerSession, maxPerKey }: ConcurrencyOptions, ledger: Ledger) {
    this.#mode = needWord("mode", mode ?? "resource_aware", Object.values(OrchestrationMode));
    this.#maxPerSession = checkedLimit("maxPerSession", maxPerSession ?? Number.POSITIVE_INFINITY);
    this.#maxPerKey = checkedLimit("maxPerKey", maxPerKey ?? 1);
    this.#ledger = ledger;
  }

  /** Whether priorities count. */
  get isRanked(): boolean {
    return this.#mode === "priority" || this.#mode === "resource_aware";
  }

  /** The group of a task that has come; null for none. {@link leave} is to be called when it has ended. */
  enter({ sessionId, concurrencyKey }: Limited): Group | null {
    if (concurrencyKey && this.#hasPlaces)
      this.#ledger.needed.need({ id: nameOf(concurrencyKey), type: "semaphore", capacity: this.#maxPerKey });
    const isSequential = this.#mode === "sequential";
    const keepsOrder = this.#mode === "parallel" || this.#mode === "priority";
    const id = isSequential ? "" : (sessionId ?? "");
    if (!isSequential && !keepsOrder && (id === "" || this.#maxPerSession === Number.POSITIVE_INFINITY))
      return null;
    const known = this.#groups.get(id);
    if (known) known.tasks++;
    const limit = isSequential ? 1 : id === "" ? Number.POSITIVE_INFINITY : this.#maxPerSession;
    const made = known ?? { group: makeGroup(id, limit, keepsOrder), tasks: 1 };
    if (!known) this.#groups.set(id, made);
    return made.group;
  }

  /** A task has ended: a group or key without tasks is forgotten. */
  leave({ concurrencyKey }: Pick<Limited, "concurrencyKey">, group: Group | null): void {
    if (concurrencyKey && this.#hasPlaces) this.#ledger.needed.unneed(nameOf(concurrencyKey));
    if (group === null) return;
    const { id } = group;
    const known = this.#groups.get(id);
    if (known && --known.tasks === 0 && known.group.running === 0) this.#groups.delete(id);
  }

  /** Whether a key is a resource with places. */
  get #hasPlaces(): boolean {
    return this.#maxPerKey > 1 && this.#maxPerKey < Number.POSITIVE_INFINITY;
  }

  /** What a task needs in the ledger beside its own resources. */
  partsOf({ concurrencyKey }: Pick<Limited, "concurrencyKey">, isSuspect: boolean): DemandPart[] {
    const parts = isSuspect ? [SUSPECTS] : [];
    if (!concurrencyKey || this.#maxPerKey === Number.POSITIVE_INFINITY) return parts;
    const resource = nameOf(concurrencyKey);
    if (this.#maxPerKey === 1) return [...parts, { resource, mode: "write" }];
    return [...parts, { resource, mode: "read", amounts: 1 }];
  }
}

/** The name of the lock, or of the resource with a place for each task that may run, of a key. */
const nameOf = (concurrencyKey: string): string => `${OWN_NAME}key:${concurrencyKey}`;

const checkedLimit = (name: string, limit: number): number =>
  limit === Number.POSITIVE_INFINITY ? limit : needCount(name, limit);
