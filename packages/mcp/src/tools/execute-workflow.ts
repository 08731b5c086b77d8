import { isErrorCode, type JsonObject, OrchestrationError } from "@orch/core";
import { z } from "zod";
import { mode, name, object, priority, requirements, seconds, sessionId } from "../argument.ts";
import { digestOf } from "../audit.ts";
import { unavailable } from "../errors.ts";
import { whileHolding } from "../needed-resources.ts";
import type { RunOutcome, RunRequest } from "../orchestration-api.ts";
import { runData, runError } from "../run-data.ts";
import { tellProgress } from "../run-progress.ts";
import { checkSession } from "../session-check.ts";
import { defineTool, HINTS, type ToolContext } from "../tool.ts";

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
  async run(given, context) {
    const { workflow_name, session_id, wait, resource_requirements } = given;
    checkSession(session_id, context);
    context.host.workflowManager.reloadWorkflows();
    // What cannot be run claims no id.
    context.host.describeWorkflow(workflow_name);
    const { executionId, isNew } = await claim(given, context);
    const metadata = { workflow_name, session_id: session_id ?? null };
    if (!wait) {
      if (isNew) await startInBackground(given, executionId, context);
      const status = context.host.workflowManager.standingOf(executionId);
      return { data: { success: true, execution_id: executionId, status }, metadata };
    }
    const outcome = isNew
      ? await whileHolding(resource_requirements, context, () => runToEnd(given, executionId, context))
      : await context.host.waitForWorkflow(executionId, { signal: context.signal });
    return { data: runData(outcome, context), metadata, error: runError(outcome, context) };
  },
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

async function runToEnd(given: Input, executionId: string, context: ToolContext): Promise<RunOutcome> {
  const { host, signal } = context;
  using _ = tellProgress(executionId, context);
  const request = { ...requestOf(given, executionId), signal };
  const outcome = await host.executeWorkflow(given.workflow_name, given.parameters, request);
  // Another process has begun the run of the same key in this moment.
  const isThere = () => host.workflowManager.getExecution(executionId, { outputs: false }) !== null;
  const isTaken =
    given.idempotency_key !== undefined &&
    !outcome.success &&
    outcome.execution_id !== executionId &&
    isThere();
  return isTaken ? await host.waitForWorkflow(executionId, { signal }) : outcome;
}

/** Starts the run, and resolves once it is on disk; what it needs is held until it ends. */
async function startInBackground(given: Input, executionId: string, context: ToolContext): Promise<void> {
  const { host } = context;
  const { promise: begun, resolve } = Promise.withResolvers<null>();
  using _ = whenBegun(executionId, context, () => resolve(null));
  const work = whileHolding(given.resource_requirements, context, () =>
    host.executeWorkflow(given.workflow_name, given.parameters, requestOf(given, executionId)),
  );
  const refused = await Promise.race([begun, work]);
  if (refused !== null && refused.execution_id !== executionId) throw asError(refused);
  // How it ends is kept with the run.
  work.catch(() => {});
}

/** Calls `tell` when a run has begun, until it is disposed of. */
function whenBegun(executionId: string, { host }: ToolContext, tell: () => void): Disposable {
  const off = host.events.on("*", (told) => {
    const { type, execution_id } = told as Readonly<Record<string, unknown>>;
    if (type === "workflow_started" && execution_id === executionId) tell();
  });
  return { [Symbol.dispose]: off };
}

/** What kept a run from beginning. */
const asError = ({ error, error_code, details, suggestions }: RunOutcome): OrchestrationError =>
  new OrchestrationError(error ?? "The run did not begin", {
    code: isErrorCode(error_code) ? error_code : "WORKFLOW_EXECUTION_FAILED",
    retryable: false,
    ...(details === undefined ? {} : { details }),
    ...(suggestions === undefined ? {} : { suggestions }),
  });
