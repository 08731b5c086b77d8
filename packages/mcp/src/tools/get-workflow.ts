import { z } from "zod";
import { name } from "../argument.ts";
import { definitionData } from "../definition-data.ts";
import { defineTool, HINTS } from "../tool.ts";

/** Shows a definition. */
export const getWorkflow = defineTool({
  name: "get_workflow",
  title: "Get workflow",
  description: "The definition of a workflow, its order and a Mermaid graph",
  input: z.strictObject({ workflow_name: name("Name of a registered workflow") }),
  data: {
    workflow_name: "string",
    definition: "object",
    levels: "array",
    diagram: "string",
    trimmed: "boolean",
  },
  hints: HINTS.reads,
  level: "read",
  run({ workflow_name }, { host, budget }) {
    host.workflowManager.reloadWorkflows();
    return { data: definitionData(workflow_name, host.describeWorkflow(workflow_name), budget) };
  },
});
