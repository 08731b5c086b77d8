import { sleep } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import { executionNotFound } from "./errors.ts";
import type { WorkflowEvent } from "./events.ts";
import { readExecution } from "./execution-record.ts";
import { readEventPage } from "./stored-events.ts";
import { hasEnded } from "./take-over.ts";

/** From where, and how long, events are read. */
export interface EventOptions {
  /** Only events behind this sequence number. @default 0: all */
  readonly after?: number | undefined;
  /** Whether to wait for what is still to come, until the execution has ended. @default false */
  readonly follow?: boolean | undefined;
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal | undefined;
}

/** How often it is looked for more. */
const POLL_MS = 100;

/**
 * The events of an execution in order, without gaps, as they are stored: the same live, afterwards, and in any process.
 * Reads page by page, so that a journal of any length opens at once. Throws EXECUTION_NOT_FOUND.
 */
export async function* followEvents(
  id: string,
  { store, clock }: Pick<TaskRuntime, "store" | "clock">,
  { after = 0, follow = false, signal }: EventOptions,
): AsyncGenerator<WorkflowEvent, void, void> {
  if (readExecution(id, store) === null) throw executionNotFound(id);
  for (let last = after; !signal?.aborted; ) {
    // Asked before the page is read: what is written between the two is read the next time.
    const record = readExecution(id, store);
    const isOver = record === null || hasEnded(record);
    const page = readEventPage(id, store, last);
    for (const event of page) {
      yield event as unknown as WorkflowEvent;
      if (signal?.aborted) return;
    }
    last = page.at(-1)?.sequence ?? last;
    if (page.length > 0) continue;
    if (!follow || isOver) return;
    await sleep(POLL_MS, signal ? { clock, signal } : { clock }).catch(() => {});
  }
}
