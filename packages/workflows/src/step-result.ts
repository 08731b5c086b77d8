import type { JsonObject, JsonValue } from "@orch/core";
import { describeEnd } from "./run-change.ts";
import { endOf } from "./stored-run.ts";
import type { StepRecord } from "./stored-step.ts";

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
    cached: record.cached ?? false,
    ...(record.usage === undefined
      ? {}
      : { cpu_time: record.usage.cpu_ms / 1000, memory_usage: record.usage.peak_bytes }),
    ...(record.child === undefined ? {} : { child_execution_id: record.child }),
    ...(record.items === undefined ? {} : { items: record.items }),
    ...(record.warning === undefined ? {} : { warning: record.warning }),
  };
  if (success)
    return {
      ...base,
      message: `Step ${name} completed successfully`,
      output: (record.result ?? null) as JsonValue,
      parameters_used: used,
    };
  if (status === "skipped") return { ...base, message: `Step ${name} was skipped: ${reason ?? ""}` };
  if (record.wait && status === "running")
    return { ...base, waiting: { ...record.wait.request, until: record.wait.until } as JsonObject };
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
