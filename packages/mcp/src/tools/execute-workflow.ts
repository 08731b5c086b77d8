import type { JsonObject } from "@orch/core";
import { z } from "zod";
import { mode, name, object, priority, requirements, seconds, sessionId } from "../argument.ts";
import { digestOf } from "../audit.ts";
import { startInBackground } from "../background-run.ts";
import { unavailable } from "../errors.ts";
import { whileHolding } from "../needed-resources.ts";
import type { RunOutcome, RunRequest } from "../orchestration-api.ts";
import { resumeInterrupted } from "../resume-interrupted.ts";
import { runData, runError } from "../run-data.ts";
import { tellProgress } from "../run-progress.ts";
import { laterRound, untilEndOrQuestion } from "../run-turn.ts";
import { checkSession } from "../session-check.ts";
import { defineTool, type EndContext, HINTS, type ToolContext } from "../tool.ts";

const input = z.strictObject({
  workflow_name: name("Name of a registered workflow"),
  parameters: object("Parameters of the workflow").default(() => ({})),
  session_id: sessionId.optional(),
  mode: mode.optional(),
  timeout_seconds: seconds("Limit of the whole run").optional(),
  resource_requirements: requirements.optional(),
  priority: priority.optional(),
  wait: z.boolean().default(true).describe("false: answer at once with the run's id"),
  idempotency_key: name("The same key gives the same run").optional(),
});
type Input = z.output<typeof input>;

/** Runs a registered workflow, to its end or in the background. */
export const executeWorkflow = defineTool({
  name: "execute_workflow",
  title: "Execute workflow",
  description: "Execute a workflow with the orchestration engine",
  input,
  data: {
    success: "boolean",
    results: "object",
    trimmed: "boolean",
  },
  hints: HINTS.acts,
  level: "run",
  longRunning: true,
  asks: ({ workflow_name }) => ({ workflows: [workflow_name] }),
  ended: async ({ executionId, facts }, context) =>
    toldOf(await context.host.waitForWorkflow(executionId, { signal: context.signal }), facts, context),
  async run(given, context) {
    const { workflow_name, session_id, wait } = given;
    const { host, goesOn, detaches } = context;
    const facts = { workflow_name, session_id: session_id ?? null };
    const told = (outcome: RunOutcome) => toldOf(outcome, facts, context);
    const waitFor = (id: string) => (signal: AbortSignal) => host.waitForWorkflow(id, { signal });
    if (goesOn !== null) {
      const { executionId } = goesOn;
      return laterRound({ executionId, facts, told, work: waitFor(executionId) }, context);
    }
    checkSession(session_id, context);
    host.workflowManager.reloadWorkflows();
    // What cannot be run claims no id.
    host.describeWorkflow(workflow_name);
    const { executionId, isNew } = await claim(given, context);
    // By itself it does not go on, and whoever waited for it would do so for ever.
    if (!isNew) await resumeInterrupted(executionId, context);
    if (detaches || !wait) {
      if (isNew) await startInBackground(executionId, () => execute(given, executionId, context), context);
      const status = host.workflowManager.standingOf(executionId);
      return { data: { success: true, execution_id: executionId, status }, metadata: facts };
    }
    const work = (signal: AbortSignal) => runToEnd(given, executionId, { ...context, signal });
    return untilEndOrQuestion(
      { executionId, facts, told, work: isNew ? work : waitFor(executionId) },
      context,
    );
  },
});

const toldOf = (outcome: RunOutcome, facts: JsonObject, context: EndContext) => ({
  data: runData(outcome, context),
  metadata: facts,
  error: runError(outcome, context),
});

/** The id of the run that this call is about: a new one, or the one of an earlier call with the key. */
async function claim(given: Input, { host, caller, newId }: ToolContext) {
  const { idempotency_key: key = null, wait: _, ...asked } = given;
  if (host.runs) return host.runs.claim({ caller, key, digest: digestOf(asked as unknown as JsonObject) });
  if (key !== null) throw unavailable("Idempotency keys are");
  return { executionId: newId(), isNew: true };
}

const requestOf = (given: Input, executionId: string): RunRequest => ({
  executionId,
  sessionId: given.session_id,
  mode: given.mode,
  priority: given.priority,
  timeoutMs: given.timeout_seconds === undefined ? undefined : given.timeout_seconds * 1000,
});

/** Runs it, and holds what it needs until it has ended. */
const execute = (
  given: Input,
  executionId: string,
  context: ToolContext,
  signal?: AbortSignal,
): Promise<RunOutcome> =>
  whileHolding(given.resource_requirements, context, () =>
    context.host.executeWorkflow(given.workflow_name, given.parameters, {
      ...requestOf(given, executionId),
      signal,
    }),
  );

async function runToEnd(given: Input, executionId: string, context: ToolContext): Promise<RunOutcome> {
  const { host, signal } = context;
  using _ = tellProgress(executionId, context);
  const outcome = await execute(given, executionId, context, signal);
  // Another process has begun the run of the same key in this moment.
  const isThere = () => host.workflowManager.getExecution(executionId, { outputs: false }) !== null;
  const isTaken =
    given.idempotency_key !== undefined &&
    !outcome.success &&
    outcome.execution_id !== executionId &&
    isThere();
  return isTaken ? await host.waitForWorkflow(executionId, { signal }) : outcome;
}
