import { isErrorCode, OrchestrationError } from "@orch/core";
import type { RunOutcome } from "./orchestration-api.ts";
import type { ToolContext } from "./tool.ts";

/** A run that waits for its turn in its session tells nothing, and is on disk. */
const LOOK_MS = 250;

/** Starts a run, and resolves once it is on disk. Rejects with what kept it from beginning. */
export async function startInBackground(
  executionId: string,
  start: () => Promise<RunOutcome>,
  context: Pick<ToolContext, "host" | "clock">,
): Promise<void> {
  const { promise: begun, resolve } = Promise.withResolvers<null>();
  using _ = whenBegun(executionId, context, () => resolve(null));
  const work = start();
  const refused = await Promise.race([begun, work]);
  // Somebody else may have begun it in this moment, under the same key.
  if (refused !== null && refused.execution_id !== executionId && !isThere(executionId, context))
    throw asError(refused);
  // How it ends is kept with the run.
  work.catch(() => {});
}

/** Calls `tell` when a run has begun, until it is disposed of. */
function whenBegun(
  executionId: string,
  { host, clock }: Pick<ToolContext, "host" | "clock">,
  tell: () => void,
): Disposable {
  const off = host.events.on("*", (told) => {
    const { type, execution_id } = told as Readonly<Record<string, unknown>>;
    if (type === "workflow_started" && execution_id === executionId) tell();
  });
  let undo = () => {};
  const later = () => {
    undo = clock.setTimer(look, LOOK_MS, { background: true });
  };
  const look = () => (isThere(executionId, { host }) ? tell() : later());
  later();
  return {
    [Symbol.dispose]() {
      off();
      undo();
    },
  };
}

/** Whether a run is on disk. */
function isThere(executionId: string, { host }: Pick<ToolContext, "host">): boolean {
  try {
    return host.workflowManager.getExecution(executionId, { outputs: false }) !== null;
  } catch {
    // What is wrong with the store is told by the run.
    return false;
  }
}

/** What kept a run from beginning. */
const asError = ({ error, error_code, details, suggestions }: RunOutcome): OrchestrationError =>
  new OrchestrationError(error ?? "The run did not begin", {
    code: isErrorCode(error_code) ? error_code : "WORKFLOW_EXECUTION_FAILED",
    retryable: false,
    ...(details === undefined ? {} : { details }),
    ...(suggestions === undefined ? {} : { suggestions }),
  });
