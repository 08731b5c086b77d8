import { z } from "zod";
import { executionId } from "../argument.ts";
import { checkOwnExecution } from "../known-execution.ts";
import { runData, runError } from "../run-data.ts";
import { tellProgress } from "../run-progress.ts";
import { defineTool, HINTS } from "../tool.ts";

/** Goes on with a run. */
export const resumeExecution = defineTool({
  name: "resume_execution",
  title: "Resume execution",
  description: "Go on with a run that failed, was cancelled, paused or interrupted",
  input: z.strictObject({
    execution_id: executionId,
    wait: z.boolean().default(true).describe("false: answer at once"),
  }),
  data: { success: "boolean", execution_id: "string", status: "string", results: "object" },
  hints: HINTS.acts,
  level: "run",
  longRunning: true,
  async run({ execution_id, wait }, context) {
    checkOwnExecution(execution_id, context);
    const { host, signal } = context;
    const { workflow_name = "" } =
      host.workflowManager.getExecution(execution_id, { outputs: false })?.toDict() ?? {};
    using _ = tellProgress(execution_id, context);
    await host.workflowManager.resumeExecution(execution_id, wait ? { signal } : {});
    const metadata = { workflow_name };
    if (!wait)
      return {
        data: { execution_id, success: true, status: host.workflowManager.standingOf(execution_id) },
        metadata,
      };
    const outcome = await host.waitForWorkflow(execution_id);
    return { data: runData(outcome, context), metadata, error: runError(outcome, context) };
  },
});
