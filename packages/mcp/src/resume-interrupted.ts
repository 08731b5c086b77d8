import { OrchestrationError } from "@orch/core";
import type { OrchestrationApi } from "./orchestration-api.ts";
import type { PolicyAsk, ToolContext } from "./tool.ts";
import { actionsOf } from "./tools/create-workflow.ts";

/** What a run asks of the policy that goes on: its workflow, or the actions that its caller has composed. */
export function asksOfRun(id: string, { workflowManager, runs }: OrchestrationApi): PolicyAsk {
  const definition = workflowManager.definitionOf(id);
  if (definition === null) return {};
  if (runs?.isComposed(id)) return { actions: actionsOf(definition.steps), level: "author" };
  return { workflows: [definition.workflow.name] };
}

/**
 * Goes on with a run whose process is gone; does nothing with any other. Throws PERMISSION_DENIED where the policy does not
 * allow it any more.
 */
export async function resumeInterrupted(
  id: string,
  { host, permit }: Pick<ToolContext, "host" | "permit">,
): Promise<void> {
  if (host.workflowManager.standingOf(id) !== "interrupted") return;
  permit(asksOfRun(id, host));
  try {
    await host.workflowManager.resumeExecution(id);
  } catch (error) {
    // Another process goes on with it.
    const isTaken = error instanceof OrchestrationError && error.code === "STORE_LOCKED";
    if (!isTaken) throw error;
  }
}
