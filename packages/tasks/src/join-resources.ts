import type { TaskOrchestratorOptions } from "./orchestrator-options.ts";
import { TaskRuntime } from "./task-runtime.ts";

/**
 * The runtime of an orchestrator. With a resource manager, tasks and allocations by hand share its ledger: what one side
 * gives back, the other may be waiting for. Throws INVALID_PARAMETERS for parts that are none.
 */
export function joinResources({ resourceManager, ...options }: TaskOrchestratorOptions): TaskRuntime {
  if (!resourceManager) return new TaskRuntime(options);
  let byTasks = false;
  const runtime = new TaskRuntime({
    ...options,
    shared: resourceManager.shared,
    onFreed(names) {
      byTasks = true;
      resourceManager.notifyFreed(names);
      byTasks = false;
      options.onFreed?.(names);
    },
  });
  resourceManager.onFreed(() => {
    if (!byTasks) runtime.lookAgain();
  });
  return runtime;
}
