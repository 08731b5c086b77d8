import type { JsonObject, JsonValue } from "@orch/core";
import type { StepRecord } from "./execution-record.ts";
import { describeEnd } from "./run-change.ts";
import { endOf } from "./stored-run.ts";

/** How a step of an execution stands, as JSON. */
export type StepResult = JsonObject & { readonly success: boolean; readonly status: string };

/** The result of a step that has a record. `used` are the parameters that it got. */
export function stepResult(name: string, record: StepRecord, used: JsonObject): StepResult {
  const { status, execution_ms, attempt, failures, reason } = record;
  const success = status === "completed";
  const base = {
    success,
    status,
    execution_time: execution_ms / 1000,
    attempts: attempt,
    retry_count: Math.max(0, success ? failures : failures - 1),
    cached: false,
  };
  if (success)
    return {
      ...base,
      message: `Step ${name} completed successfully`,
      output: (record.result ?? null) as JsonValue,
      parameters_used: used,
    };
  if (status === "skipped") return { ...base, message: `Step ${name} was skipped: ${reason ?? ""}` };
  if (!record.error) return base;
  const { message, type, code, suggestions } = record.error;
  return {
    ...base,
    message: describeEnd(name, endOf(record)),
    error: message,
    error_type: type,
    error_code: code,
    suggestions,
  };
}
