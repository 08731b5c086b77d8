import { OrchestrationError } from "@orch/core";
import type { OpenQuestion } from "@orch/workflows";
import { errorDetail } from "./error-detail.ts";
import type { ToolOutcome } from "./mcp-result.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { replyText } from "./reply-text.ts";

/** What a call gives whose run waits for a person. The run keeps waiting; `facts` is what the tool says of the call. */
export function approvalRequired(
  executionId: string,
  question: OpenQuestion,
  { workflowManager, config }: OrchestrationApi,
  facts: ToolOutcome["metadata"] = {},
): ToolOutcome {
  const { step, kind, message, form } = question;
  const waiting = {
    execution_id: question.executionId,
    step,
    kind,
    message: replyText(message, config.baseDir),
  };
  const error = new OrchestrationError(`Step '${step}' waits for a person; the run waits with it`, {
    code: "APPROVAL_REQUIRED",
    details: { ...waiting, form },
    suggestions: waysToAnswer(question),
  });
  return {
    data: {
      execution_id: executionId,
      success: false,
      status: workflowManager.standingOf(executionId),
      waiting,
    },
    metadata: facts,
    error: errorDetail(error, config.baseDir, () => ""),
  };
}

/** How a person can answer otherwise. */
export function waysToAnswer({ executionId, step, kind }: OpenQuestion): string[] {
  const answer = kind === "human.approval" ? "true|false" : "<answer>";
  return [
    `A person can answer with: orch execution answer ${executionId} ${step} ${answer}`,
    "approve_step answers where the policy of the server lets callers answer for a person.",
    "Then watch the run with get_execution.",
  ];
}
