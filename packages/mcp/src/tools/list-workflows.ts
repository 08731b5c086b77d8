import type { JsonObject } from "@orch/core";
import { z } from "zod";
import { cursor, limit } from "../argument.ts";
import { pageOf } from "../page.ts";
import { defineTool, HINTS } from "../tool.ts";

/** Lists workflows with their step counts and modules. */
export const listWorkflows = defineTool({
  name: "list_workflows",
  title: "List workflows",
  description: "List all available workflows",
  input: z.strictObject({ limit, cursor: cursor.optional() }),
  data: { workflows: "array", count: "integer", details: "object" },
  hints: HINTS.reads,
  level: "read",
  run(page, { host }) {
    host.workflowManager.reloadWorkflows();
    const all = Object.entries(host.workflowManager.listWorkflows());
    const { items, nextCursor } = pageOf(all, ([name]) => name, page);
    return {
      data: {
        workflows: items.map(([name]) => name),
        count: all.length,
        details: Object.fromEntries(items) as unknown as JsonObject,
        next_cursor: nextCursor,
      },
    };
  },
});
