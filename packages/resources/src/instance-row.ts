import type { StoreReader } from "@orch/core";

/** The record that a process which runs tasks keeps, as `@orch/tasks` writes it before anything else. */
const rowOf = (instance: string, store: StoreReader) => store.get(`instances/${instance}`);

/** Whether a process is recorded as one that runs tasks. */
export const isRecorded = (instance: string, store: StoreReader): boolean =>
  rowOf(instance, store) !== undefined;

/** Whether a process that was recorded has left, was forgotten or is fenced: it can write nothing more. */
export function hasLeft(instance: string, store: StoreReader): boolean {
  const row = rowOf(instance, store);
  return row === undefined || (row as { fenced?: boolean }).fenced === true;
}
