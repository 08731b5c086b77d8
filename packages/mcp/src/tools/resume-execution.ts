import { z } from "zod";
import { executionId } from "../argument.ts";
import { checkOwnExecution } from "../known-execution.ts";
import type { RunOutcome } from "../orchestration-api.ts";
import { asksOfRun } from "../resume-interrupted.ts";
import { runData, runError } from "../run-data.ts";
import { tellProgress } from "../run-progress.ts";
import { laterRound, untilEndOrQuestion } from "../run-turn.ts";
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
    const { host } = context;
    const { workflowManager } = host;
    const { workflow_name = "" } =
      workflowManager.getExecution(execution_id, { outputs: false })?.toDict() ?? {};
    const facts = { workflow_name };
    const told = (outcome: RunOutcome) => ({
      data: runData(outcome, context),
      metadata: facts,
      error: runError(outcome, context),
    });
    const turn = { executionId: execution_id, facts, told };
    if (context.goesOn !== null) {
      const work = (signal: AbortSignal) => host.waitForWorkflow(execution_id, { signal });
      return await laterRound({ ...turn, work }, context);
    }
    context.permit(asksOfRun(execution_id, host));
    // Not behind a question: what is counted anew would be told as less than before.
    using _ = tellProgress(execution_id, context);
    if (!wait) {
      await workflowManager.resumeExecution(execution_id);
      const status = workflowManager.standingOf(execution_id);
      return { data: { execution_id, success: true, status }, metadata: facts };
    }
    const begun = new AbortController();
    await workflowManager.resumeExecution(execution_id, { signal: begun.signal });
    const work = (signal: AbortSignal) => {
      signal.addEventListener("abort", () => begun.abort(signal.reason), { once: true });
      if (signal.aborted) begun.abort(signal.reason);
      return host.waitForWorkflow(execution_id);
    };
    return await untilEndOrQuestion({ ...turn, work }, context);
  },
});
