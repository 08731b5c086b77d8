import type { ProjectEvent } from "@orch/projects";
import type { ResourceEvent } from "@orch/resources";
import type { TaskEvent } from "@orch/tasks";
import type { StepProgress, WorkflowCreated, WorkflowEvent } from "@orch/workflows";
import type { SessionEvent } from "./session-events.ts";

/** Everything that an engine tells: facts, after they are stored. */
export type EngineEvent =
  | TaskEvent
  | WorkflowEvent
  | WorkflowCreated
  | StepProgress
  | ResourceEvent
  | ProjectEvent
  | SessionEvent;
