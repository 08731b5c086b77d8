import type { JsonObject } from "@orch/core";
import { z } from "zod";
import {
  dependencies,
  name,
  object,
  priority,
  requirements,
  retries,
  seconds,
  sessionId,
} from "../argument.ts";
import { startInBackground } from "../background-run.ts";
import { claimRun } from "../claim-run.ts";
import type { ToolOutcome } from "../mcp-result.ts";
import { whileHolding } from "../needed-resources.ts";
import type { TaskOutcome } from "../orchestration-api.ts";
import { runData, runError } from "../run-data.ts";
import { checkSession } from "../session-check.ts";
import { defineTool, type EndContext, HINTS, type ToolContext } from "../tool.ts";

const input = z.strictObject({
  name: name("What to call it"),
  module: name("Registered module").min(1),
  action: name("Its action").min(1),
  parameters: object("Parameters of the action").default(() => ({})),
  priority: priority.default("normal"),
  dependencies: dependencies("Ids of tasks before it").default(() => []),
  timeout_seconds: seconds("Limit of an attempt").optional(),
  max_retries: retries.optional(),
  resource_requirements: requirements.optional(),
  session_id: sessionId.optional(),
});
type Input = z.output<typeof input>;

/** Runs one action. */
export const executeTask = defineTool({
  name: "execute_task",
  title: "Execute task",
  description: "Execute a single task",
  input,
  data: { success: "boolean" },
  hints: HINTS.acts,
  level: "author",
  longRunning: true,
  asks: ({ module, action }) => ({ actions: [`${module}.${action}`] }),
  ended: async ({ executionId, facts }, context) => {
    const run = await context.host.waitForComplexWorkflow(executionId, { signal: context.signal });
    const { results, ...outcome } = run;
    const task_id = `${executionId}/${STEP}`;
    return toldOf({ ...outcome, task_id, result: results[STEP] ?? null }, facts, context);
  },
  async run(given, context) {
    const { session_id, resource_requirements, ...task } = given;
    const facts = { task_name: task.name, module: task.module, action: task.action };
    checkSession(session_id, context);
    // One that waits for other tasks can only be a task itself.
    if (context.detaches && task.dependencies.length === 0) return begin(given, facts, context);
    const outcome = await whileHolding(resource_requirements, context, () =>
      context.host.executeTask(
        { ...task, ...(session_id === undefined ? {} : { session_id }) } as JsonObject,
        { signal: context.signal },
      ),
    );
    return toldOf(outcome, facts, context);
  },
});

/** What the only step of a run is called that stands for a task. */
const STEP = "task";

const toldOf = (outcome: TaskOutcome, facts: JsonObject, context: EndContext) => ({
  data: runData(outcome, context),
  metadata: facts,
  error: runError(outcome, context),
});

/** Runs it as the only step of a run, which is on disk and can be followed from anywhere. */
async function begin(given: Input, facts: JsonObject, context: ToolContext): Promise<ToolOutcome> {
  const { module, action, parameters, priority: own, timeout_seconds: timeout, max_retries, ...more } = given;
  const { resource_requirements, session_id } = more;
  const limits = {
    ...(timeout === undefined ? {} : { timeout }),
    ...(max_retries === undefined ? {} : { max_retries }),
  };
  const step = { name: STEP, module, action, parameters, priority: own, ...limits };
  const definition = { steps: [step], dependencies: {}, parallel_groups: [] };
  const executionId = await claimRun({ step }, context, { composed: true });
  const options = { executionId, sessionId: session_id, mode: "priority" } as const;
  const execute = () =>
    whileHolding(resource_requirements, context, () =>
      context.host.executeComplexWorkflow(definition, options),
    );
  await startInBackground(executionId, execute, context);
  return { data: { success: true, execution_id: executionId }, metadata: facts };
}
