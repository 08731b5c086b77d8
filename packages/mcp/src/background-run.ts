import { isErrorCode, OrchestrationError } from "@orch/core";
import type { RunOutcome } from "./orchestration-api.ts";
import type { ToolContext } from "./tool.ts";

/** Starts a run, and resolves once it is on disk. Rejects with what kept it from beginning. */
export async function startInBackground(
  executionId: string,
  start: () => Promise<RunOutcome>,
  context: Pick<ToolContext, "host">,
): Promise<void> {
  const { promise: begun, resolve } = Promise.withResolvers<null>();
  using _ = whenBegun(executionId, context, () => resolve(null));
  const work = start();
  const refused = await Promise.race([begun, work]);
  if (refused !== null && refused.execution_id !== executionId) throw asError(refused);
  // How it ends is kept with the run.
  work.catch(() => {});
}

/** Calls `tell` when a run has begun, until it is disposed of. */
function whenBegun(executionId: string, { host }: Pick<ToolContext, "host">, tell: () => void): Disposable {
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
