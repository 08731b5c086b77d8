import { z } from "zod";
import { withoutPaths } from "../reply-text.ts";
import { defineTool, HINTS } from "../tool.ts";

/** How everything is. */
export const getHealthStatus = defineTool({
  name: "get_health_status",
  title: "Health status",
  description: "Get system health status",
  input: z.strictObject({}),
  data: { overall_status: "string", timestamp: "string", components: "object", issues: "array" },
  hints: HINTS.reads,
  level: "read",
  run: (_, { host }) => ({ data: withoutPaths(host.healthCheck(), host.config.baseDir) }),
});
