import {
  didYouMean,
  type ErrorCode,
  InvalidParametersError,
  nearestNames,
  OrchestrationError,
  PermissionDeniedError,
} from "@orch/core";
import { shownName } from "@orch/core/base";
import type { Verdict } from "./policy-decision.ts";

/** No tool has the name. Details: `tool`, `available`, `near`. */
export class ToolNotFoundError extends OrchestrationError {
  static override readonly code: ErrorCode = "TOOL_NOT_FOUND";
  static override readonly retryable: boolean = false;
}

/** The error for an unknown tool, with what was probably meant. */
export function toolNotFound(tool: string, available: readonly string[]): ToolNotFoundError {
  const near = nearestNames(tool, available);
  return new ToolNotFoundError(`Tool ${shownName(tool)} not found`, {
    details: { tool: tool.slice(0, 64), available, near },
    suggestions: [...didYouMean(near), `Available: ${available.join(", ")}.`],
  });
}

/** The error for tools without the part of a host that they need. */
export const unavailable = (what: string): OrchestrationError =>
  new OrchestrationError(`${what} not available: the host has none`, {
    code: "MCP_UNAVAILABLE",
    retryable: false,
    suggestions: ["Give the tools an OrchestrationEngine."],
  });

/** What is wrong with an argument. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** The error for arguments that a tool cannot take. */
export const wrongArguments = (
  tool: string,
  problems: readonly Problem[],
  suggestions: readonly string[] = [],
): InvalidParametersError =>
  new InvalidParametersError(
    `Invalid arguments for ${tool}: ${problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ")}`,
    { details: { problems }, suggestions },
  );

/** The error for something that is larger than it may be. */
export const limitExceeded = (what: string, limit: number, value: number): OrchestrationError =>
  new OrchestrationError(`${what}: ${value}, and the limit is ${limit}`, {
    code: "LIMIT_EXCEEDED",
    retryable: false,
    details: { limit, value },
    suggestions: ["Send less at once, or put large data into a file that the workflow reads."],
  });

/** The error for too many calls. */
export const rateLimited = (message: string, retryAfterMs: number): OrchestrationError =>
  new OrchestrationError(message, {
    code: "RATE_LIMITED",
    details: { retryAfterMs },
    suggestions: [
      `Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1000))} s, or call fewer tools at once.`,
    ],
  });

/** The error for what a policy does not allow. */
export const deniedBy = ({
  message,
  rule,
  details,
  suggestions,
}: Extract<Verdict, { allowed: false }>): PermissionDeniedError =>
  new PermissionDeniedError(message, { details: { rule, ...details }, suggestions });

/** The error for a call whose caller has given up before anything was done. */
export const givenUp = (): OrchestrationError =>
  new OrchestrationError("The call was cancelled", { code: "CANCELLED", retryable: false });
