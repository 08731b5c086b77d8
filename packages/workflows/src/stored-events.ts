import type { JsonValue, StoreReader } from "@orch/core";
import { keys } from "./execution-record.ts";

/** An event as it is stored and told. */
export interface ExecutionEvent {
  readonly type: string;
  /** From 1, without gaps within an execution. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly execution_id: string;
  readonly workflow_name: string;
  readonly [key: string]: JsonValue;
}

/** The stored events of an execution behind the sequence number `after`, in order. One record holds the events of one tick. */
export function readEvents(id: string, store: StoreReader, after = 0): ExecutionEvent[] {
  const prefix = keys.events(id);
  // The record that holds `after + 1` may begin before it.
  const [holding] = store.list(prefix, { after: keys.event(id, after + 2), reverse: true, limit: 1 });
  const rest = store.list(prefix, { after: holding?.[0] ?? prefix });
  const blocks = holding ? [holding, ...rest] : rest;
  return blocks
    .flatMap(([, value]) => value as unknown as ExecutionEvent[])
    .filter(({ sequence }) => sequence > after);
}

/** The sequence number of the last stored event, 0 when there is none. */
export function lastSequence(id: string, store: StoreReader): number {
  const [last] = store.list(keys.events(id), { reverse: true, limit: 1 });
  return last === undefined ? 0 : ((last[1] as unknown as ExecutionEvent[]).at(-1)?.sequence ?? 0);
}
