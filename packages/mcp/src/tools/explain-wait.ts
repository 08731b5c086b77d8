import type { JsonObject } from "@orch/core";
import { z } from "zod";
import { executionId, name } from "../argument.ts";
import { checkExecution } from "../known-execution.ts";
import { cutPage } from "../page.ts";
import { defineTool, HINTS } from "../tool.ts";

const MOST_CAUSES = 100;

/** Says why steps have not ended. */
export const explainWait = defineTool({
  name: "explain_wait",
  title: "Explain wait",
  description: "Why steps of a run have not ended: dependencies, resources, retries, answers",
  input: z.strictObject({ execution_id: executionId, step: name("Only this step").optional() }),
  data: { execution_id: "string", status: "string", causes: "array" },
  hints: HINTS.reads,
  level: "read",
  run({ execution_id, step }, context) {
    checkExecution(execution_id, context);
    const { workflowManager } = context.host;
    const all = workflowManager.why(execution_id, step) as unknown as JsonObject[];
    const { items } = cutPage(all, (cause) => String(cause["step"]), MOST_CAUSES);
    const status = workflowManager.standingOf(execution_id);
    return { data: { execution_id, status, causes: [...items], more: items.length < all.length } };
  },
});
