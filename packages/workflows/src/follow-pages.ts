import { type StoreReader, sleep } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import { executionNotFound } from "./errors.ts";
import { readExecution } from "./execution-record.ts";
import { hasEnded } from "./take-over.ts";

/** From where, and how long, what is stored of an execution is read. */
export interface FollowOptions {
  /** Only what lies behind this sequence number. @default 0: all */
  readonly after?: number | undefined;
  /** Whether to wait for what is still to come, until the execution has ended. @default false */
  readonly follow?: boolean | undefined;
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal | undefined;
}

/** How often it is looked for more. */
const POLL_MS = 100;

/**
 * What `readPage` gives for an execution, page by page, in order: its page behind a sequence number, empty when there is
 * nothing more. Throws EXECUTION_NOT_FOUND.
 */
export async function* followPages<Row extends { readonly sequence: number }>(
  id: string,
  readPage: (id: string, store: StoreReader, after: number) => readonly Row[],
  { store, clock }: Pick<TaskRuntime, "store" | "clock">,
  { after = 0, follow = false, signal }: FollowOptions,
): AsyncGenerator<Row, void, void> {
  if (readExecution(id, store) === null) throw executionNotFound(id);
  for (let last = after; !signal?.aborted; ) {
    // Asked before the page is read: what is written between the two is read the next time.
    const record = readExecution(id, store);
    const isOver = record === null || hasEnded(record);
    const page = readPage(id, store, last);
    for (const row of page) {
      yield row;
      if (signal?.aborted) return;
    }
    last = page.at(-1)?.sequence ?? last;
    if (page.length > 0) continue;
    if (!follow || isOver) return;
    await sleep(POLL_MS, signal ? { clock, signal } : { clock }).catch(() => {});
  }
}
