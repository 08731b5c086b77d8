import type { JsonObject } from "@orch/core";
import { z } from "zod";
import { dependencies, name, object, retries, sessionId } from "../argument.ts";
import { startInBackground } from "../background-run.ts";
import { claimRun } from "../claim-run.ts";
import type { RunOutcome } from "../orchestration-api.ts";
import { runData, runError } from "../run-data.ts";
import { tellProgress } from "../run-progress.ts";
import { laterRound, untilEndOrQuestion } from "../run-turn.ts";
import { checkSession } from "../session-check.ts";
import { defineTool, type EndContext, HINTS } from "../tool.ts";
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
  ended: async ({ executionId, facts }, context) =>
    toldOf(
      await context.host.waitForComplexWorkflow(executionId, { signal: context.signal }),
      facts,
      context,
    ),
  async run({ name: workflow_name, workflow_definition, session_id }, context) {
    const { host, goesOn, detaches } = context;
    const facts = { workflow_name };
    const told = (outcome: RunOutcome) => toldOf(outcome, facts, context);
    if (goesOn !== null) {
      const { executionId } = goesOn;
      const work = (signal: AbortSignal) => host.waitForComplexWorkflow(executionId, { signal });
      return laterRound({ executionId, facts, told, work }, context);
    }
    checkSession(session_id, context);
    const steps = workflow_definition.steps as JsonObject[];
    const executionId = await claimRun({ workflow_definition } as unknown as JsonObject, context, {
      composed: true,
    });
    const execute = (signal?: AbortSignal) =>
      host.executeComplexWorkflow(
        { ...workflow_definition, steps },
        { executionId, signal, sessionId: session_id },
      );
    // Without steps there is no run, only its result.
    if (detaches && steps.length > 0) {
      await startInBackground(executionId, execute, context);
      return { data: { workflow_name, execution_id: executionId }, metadata: facts };
    }
    using _ = tellProgress(executionId, context);
    return await untilEndOrQuestion({ executionId, facts, told, work: execute }, context);
  },
});

const toldOf = (outcome: RunOutcome, facts: JsonObject, context: EndContext) => ({
  data: {
    workflow_name: facts["workflow_name"] ?? null,
    execution_result: runData(outcome, context),
    execution_id: outcome.execution_id ?? null,
  },
  metadata: facts,
  error: runError(outcome, context),
});
