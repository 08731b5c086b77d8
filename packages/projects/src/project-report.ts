import { type JsonObject, toIso } from "@orch/core";
import type { Project } from "./project.ts";

/** How many of the projects that changed last a summary names. */
const MOST_RECENT = 10;

/** How a project stands, as a dict of 12 keys. */
export const projectStatusDict = (project: Project): JsonObject => ({
  name: project.name,
  status: project.status,
  type: project.writtenType,
  version: project.version,
  path: project.path,
  workflows: project.workflows.length,
  active_workflows: project.activeWorkflows.length,
  required_modules: [...project.requiredModules],
  created_at: toIso(project.createdAt.getTime()),
  updated_at: toIso(project.updatedAt.getTime()),
  milestones: project.milestones,
  metrics: project.metrics,
});

/** How many projects there are, of which kinds, and which changed last, newest first. */
export function projectsSummaryDict(projects: readonly Project[]): JsonObject {
  const recent = projects
    .toSorted((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime() || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_RECENT);
  return {
    total_projects: projects.length,
    by_status: counted(projects.map(({ status }) => status)),
    by_type: counted(projects.map(({ writtenType }) => writtenType)),
    recent_activity: recent.map(({ name, status, updatedAt }) => ({
      name,
      status,
      updated_at: toIso(updatedAt.getTime()),
    })),
  };
}

function counted(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries(counts);
}
