import type { CompiledWorkflow, OrchestrationEngine } from "@orch/engine";
import { RunView } from "./run-view.ts";

/** The view of an execution as its stored events tell it, and those of the executions inside of it. O(events). */
export function storedView(
  { workflowManager }: OrchestrationEngine,
  compiled: CompiledWorkflow,
  executionId: string,
): RunView {
  const view = new RunView(compiled, workflowManager);
  view.executionId = executionId;
  for (const event of workflowManager.storedEvents(executionId)) view.apply(event);
  view.catchUp();
  return view;
}
