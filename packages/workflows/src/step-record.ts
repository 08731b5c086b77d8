import type { JsonObject } from "@orch/core";
import type { Failure, LiveTask, Turn } from "@orch/tasks";
import { APART_FROM, asRecord, type StepRecord } from "./execution-record.ts";
import type { StepEnd } from "./run-change.ts";

/** The record of a step that the scheduler has. */
export function recordOfTask({
  status,
  attempt,
  failures,
  startedAt,
  endedAt,
  executionMs,
  dueAt,
  value,
  failure,
}: LiveTask): JsonObject {
  const record: Record<string, unknown> = {
    status,
    attempt,
    failures,
    started_at: startedAt,
    ended_at: endedAt,
    execution_ms: executionMs,
  };
  if (dueAt > 0) record["due_at"] = dueAt;
  if (status === "completed") record["result"] = value;
  if (failure) record["error"] = withoutStack(failure);
  return record as JsonObject;
}

/** The record of a step that ended without running this time. `earlier` is what it left behind when it ran before. */
export function recordOfEnd(
  { status, reason, failure }: StepEnd,
  at: number,
  earlier: StepRecord | undefined,
): JsonObject {
  return {
    status,
    attempt: earlier?.attempt ?? 0,
    failures: 0,
    started_at: earlier?.started_at ?? 0,
    ended_at: at,
    execution_ms: earlier?.execution_ms ?? 0,
    ...(reason === undefined ? {} : { reason }),
    ...(failure ? { error: withoutStack(failure) } : {}),
  };
}

/** What is told and stored of a failure: not where in the code it was thrown. */
const withoutStack = ({ stack: _, ...failure }: Failure): JsonObject => failure as unknown as JsonObject;

/** Moves the large results among the step records of a turn into records of their own. */
export function setResultsApart(turn: Turn): void {
  for (const [key, value] of turn.writes) {
    const record = value as unknown as StepRecord | undefined;
    if (!key.startsWith("steps/") || record?.status !== "completed" || record.result_apart) continue;
    const { result, ...rest } = record;
    if (!isLarge(result)) continue;
    turn.put(`results/${key.slice("steps/".length)}`, result as JsonObject);
    turn.put(key, asRecord({ ...rest, result_apart: true }));
  }
}

function isLarge(result: unknown): boolean {
  if (typeof result === "string") return result.length > APART_FROM;
  return typeof result === "object" && result !== null && JSON.stringify(result).length > APART_FROM;
}
