import { unavailable } from "../errors.ts";
import type { OrchestrationApi } from "../orchestration-api.ts";
import type { ToolContext } from "../tool.ts";

/** The part of a host that keeps projects. */
export type Projects = NonNullable<OrchestrationApi["projectManager"]>;

/** The projects of the host. Throws MCP_UNAVAILABLE where it has none. */
export function projectsOf({ host }: Pick<ToolContext, "host">): Projects {
  if (host.projectManager === undefined) throw unavailable("Projects are");
  return host.projectManager;
}
