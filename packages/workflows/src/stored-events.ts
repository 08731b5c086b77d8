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

/** Records of a page: each holds the events of one tick, up to some hundreds. */
const PAGE = 64;

/** All stored events of an execution behind the sequence number `after`, in order. O(events behind it). */
export function readEvents(id: string, store: StoreReader, after = 0): ExecutionEvent[] {
  const all: ExecutionEvent[] = [];
  for (let last = after; ; ) {
    const page = readEventPage(id, store, last);
    for (const event of page) all.push(event);
    const end = page.at(-1);
    if (end === undefined) return all;
    last = end.sequence;
  }
}

/** The next events behind the sequence number `after`, in order; none when there are no more. O(page). */
export function readEventPage(id: string, store: StoreReader, after: number): ExecutionEvent[] {
  const prefix = keys.events(id);
  // The record that holds `after + 1` may begin before it.
  const [holding] = store.list(prefix, { after: keys.event(id, after + 2), reverse: true, limit: 1 });
  const rest = store.list(prefix, { after: holding?.[0] ?? prefix, limit: PAGE });
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
