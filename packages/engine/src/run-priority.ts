import { invalid, type JsonObject } from "@orch/core";
import { TaskPriority } from "@orch/tasks";
import { type CompiledWorkflow, Workflow, type WorkflowManager } from "@orch/workflows";
import { z } from "zod";

const prioritySchema = z.object({ priority: z.enum(TaskPriority) });

/**
 * What is run under a name: without a priority that name, else its definition with that priority. Throws
 * INVALID_PARAMETERS for a priority that is none, WORKFLOW_NOT_FOUND.
 */
export function withPriority(
  name: string,
  priority: TaskPriority | undefined,
  manager: Pick<WorkflowManager, "findWorkflow">,
): string | CompiledWorkflow {
  if (priority === undefined) return name;
  const checked = prioritySchema.safeParse({ priority }, { reportInput: true });
  if (!checked.success) throw invalid("run options", checked.error);
  const compiled = manager.findWorkflow(name);
  const workflow = Workflow.fromDict({ ...compiled.workflow.toDict(), ...checked.data } as JsonObject);
  return { ...compiled, workflow };
}
