import { toErrorResponse } from "@orch/core";
import type { McpErrorDetail } from "./mcp-result.ts";
import { replyDetails, replyText } from "./reply-text.ts";

const MOST_SUGGESTIONS = 5;

/** What is told of an error, and what it was. */
interface FailedWork {
  readonly error: string;
  readonly error_type: string;
  readonly error_code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly suggestions: readonly string[];
}

/** An error as a caller may see it. One that is none of ours is an INTERNAL_ERROR, told by `errorId` alone. */
export function errorDetail(error: unknown, baseDir: string, errorId: () => string): McpErrorDetail {
  const response = toErrorResponse(error);
  return response.error_code === "INTERNAL_ERROR" ? internalError(errorId()) : detailOf(response, baseDir);
}

/** What work says of its failure, as a caller may see it. */
export const detailOf = (
  { error, error_type, error_code, details, suggestions }: FailedWork,
  baseDir: string,
): McpErrorDetail => ({
  error_type,
  error_code,
  error_message: replyText(error, baseDir),
  error_details: replyDetails(details, baseDir),
  suggestions: suggestions.slice(0, MOST_SUGGESTIONS).map((each) => replyText(each, baseDir)),
});

const internalError = (errorId: string): McpErrorDetail => ({
  error_type: "OrchestrationError",
  error_code: "INTERNAL_ERROR",
  error_message: "An internal error occurred",
  error_details: { error_id: errorId },
  suggestions: ["Look for the error_id in the log of the server."],
});
