import { toIso } from "@orch/core";
import { z } from "zod";
import { cursor, limit, name } from "../argument.ts";
import { cutPage } from "../page.ts";
import { defineTool, HINTS } from "../tool.ts";

/** Lists runs, newest first. */
export const listExecutions = defineTool({
  name: "list_executions",
  title: "List executions",
  description: "List runs, newest first",
  input: z.strictObject({
    workflow_name: name("Only of this workflow").optional(),
    status: z
      .enum(["pending", "running", "completed", "failed", "cancelled"])
      .optional()
      .describe("Only these"),
    limit,
    cursor: cursor.optional(),
  }),
  data: { executions: "array" },
  hints: HINTS.reads,
  level: "read",
  run({ workflow_name: workflowName, status, limit: wanted, cursor: before }, { host }) {
    const { workflowManager } = host;
    // One more than is wanted tells whether there are more.
    const entries = workflowManager.listExecutions({ workflowName, status, before, limit: wanted + 1 });
    const all = entries.map(({ id, record }) => ({
      execution_id: id,
      workflow_name: record.workflow_name,
      status: workflowManager.standingOf(record),
      started_at: toIso(record.started_at),
      ended_at: record.ended_at === null ? null : toIso(record.ended_at),
    }));
    const { items, nextCursor } = cutPage(all, ({ execution_id }) => execution_id, wanted);
    return { data: { executions: [...items], next_cursor: nextCursor } };
  },
});
