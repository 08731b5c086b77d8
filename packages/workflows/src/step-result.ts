import type { JsonObject, JsonValue } from "@orch/core";
import { describeEnd } from "./run-change.ts";
import { endOf } from "./stored-run.ts";
import type { StepRecord } from "./stored-step.ts";

/** How a step of an execution stands, as JSON. */
export type StepResult = JsonObject & { readonly success: boolean; readonly status: string };

/**
 * The result of a step that has a record. `used` are the parameters that it got; with null it has neither these nor its
 * output.
 */
export function stepResult(name: string, record: StepRecord, used: JsonObject | null): StepResult {
  const given = used === null ? {} : { output: outputOf(record), parameters_used: used };
  return resultOf(`Step ${name}`, describeEnd(name, endOf(record)), record, given);
}

/** The result of an item of a `foreach` step that has a record. */
export function itemResult(step: string, item: number, record: StepRecord): StepResult {
  const end = describeEnd(`${step}, item ${item}`, endOf(record));
  return resultOf(`Item ${item} of step ${step}`, end, record, { output: outputOf(record) });
}

const outputOf = ({ result }: StepRecord): JsonValue => (result ?? null) as JsonValue;

function resultOf(subject: string, end: string, record: StepRecord, given: JsonObject): StepResult {
  const { status, reason } = record;
  const base = figuresOf(record);
  if (status === "completed") return { ...base, message: `${subject} completed successfully`, ...given };
  if (status === "skipped") return { ...base, message: `${subject} was skipped: ${reason ?? ""}` };
  if (record.wait && status === "running")
    return { ...base, waiting: { ...record.wait.request, until: record.wait.until } as JsonObject };
  if (!record.error) return base;
  const { message, type, code, details, suggestions, at } = record.error;
  const error = { error: message, error_type: type, error_code: code, details: details as JsonObject };
  return { ...base, message: end, ...error, suggestions, ...(at === undefined ? {} : { at }) };
}

function figuresOf({ status, execution_ms, attempt, failures, ...record }: StepRecord): StepResult {
  const success = status === "completed";
  return {
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
}
