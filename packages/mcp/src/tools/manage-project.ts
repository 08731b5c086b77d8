import { InvalidParametersError, isObject, type JsonObject } from "@orch/core";
import { z } from "zod";
import { name, names, object, text } from "../argument.ts";
import { parseArguments } from "../parse-arguments.ts";
import { defineTool, HINTS } from "../tool.ts";
import { type Projects, projectsOf } from "./needed-projects.ts";

/** What can be done with a project. */
const OPERATIONS = ["status", "update", "milestone", "archive"] as const;

/** As those of a project; listed here, since only types come from below. */
const PROJECT_STATUSES = ["planning", "active", "paused", "completed", "archived", "failed"] as const;

const updateSchema = z.strictObject({
  status: z.enum(PROJECT_STATUSES).optional(),
  description: text("What it is for").optional(),
  tags: names("Tags").optional(),
  config: object("Settings").optional(),
  metrics: object("Figures, merged").optional(),
});
const milestoneSchema = z.strictObject({
  milestone_name: name("Name of the milestone"),
  data: object("What is to be kept with it").default(() => ({})),
});

/** Looks at a project, changes or archives it. */
export const manageProject = defineTool({
  name: "manage_project",
  title: "Manage project",
  description: "Manage a project: status, update, milestone, archive",
  input: z.strictObject({
    project_name: name("Name of the project"),
    operation: z.enum(OPERATIONS).describe("What to do; status only looks"),
    parameters: object(
      "update: {status, description, tags, config, metrics}; milestone: {milestone_name, data}",
    ).default(() => ({})),
  }),
  data: { project_name: "string", operation: "string" },
  hints: HINTS.changes,
  level: ({ operation }) => (operation === "status" ? "read" : "run"),
  async run({ project_name, operation, parameters }, context) {
    const projects = projectsOf(context);
    // Throws PROJECT_NOT_FOUND, with what there is.
    projects.findProject(project_name);
    const operation_result = await operate(projects, project_name, operation, parameters);
    const project_status = projects.getProjectStatus(project_name) as JsonObject | null;
    return { data: { project_name, operation, project_status, operation_result } };
  },
});

async function operate(
  projects: Projects,
  project: string,
  operation: (typeof OPERATIONS)[number],
  parameters: JsonObject,
): Promise<JsonObject> {
  switch (operation) {
    case "status":
      return {};
    case "archive":
      return { archived: await projects.archiveProject(project) };
    case "milestone": {
      const { milestone_name, data } = checked("milestone", milestoneSchema, parameters);
      return { added: projects.addProjectMilestone(project, milestone_name, data) };
    }
    case "update": {
      const changes = checked("update", updateSchema, parameters);
      if (Object.keys(parameters).length === 0)
        throw new InvalidParametersError("update changes nothing without parameters", {
          suggestions: ["Give one of status, description, tags, config, metrics."],
        });
      projects.updateProject(project, changes);
      return { updated: Object.keys(parameters) };
    }
  }
}

/** Parameters of an operation. Throws INVALID_PARAMETERS as for the arguments of a tool. */
const checked = <Schema extends z.ZodObject>(
  operation: string,
  input: Schema,
  parameters: JsonObject,
): z.output<Schema> =>
  parseArguments(
    { name: `operation ${operation}`, input },
    isObject(parameters) ? parameters : {},
  ) as z.output<Schema>;
