import { invalid, type JsonObject } from "@orch/core";
import { needOptions } from "@orch/core/base";
import { z } from "zod";
import { anyCase } from "./any-case.ts";
import { staysArchived } from "./errors.ts";
import { jsonObject } from "./json-object.ts";
import { mergeConfig } from "./merge-config.ts";
import type { Project, ProjectChanges } from "./project.ts";
import { canMove, ProjectStatus } from "./project-status.ts";

/** What can be changed of a project; what is left out stays. */
export interface ProjectUpdate {
  readonly status?: ProjectStatus | undefined;
  readonly description?: string | undefined;
  readonly version?: string | undefined;
  readonly author?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Beside those that it has. */
  readonly addTags?: readonly string[] | undefined;
  readonly workflows?: readonly string[] | undefined;
  /** Beside those that it has. */
  readonly addWorkflows?: readonly string[] | undefined;
  readonly requiredModules?: readonly string[] | undefined;
  /** Merged key by key into what there is. */
  readonly config?: JsonObject | undefined;
  /** Takes the place of metrics of the same names. */
  readonly metrics?: JsonObject | undefined;
}

const updateSchema = z.object({
  status: anyCase(ProjectStatus).optional(),
  description: z.string().optional(),
  version: z.string().optional(),
  author: z.string().optional(),
  tags: z.array(z.string()).optional(),
  addTags: z.array(z.string()).optional(),
  workflows: z.array(z.string()).optional(),
  addWorkflows: z.array(z.string()).optional(),
  requiredModules: z.array(z.string()).optional(),
  config: jsonObject.optional(),
  metrics: jsonObject.optional(),
});
const NAMES = Object.fromEntries(Object.keys(updateSchema.shape).map((name) => [name, true]));

/** Reads what is to be changed. Throws INVALID_PARAMETERS with all problems. */
export function readUpdate(given: unknown): z.infer<typeof updateSchema> {
  needOptions("the changes of a project", given, NAMES);
  const parsed = updateSchema.safeParse(given, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw invalid("changes of a project", parsed.error);
}

/** The keys of a project's dict that an update changes. Throws PROJECT_ERROR for a move out of `archived`. */
export function changesOf(project: Project, update: z.infer<typeof updateSchema>): ProjectChanges {
  const { status, config, metrics, requiredModules, tags, addTags, workflows, addWorkflows, ...plain } =
    update;
  if (status !== undefined && !canMove(project.status, status)) throw staysArchived(project.name, status);
  const changes: Record<string, unknown> = {
    ...plain,
    status,
    tags: addTags ? union(tags ?? project.tags, addTags) : tags,
    workflows: addWorkflows ? union(workflows ?? project.workflows, addWorkflows) : workflows,
    required_modules: requiredModules,
    config: config && mergeConfig(project.config, config),
    metrics: metrics && { ...project.metrics, ...metrics },
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** All of both, none twice. */
const union = (some: readonly string[], more: readonly string[]): string[] => [
  ...new Set([...some, ...more]),
];
