import type { Store } from "@orch/core";
import { Elsewhere } from "../src/elsewhere.ts";
import type { TaskRecord } from "../src/task-record.ts";

/** The record of a task as another process finds it, wherever it lies. */
export function recordOf(store: Store, id: string): TaskRecord | null {
  // No memory store to those who look, but one that others share.
  const shared = {
    get: store.get.bind(store),
    list: store.list.bind(store),
    foreignVersion: () => 0,
  } as Store;
  return new Elsewhere(shared, "somebody else").find(id);
}

/** The ids of all tasks that are recorded. */
export function recordedIds(store: Store): string[] {
  const waiting = store.list("backlog/").flatMap(([, row]) => row as (string | { id: string })[]);
  const ended = store.list("tasks/").map(([key]) => key.slice("tasks/".length));
  return [
    ...new Set([...waiting.map((each) => (typeof each === "string" ? each : each.id)), ...ended]),
  ].sort();
}
