import { type ErrorCode, errorMessage, type JsonObject, OrchestrationError } from "@orch/core";
import { ResourceAllocationError } from "@orch/resources";

/** A session is in the wrong state for what was asked of it. */
export class SessionError extends OrchestrationError {
  static override readonly code: ErrorCode = "SESSION_ERROR";
  static override readonly retryable: boolean = false;
}

/** No open session has this id. */
export class SessionNotFoundError extends SessionError {
  static override readonly code: ErrorCode = "SESSION_NOT_FOUND";
}

/** No open session has this id. */
export const sessionNotFound = (id: string): SessionNotFoundError =>
  new SessionNotFoundError(`Session ${id} not found`, {
    details: { session_id: id },
    suggestions: ["Make one with createSession; one that was closed takes no more work."],
  });

/** Its session is paused. */
export const sessionPaused = (id: string): SessionError =>
  new SessionError(`Session ${id} is paused`, {
    details: { session_id: id, status: "paused" },
    suggestions: ["Go on with resumeSession, or use another session."],
  });

/** Its session was closed while it ran. */
export const sessionClosed = (id: string, status: string): SessionError =>
  new SessionError(`Session ${id} was closed while work ran in it`, {
    details: { session_id: id, status },
    suggestions: ["Wait for the work of a session before it is closed."],
  });

/** The time of its session was over. */
export const sessionTimedOut = (id: string, timeoutMs: number): SessionError =>
  new SessionError("Workflow execution timed out", {
    code: "TIMEOUT_EXCEEDED",
    details: { session_id: id, timeout_ms: timeoutMs },
    suggestions: ["Give the session more time, or none: timeoutMs counts from its first work."],
  });

/** What it requires cannot be granted: nothing is held. */
export const sessionUnequipped = (
  id: string,
  requirements: JsonObject,
  cause: unknown,
): ResourceAllocationError =>
  new ResourceAllocationError("Failed to allocate required resources", {
    details: { user_id: id, requirements, reason: errorMessage(cause) },
    suggestions: [
      "Ask for less, or wait until others have given back what they hold: getResourceUsage says what is free.",
    ],
    cause,
  });
