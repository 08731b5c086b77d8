import type { JsonObject } from "@orch/core";
import { z } from "zod";
import { dependencies, name, object, retries, sessionId } from "../argument.ts";
import { runData, runError } from "../run-data.ts";
import { tellProgress } from "../run-progress.ts";
import { checkSession } from "../session-check.ts";
import { defineTool, HINTS } from "../tool.ts";
import { actionsOf } from "./create-workflow.ts";

const MAX_STEPS = 1000;

const step = z.strictObject({
  name: name("Unique"),
  module: name("Module"),
  action: name("Action"),
  parameters: object("As in create_workflow").default(() => ({})),
  max_retries: retries.optional(),
});

const group = z.array(z.string().max(128)).max(MAX_STEPS);

/** Runs steps that have no stored workflow. */
export const createComplexWorkflow = defineTool({
  name: "create_complex_workflow",
  title: "Run steps",
  description: "Create and execute a complex workflow with multiple steps",
  input: z.strictObject({
    name: name("What to call it"),
    workflow_definition: z
      .strictObject({
        steps: z.array(step).max(MAX_STEPS).describe("Steps"),
        dependencies: z
          .record(z.string(), dependencies("Steps"))
          .meta({ type: "object" })
          .default(() => ({}))
          .describe("Steps before each step, by name"),
        parallel_groups: z
          .array(group)
          .max(MAX_STEPS)
          .default(() => [])
          .describe("Groups of steps, one after another"),
      })
      .describe("Steps and their order"),
    session_id: sessionId.optional(),
  }),
  data: { workflow_name: "string", execution_result: "object" },
  hints: HINTS.acts,
  level: "author",
  longRunning: true,
  asks: ({ workflow_definition: { steps } }) => ({ actions: actionsOf(steps) }),
  async run({ name: workflow_name, workflow_definition, session_id }, context) {
    const { host, signal, newId } = context;
    checkSession(session_id, context);
    const executionId = newId();
    using _ = tellProgress(executionId, context);
    const definition = { ...workflow_definition, steps: workflow_definition.steps as JsonObject[] };
    const outcome = await host.executeComplexWorkflow(definition, {
      executionId,
      signal,
      sessionId: session_id,
    });
    return {
      data: {
        workflow_name,
        execution_result: runData(outcome, context),
        execution_id: outcome.execution_id ?? null,
      },
      metadata: { workflow_name },
      error: runError(outcome, context),
    };
  },
});
