import { join, resolve } from "node:path";
import { InvalidParametersError } from "@orch/core";
import { cleanText } from "@orch/core/base";
import type { ProjectStatus, ProjectUpdate } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { readParameters } from "../parameters.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch project milestone` takes. */
export interface MilestoneOptions extends GlobalOptions {
  /** `key=value` texts. */
  readonly data?: readonly string[];
}

/** Notes that a project has reached something. */
export async function addMilestone(
  name: string,
  milestone: string,
  options: MilestoneOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { projectManager: projects } = engine;
  projects.findProject(name);
  projects.addProjectMilestone(name, milestone, readParameters({ param: options.data ?? [] }, {}));
  const reached = projects.getProject(name)?.milestones[milestone] ?? null;
  const result = { project_name: name, milestone_name: milestone, milestone: reached };
  return tellResult(result, `${cleanText(name)} has reached ${cleanText(milestone)}`, options, terminal);
}

/** What `orch project update` takes. */
export interface UpdateOptions extends GlobalOptions {
  readonly status?: ProjectStatus;
  readonly description?: string;
  readonly author?: string;
  readonly tag?: readonly string[];
  readonly workflow?: readonly string[];
  /** `key=value` texts. */
  readonly set?: readonly string[];
  /** `key=value` texts. */
  readonly metric?: readonly string[];
}

/** Changes what is known of a project. */
export async function updateProject(
  name: string,
  options: UpdateOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { projectManager: projects } = engine;
  projects.findProject(name);
  const { status, description, author, tag, workflow, set, metric } = options;
  const update: ProjectUpdate = {
    ...{ status, description, author, addTags: tag, addWorkflows: workflow },
    config: set && readParameters({ param: set }, {}),
    metrics: metric && readParameters({ param: metric }, {}),
  };
  if (Object.values(update).every((value) => value === undefined)) throw nothingToChange(name);
  projects.updateProject(name, update);
  const project = projects.findProject(name).toDict();
  return tellResult({ project_name: name, project }, `Updated ${cleanText(name)}`, options, terminal);
}

/** What `orch project archive` takes. */
export interface ArchiveOptions extends GlobalOptions {
  /** Relative to the current directory. */
  readonly output?: string;
}

/** Writes all of a project to an archive. */
export async function archiveProject(
  name: string,
  options: ArchiveOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { projectManager: projects } = engine;
  projects.findProject(name);
  const archive =
    options.output === undefined
      ? join(projects.projectsDir, "archives", `${name}.tar.gz`)
      : resolve(options.output);
  await projects.archiveProject(name, archive);
  return tellResult({ project_name: name, archive }, `Archived ${cleanText(archive)}`, options, terminal);
}

/** What `orch project delete` takes. */
export interface DeleteOptions extends GlobalOptions {
  readonly files?: boolean;
}

/** Forgets a project; its files stay unless they are to be removed. */
export async function deleteProject(
  name: string,
  options: DeleteOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { projectManager: projects } = engine;
  const { files = false } = options;
  const path = projects.getProject(name)?.path ?? null;
  if (!projects.deleteProject(name, files)) projects.findProject(name);
  const where = path === null ? "" : files ? `, with ${path}` : `; its files stay in ${path}`;
  const result = { project_name: name, path, files_removed: files };
  return tellResult(result, `Deleted ${cleanText(`${name}${where}`)}`, options, terminal);
}

const nothingToChange = (name: string): InvalidParametersError =>
  new InvalidParametersError(`Nothing is given that should change of project '${name}'`, {
    details: { project: name },
    suggestions: [`For example: ${commandText(`project update ${name} --status active`)}`],
  });
