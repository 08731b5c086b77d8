import { OrchestrationError } from "@orch/core";
import { reaches } from "./policy-level.ts";
import { replyText } from "./reply-text.ts";
import type { ToolContext } from "./tool.ts";

/** Throws EXECUTION_NOT_FOUND for a run that is not there. */
export function checkExecution(id: string, { host }: Pick<ToolContext, "host">): void {
  if (host.workflowManager.getExecution(id, { outputs: false }) !== null) return;
  throw executionNotFound(id, host.config.baseDir);
}

/** As {@link checkExecution}, also for a run of somebody else that the caller may not change. */
export function checkOwnExecution(id: string, { host, caller, level }: ToolContext): void {
  checkExecution(id, { host });
  if (reaches(level, "full") || host.runs === undefined || host.runs.callerOf(id) === caller) return;
  throw new OrchestrationError("This run was started by somebody else", {
    code: "PERMISSION_DENIED",
    retryable: false,
    details: { execution_id: id, needed: "full" },
    suggestions: ["A person can do it with the command line, or start the server with --policy-level full."],
  });
}

const executionNotFound = (id: string, baseDir: string): OrchestrationError =>
  new OrchestrationError(`Execution '${replyText(id, baseDir)}' not found`, {
    code: "EXECUTION_NOT_FOUND",
    retryable: false,
    suggestions: ["list_executions names the last ones."],
  });
