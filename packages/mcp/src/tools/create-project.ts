import { join } from "node:path";
import type { JsonObject } from "@orch/core";
import { z } from "zod";
import { name, names, object, text } from "../argument.ts";
import { claimRun } from "../claim-run.ts";
import { confinedPath } from "../confined-path.ts";
import { filesBelow } from "../files-below.ts";
import type { RunOutcome } from "../orchestration-api.ts";
import { reaches } from "../policy-level.ts";
import { runData, runError } from "../run-data.ts";
import { untilEndOrQuestion } from "../run-turn.ts";
import { defineTool, HINTS, type ToolContext } from "../tool.ts";
import { projectsOf } from "./needed-projects.ts";

/** As projects may be called. */
const PROJECT_NAME = /^\w(\.?[\w-])*\.?$/;

/** Makes a project from a template. */
export const createProject = defineTool({
  name: "create_project",
  title: "Create project",
  description: "Create a new project with optional template",
  input: z.strictObject({
    name: z.string().max(128).regex(PROJECT_NAME).describe("Letters, digits, _, - and ."),
    template: name("Name of a template").default("ai_analysis"),
    description: text("What it is for").optional(),
    path: z.string().min(1).max(1024).optional().describe("Inside of the base directory"),
    author: name("Who makes it").optional(),
    tags: names("Tags").optional(),
    config_overrides: object("Settings over those of the template").optional(),
    execute_workflow: name("Workflow to run at once").optional(),
    workflow_parameters: object("Its parameters").optional(),
  }),
  data: {
    project_name: "string",
    project_path: "string",
    template_used: "string",
    workflows: "array",
    files_created: "array",
  },
  hints: HINTS.adds,
  level: "run",
  asks: ({ execute_workflow: workflow }) => (workflow === undefined ? {} : { workflows: [workflow] }),
  async run(given, context) {
    const {
      name: project_name,
      template,
      path,
      config_overrides,
      execute_workflow,
      workflow_parameters,
    } = given;
    const projects = projectsOf(context);
    const made = projects.createProject(project_name, {
      templateName: template,
      ...(path === undefined ? {} : { path: placeOf(path, context) }),
      ...defined({
        description: given.description,
        author: given.author,
        tags: given.tags,
        config: config_overrides,
      }),
    });
    const data: JsonObject = {
      project_name,
      project_type: made.type,
      project_path: made.path,
      template_used: template,
      workflows: [...made.workflows],
      files_created: filesBelow(made.path),
    };
    if (execute_workflow === undefined) return { data };
    const executionId = await claimRun(given as JsonObject, context, { composed: false });
    const work = (signal: AbortSignal) =>
      projects.executeProjectWorkflow(project_name, execute_workflow, workflow_parameters ?? {}, {
        executionId,
        signal,
      });
    const told = (outcome: RunOutcome) => ({
      data: { workflow_result: runData(outcome, context) },
      error: runError(outcome, context),
    });
    // The project is there: the same call cannot be made again with an answer, so nobody is asked through it.
    const quietly = { ...context, asked: () => {} };
    const ended = await untilEndOrQuestion({ executionId, facts: {}, work, told }, quietly);
    return { ...ended, data: { ...data, workflow_executed: execute_workflow, ...ended.data } };
  },
});

/** Where a project may be made: at level run below the projects' folder, else anywhere below the base directory. */
function placeOf(path: string, { host, level }: ToolContext): string {
  const { baseDir, projectsDir = join(baseDir, "projects") } = host.config;
  const place = confinedPath(path, baseDir);
  return reaches(level, "author") ? place : confinedPath(place, projectsDir);
}

/** Without what was not given. */
const defined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
