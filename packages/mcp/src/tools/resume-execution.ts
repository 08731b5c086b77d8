import { z } from "zod";
import { executionId } from "../argument.ts";
import { checkOwnExecution } from "../known-execution.ts";
import { runData, runError } from "../run-data.ts";
import { tellProgress } from "../run-progress.ts";
import type { OrchestrationApi } from "../orchestration-api.ts";
import { defineTool, HINTS, type PolicyAsk } from "../tool.ts";
import { actionsOf } from "./create-workflow.ts";

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
    context.permit(asksOfRun(execution_id, host));
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

/** What a run asks for that goes on: its workflow, or the actions that its caller has composed. */
function asksOfRun(id: string, { workflowManager, runs }: OrchestrationApi): PolicyAsk {
  const definition = workflowManager.definitionOf(id);
  if (definition === null) return {};
  const actions = actionsOf(definition.steps);
  if (runs?.isComposed(id)) return { actions, level: "author" };
  return { workflows: [definition.workflow.name] };
}
