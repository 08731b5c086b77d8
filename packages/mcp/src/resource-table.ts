import { type JsonObject, OrchestrationError } from "@orch/core";
import { executionIds, projectNames, workflowNames } from "./known-names.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { withoutPaths } from "./reply-text.ts";
import { withCleanErrors } from "./run-data.ts";

/** What can be read under an address. */
export interface ResourceSpec {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** An address, or a template of one: `orch://workflows/{name}`. */
  readonly uri: string;
  readonly mimeType: "application/json" | "text/vnd.mermaid";
  /** Values of its variables that there are. */
  readonly completes: Readonly<Record<string, (host: OrchestrationApi) => string[]>>;
  /** Throws the error of what is not there. */
  read(host: OrchestrationApi, variables: Readonly<Record<string, string>>): JsonObject | string;
}

type Variables = Readonly<Record<string, string>>;

const json = "application/json";
const spec = (
  given: Pick<ResourceSpec, "name" | "title" | "description" | "uri" | "read"> & Partial<ResourceSpec>,
): ResourceSpec => ({ mimeType: json, completes: {}, ...given });

/** Events of a run that are read at once. */
const MOST_EVENTS = 500;

/** Throws EXECUTION_NOT_FOUND. */
function executionOf({ workflowManager, config }: OrchestrationApi, { id = "" }: Variables): JsonObject {
  const execution = workflowManager.getExecution(id);
  if (execution === null) throw notThere("EXECUTION_NOT_FOUND", "There is no such run");
  const dict = withCleanErrors(execution.toDict(), config.baseDir);
  return { ...dict, status: workflowManager.standingOf(id) };
}

const notThere = (
  code: "EXECUTION_NOT_FOUND" | "PROJECT_NOT_FOUND" | "INVALID_PARAMETERS",
  message: string,
) => new OrchestrationError(message, { code, retryable: false });

/** All that can be read, fixed addresses first. */
export const RESOURCES: readonly ResourceSpec[] = [
  spec({
    name: "workflows",
    title: "Workflows",
    description: "All workflows that can be run by name",
    uri: "orch://workflows",
    read({ workflowManager }) {
      workflowManager.reloadWorkflows();
      return workflowManager.listWorkflows() as unknown as JsonObject;
    },
  }),
  spec({
    name: "resources",
    title: "Resources",
    description: "Use of the resources that steps share",
    uri: "orch://resources",
    read: ({ resourceManager }) => resourceManager.getResourceUsage(),
  }),
  spec({
    name: "status",
    title: "Status",
    description: "What is defined, what runs, what is wrong",
    uri: "orch://status",
    read(host) {
      const { base_dir: _, ...status } = host.getSystemStatus();
      return withoutPaths(status, host.config.baseDir);
    },
  }),
  spec({
    name: "workflow",
    title: "Workflow",
    description: "The definition of a workflow and the order of its steps",
    uri: "orch://workflows/{name}",
    completes: { name: workflowNames },
    read(host, { name = "" }) {
      host.workflowManager.reloadWorkflows();
      const { definition, levels } = host.describeWorkflow(name);
      return { definition, levels: levels.map((level) => [...level]) };
    },
  }),
  spec({
    name: "workflow-graph",
    title: "Graph of a workflow",
    description: "A Mermaid graph of its steps",
    uri: "orch://workflows/{name}/graph",
    mimeType: "text/vnd.mermaid",
    completes: { name: workflowNames },
    read: (host, { name = "" }) => host.describeWorkflow(name).diagram,
  }),
  spec({
    name: "execution",
    title: "Run",
    description: "A run with the results of its steps",
    uri: "orch://executions/{id}",
    completes: { id: executionIds },
    read: executionOf,
  }),
  spec({
    name: "execution-events",
    title: "Events of a run",
    description: "What happened in a run, its last events",
    uri: "orch://executions/{id}/events",
    completes: { id: executionIds },
    read(host, variables) {
      executionOf(host, variables);
      const all = host.workflowManager.storedEvents(variables["id"] ?? "");
      const last = all
        .slice(-MOST_EVENTS)
        .map((event) => withCleanErrors(event as never, host.config.baseDir));
      return { events: last, more: all.length > last.length };
    },
  }),
  spec({
    name: "execution-step",
    title: "Step of a run",
    description: "The result of one step",
    uri: "orch://executions/{id}/steps/{step}",
    completes: { id: executionIds },
    read(host, variables) {
      const { results } = executionOf(host, variables) as {
        readonly results: Readonly<Record<string, JsonObject>>;
      };
      const { step = "" } = variables;
      const result = Object.hasOwn(results, step) ? results[step] : undefined;
      if (result === undefined) throw notThere("INVALID_PARAMETERS", "The run has no result of such a step");
      return result;
    },
  }),
  spec({
    name: "project",
    title: "Project",
    description: "A project and how it stands",
    uri: "orch://projects/{name}",
    completes: { name: projectNames },
    read({ projectManager }, { name = "" }) {
      const status = projectManager?.getProjectStatus(name) ?? null;
      if (status === null) throw notThere("PROJECT_NOT_FOUND", "There is no such project");
      return status as JsonObject;
    },
  }),
];
