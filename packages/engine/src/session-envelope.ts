import { isErrorCode, type OrchestrationError, toErrorResponse } from "@orch/core";
import { type Envelope, errorEnvelope, WorkflowExecutionError } from "@orch/workflows";

/** The envelope of a run that its session has not let begin. */
export const refusedEnvelope = (error: unknown, session_id: string | null): Envelope => ({
  ...errorEnvelope(error, ""),
  session_id,
});

/** The envelope of a run that its session has ended, and why. */
export function endedEnvelope(envelope: Envelope, why: OrchestrationError): Envelope {
  const { error, error_type, error_code, details, suggestions } = toErrorResponse(why);
  return { ...envelope, error, error_type, error_code, details, suggestions };
}

/** What a failure is thrown as by who was asked to throw it. */
export function thrownFor({ error, error_code, details, suggestions }: Envelope): WorkflowExecutionError {
  return new WorkflowExecutionError(error ?? "Workflow execution failed", {
    ...(isErrorCode(error_code) ? { code: error_code } : {}),
    ...(details ? { details } : {}),
    ...(suggestions ? { suggestions } : {}),
  });
}
