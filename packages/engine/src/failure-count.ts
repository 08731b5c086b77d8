import type { EventBus } from "@orch/core";
import type { EngineEvent } from "./events.ts";

/** How much has gone wrong since an engine was made. */
export interface FailureCounts {
  workflow: number;
  task: number;
  resource: number;
  project: number;
  session: number;
}

/** Counts what a bus says has gone wrong, from now on. */
export function countFailures(events: EventBus<EngineEvent>): FailureCounts {
  const counts: FailureCounts = { workflow: 0, task: 0, resource: 0, project: 0, session: 0 };
  events.on("workflow_completed", ({ success }) => {
    if (!success) counts.workflow++;
  });
  events.on("task_failed", () => counts.task++);
  events.on("resource_denied", () => counts.resource++);
  events.on("session_closed", ({ status }) => {
    if (status === "failed" || status === "error") counts.session++;
  });
  return counts;
}
