import type { JsonObject } from "@orch/core";

/** What went wrong, for the model that has called the tool. */
export interface McpErrorDetail {
  /** The class of the error. */
  readonly error_type: string;
  /** One sentence, without paths, stacks and secrets. */
  readonly error_message: string;
  /** Match on this. */
  readonly error_code: string;
  /** JSON facts, such as `problems` or `available`. */
  readonly error_details: JsonObject;
  /** What to try next, most promising first. */
  readonly suggestions: readonly string[];
}

/** The result of every tool, good or bad: JSON. */
export interface McpResult {
  readonly status: "success" | "failure";
  readonly success: boolean;
  /** Also there on failure, whenever there is something to give. */
  readonly data: JsonObject | null;
  readonly error: McpErrorDetail | null;
  /** `timestamp` (ISO-8601), `tool_name`, and what the tool says of the call. */
  readonly metadata: JsonObject;
}

/** What a tool hands over: its data, and what went wrong with the work that it was asked for. */
export interface ToolOutcome {
  readonly data: JsonObject;
  readonly metadata?: JsonObject;
  /** Absent or null: all went well. */
  readonly error?: McpErrorDetail | null;
}

/** The result of a call that came to its tool. */
export const resultOf = (
  { data, metadata = {}, error = null }: ToolOutcome,
  base: JsonObject,
): McpResult => ({
  status: error === null ? "success" : "failure",
  success: error === null,
  data,
  error,
  metadata: { ...base, ...metadata },
});

/** The result of a call that did not, or that came to nothing. */
export const failureResult = (error: McpErrorDetail, metadata: JsonObject): McpResult => ({
  status: "failure",
  success: false,
  data: null,
  error,
  metadata,
});

/** The run that a result is about; null for none. */
export function executionIdOf({ data }: Pick<McpResult, "data">): string | null {
  const id = data?.["execution_id"];
  return typeof id === "string" ? id : null;
}
