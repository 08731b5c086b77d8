import type { TaskRuntime } from "@orch/tasks";
import type { WorkflowEvent } from "./events.ts";
import { type FollowOptions, followPages } from "./follow-pages.ts";
import { readEventPage } from "./stored-events.ts";

/** From where, and how long, events are read. */
export type EventOptions = FollowOptions;

/**
 * The events of an execution in order, without gaps, as they are stored: the same live, afterwards, and in any process.
 * Reads page by page, so that a journal of any length opens at once. Throws EXECUTION_NOT_FOUND.
 */
export const followEvents = (
  id: string,
  runtime: Pick<TaskRuntime, "store" | "clock">,
  options: EventOptions,
): AsyncGenerator<WorkflowEvent, void, void> =>
  followPages(id, readEventPage, runtime, options) as AsyncGenerator<unknown> as AsyncGenerator<
    WorkflowEvent,
    void,
    void
  >;
