import type { JsonObject } from "@orch/core";
import { z } from "zod";
import { executionId } from "../argument.ts";
import { checkExecution } from "../known-execution.ts";
import { cutPage } from "../page.ts";
import { runData, withCleanErrors } from "../run-data.ts";
import { defineTool, HINTS } from "../tool.ts";

const MOST_EVENTS = 200;

/** Looks at a run. */
export const getExecution = defineTool({
  name: "get_execution",
  title: "Get execution",
  description: "How a run stands, with the results of its steps; with since only later events",
  input: z.strictObject({
    execution_id: executionId,
    since: z.int().min(0).max(1e9).optional().describe("Sequence number"),
  }),
  data: {
    execution_id: "string",
    status: "string",
    results: "object",
    events: "array",
    next_since: "integer",
  },
  hints: HINTS.reads,
  level: "read",
  run({ execution_id, since }, context) {
    checkExecution(execution_id, context);
    const { workflowManager, config } = context.host;
    const status = workflowManager.standingOf(execution_id);
    if (since !== undefined) {
      const events = workflowManager.storedEvents(execution_id, since);
      const clean = events.map((event) => withCleanErrors(event as unknown as JsonObject, config.baseDir));
      const { items } = cutPage(clean, ({ sequence }) => String(sequence), MOST_EVENTS);
      const next_since = Number(items.at(-1)?.["sequence"] ?? since);
      return {
        data: { execution_id, status, events: [...items], next_since, more: items.length < clean.length },
      };
    }
    const execution = workflowManager.getExecution(execution_id)?.toDict() ?? {};
    return { data: { ...runData(execution as never, context), execution_id, status } };
  },
});
