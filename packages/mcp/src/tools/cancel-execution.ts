import { z } from "zod";
import { executionId } from "../argument.ts";
import { checkOwnExecution } from "../known-execution.ts";
import { defineTool, HINTS } from "../tool.ts";

/** Ends a run. */
export const cancelExecution = defineTool({
  name: "cancel_execution",
  title: "Cancel execution",
  description: "End a run: nothing new starts, what runs is aborted; one that has ended stays as it is",
  input: z.strictObject({ execution_id: executionId }),
  data: { execution_id: "string", cancelled: "boolean", status: "string" },
  hints: HINTS.ends,
  level: "run",
  async run({ execution_id }, context) {
    checkOwnExecution(execution_id, context);
    const { workflowManager } = context.host;
    const cancelled = await workflowManager.requestCancel(execution_id);
    return { data: { execution_id, cancelled, status: workflowManager.standingOf(execution_id) } };
  },
});
