import type { ProjectEvent } from "@orch/projects";
import type { ResourceEvent } from "@orch/resources";
import type { TaskEvent } from "@orch/tasks";
import type { StepProgress, WorkflowEvent } from "@orch/workflows";

/** Everything that an engine tells: facts, after they are stored. */
export type EngineEvent = TaskEvent | WorkflowEvent | StepProgress | ResourceEvent | ProjectEvent;
