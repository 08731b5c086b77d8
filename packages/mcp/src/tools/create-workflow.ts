import { type JsonObject, OrchestrationError, toErrorResponse } from "@orch/core";
import { z } from "zod";
import { dependencies, name, object, retries, text } from "../argument.ts";
import type { OrchestrationApi } from "../orchestration-api.ts";
import { defineTool, HINTS } from "../tool.ts";

const MAX_STEPS = 1000;

/** A step as callers write it. */
const stepSchema = z.strictObject({
  name: name("Unique"),
  module: name("Module of the action"),
  action: name("Action"),
  parameters: object("{{step.output}} stands for a result").default(() => ({})),
  dependencies: dependencies("Steps before it").default(() => []),
  timeout: z.int().min(1).max(86_400).nullable().optional().describe("Seconds"),
  max_retries: retries.optional(),
  run_if: text("Condition in CEL").optional(),
  required: z.boolean().optional().describe("false: may fail"),
});

/** The steps of a definition. */
const stepsArgument = z.array(stepSchema).min(1).max(MAX_STEPS).describe("Steps, in any order");

/** The actions that steps call, as whole names. */
export const actionsOf = (
  steps: readonly { readonly module: string; readonly action: string }[],
): string[] => [...new Set(steps.map(({ module, action }) => `${module}.${action}`))];

/** Stores a new workflow; nothing runs. */
export const createWorkflow = defineTool({
  name: "create_workflow",
  title: "Create workflow",
  description: "Create a new workflow with specified steps; it is stored, not run",
  input: z.strictObject({
    name: name("Letters, digits, _, - and ."),
    steps: stepsArgument,
    description: text("What it is for").default(""),
  }),
  data: { workflow_name: "string", steps_count: "integer", description: "string" },
  hints: HINTS.adds,
  level: "author",
  asks: ({ steps }) => ({ actions: actionsOf(steps) }),
  async run({ name: workflow, steps, description }, { host, caller }) {
    const { workflowManager } = host;
    workflowManager.reloadWorkflows();
    if (isThere(workflow, host)) throw exists(workflow);
    // What is no definition is refused below, and nobody is its author.
    if (host.validateWorkflow({ name: workflow, steps: steps as JsonObject[], description }).valid)
      await host.runs?.noteAuthor(workflow, caller);
    workflowManager.createWorkflow(workflow, steps, { description });
    return { data: { workflow_name: workflow, steps_count: steps.length, description } };
  },
});

/** Whether there is a workflow of a name, or a file of one that cannot be read: that is somebody's, too. */
function isThere(workflow: string, host: OrchestrationApi): boolean {
  try {
    host.describeWorkflow(workflow);
    return true;
  } catch (error) {
    return toErrorResponse(error).error_code !== "WORKFLOW_NOT_FOUND";
  }
}

const exists = (workflow: string): OrchestrationError =>
  new OrchestrationError(`Workflow '${workflow}' exists already`, {
    code: "WORKFLOW_EXISTS",
    retryable: false,
    details: { workflow },
    suggestions: ["Choose another name; get_workflow shows what is there."],
  });
