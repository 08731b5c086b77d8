import { wrongArgument } from "@orch/core/base";
import { refuseLargeParameters } from "./parameter-limit.ts";
import type { TaskRequest } from "./task-request.ts";

/**
 * Throws INVALID_PARAMETERS for a task that could never run, without a module, an action or the name of a dependency, and
 * LIMIT_EXCEEDED for one with too large parameters. O(size)
 */
export function refuseUnfit(task: TaskRequest): void {
  if (task.module === "") throw wrongArgument("module", "a name", "");
  if (task.action === "") throw wrongArgument("action", "a name", "");
  // A hole in the list counts, too.
  const nameless = task.dependencies.findIndex((id) => !id);
  if (nameless >= 0)
    throw wrongArgument(`dependencies[${nameless}]`, "the id of a task", task.dependencies[nameless]);
  refuseLargeParameters(task);
}
