import type { JsonObject, Store } from "@orch/core";

/** The tasks of an orchestrator in memory, as others of this process on the same memory store see them. */
export interface NearTasks {
  readonly instance: string;
  /** The record of a task as it stands, or null. */
  readonly find: (id: string) => JsonObject | null;
  /** See `TaskOrchestrator.cancelTask`. */
  readonly cancel: (id: string) => boolean;
  /** Another orchestrator has come: it may bring what is lacking. */
  readonly joined: () => void;
}

const known = new WeakMap<Store, NearTasks[]>();

/** All orchestrators on a memory store: nothing in it tells of unfinished tasks. */
export function nearTasksOf(store: Store): NearTasks[] {
  const near = known.get(store) ?? [];
  known.set(store, near);
  return near;
}
