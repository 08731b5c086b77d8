import type { Store } from "@orch/core";

/** How often the runtimes of this process have written to a store, by instance. */
interface Writes {
  all: number;
  readonly by: Map<string, number>;
}

const known = new WeakMap<Store, Writes>();

/**
 * A number that is another one whenever somebody else than this instance has written: another process, or another runtime
 * of this one through the same store, whose commits are no news to the connection. It only grows.
 */
export function othersVersion(store: Store, instance: string): number {
  const writes = known.get(store);
  return store.foreignVersion() + (writes ? writes.all - (writes.by.get(instance) ?? 0) : 0);
}

/** An instance has written to a store. */
export function wroteTo(store: Store, instance: string): void {
  const writes = known.get(store) ?? { all: 0, by: new Map() };
  known.set(store, writes);
  writes.all++;
  writes.by.set(instance, (writes.by.get(instance) ?? 0) + 1);
}
