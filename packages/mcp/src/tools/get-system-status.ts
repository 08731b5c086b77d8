import type { JsonObject, JsonValue } from "@orch/core";
import { z } from "zod";
import { withoutPaths } from "../reply-text.ts";
import { defineTool, HINTS, type ToolContext } from "../tool.ts";

const flag = (what: string) => z.boolean().default(false).describe(what);

/** What goes on here. */
export const getSystemStatus = defineTool({
  name: "get_system_status",
  title: "System status",
  description: "Get comprehensive system status",
  input: z.strictObject({
    include_detailed_metrics: flag("Adds metrics"),
    include_resource_health: flag("Adds resource_health"),
    include_active_sessions: flag("Adds sessions"),
    time_range_hours: z.int().min(1).max(8760).optional().describe("Adds runs begun since then, by status"),
  }),
  data: { overall_status: "string", timestamp: "string", issues: "array" },
  hints: HINTS.reads,
  level: "read",
  run(asked, context) {
    const { host } = context;
    const { base_dir: _, ...status } = host.getSystemStatus();
    const more: Record<string, JsonValue> = {};
    if (asked.include_detailed_metrics) more["metrics"] = host.getMetrics();
    if (asked.include_resource_health) more["resource_health"] = host.resourceManager.healthCheck();
    if (asked.include_active_sessions)
      more["sessions"] = (host.listSessions?.() ?? []).map((session) => session.toDict());
    if (asked.time_range_hours !== undefined)
      more["recent_runs"] = recentRuns(asked.time_range_hours, context);
    return { data: { ...withoutPaths(status, host.config.baseDir), ...more } };
  },
});

const HOUR_MS = 3_600_000;
const MOST_RUNS = 10_000;

function recentRuns(hours: number, { host, clock }: ToolContext): JsonObject {
  const since = clock.now() - hours * HOUR_MS;
  const byStatus: Record<string, number> = {};
  for (const { record } of host.workflowManager.listExecutions({ limit: MOST_RUNS })) {
    if (record.started_at < since) continue;
    const standing = host.workflowManager.standingOf(record);
    byStatus[standing] = (byStatus[standing] ?? 0) + 1;
  }
  return { hours, by_status: byStatus };
}
