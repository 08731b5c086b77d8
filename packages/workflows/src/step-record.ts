import type { JsonObject } from "@orch/core";
import type { Failure, LiveTask, Turn } from "@orch/tasks";
import type { LiveFan } from "./live-execution.ts";
import type { StepEnd } from "./run-change.ts";
import { APART_FROM, type StepRecord } from "./stored-step.ts";
import type { Wait } from "./wait.ts";

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
  cached,
  usage,
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
  if (cached) record["cached"] = true;
  if (usage) record["usage"] = { cpu_ms: usage.cpuMs, peak_bytes: usage.peakBytes };
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

/** The record of a `foreach` step: the results of its items are theirs. `end` is null while it runs. */
export function recordOfFan(
  {
    attempt,
    startedAt,
    fan,
    runsWorkflows,
  }: Pick<LiveFan, "attempt" | "startedAt" | "fan" | "runsWorkflows">,
  at: number,
  end: StepEnd | null,
): JsonObject {
  const items = { items: fan.size, ...(runsWorkflows ? { runs_workflows: true } : {}) };
  const record = { attempt, failures: 0, started_at: startedAt, ...items };
  if (end === null) return { ...record, status: "running", ended_at: 0, execution_ms: 0 };
  const { status, failure, warning } = end;
  return {
    ...record,
    status,
    failures: status === "failed" ? 1 : 0,
    ended_at: at,
    execution_ms: Math.max(0, at - startedAt),
    ...(warning === undefined ? {} : { warning }),
    ...(failure ? { error: withoutStack(failure) } : {}),
  };
}

/**
 * The record of a step that waits, or of one that has; it ran no code. With `dueAt` in the wait it is tried again, and `end`
 * is how the attempt before ended.
 */
export function recordOfWait(
  wait: Omit<Wait, "node" | "item" | "timeoutMs">,
  at: number,
  end: StepEnd | null,
): JsonObject {
  const { since, until, child, request, attempt, failures, dueAt } = wait;
  const record = {
    attempt,
    failures,
    started_at: since,
    wait: { until, request: request as unknown as JsonObject },
    ...(child === null ? {} : { child }),
    ...(dueAt > 0 ? { due_at: dueAt } : {}),
  };
  if (end === null || dueAt > 0) {
    const error = end?.failure ? { error: withoutStack(end.failure) } : {};
    return { ...record, status: "running", ended_at: 0, execution_ms: 0, ...error };
  }
  const { status, failure, output } = end;
  return {
    ...record,
    status,
    failures: status === "completed" ? failures : failures + 1,
    ended_at: at,
    execution_ms: Math.max(0, at - since),
    ...(status === "completed" ? { result: output } : {}),
    ...(failure ? { error: withoutStack(failure) } : {}),
  };
}

/** What is told and stored of a failure: not its whole stack. */
const withoutStack = ({ stack: _, ...failure }: Failure): JsonObject => failure as unknown as JsonObject;

/** Moves the large results among the step records of a turn into records of their own. */
export function setResultsApart(turn: Turn): void {
  for (const [key, value] of turn.writes) {
    const record = value as unknown as StepRecord | undefined;
    if (!key.startsWith("steps/") || record?.status !== "completed" || record.result_apart) continue;
    const { result, ...rest } = record;
    if (!isLarge(result)) continue;
    turn.put(`results/${key.slice("steps/".length)}`, result as JsonObject);
    turn.put(key, { ...rest, result_apart: true } as unknown as JsonObject);
  }
}

function isLarge(result: unknown): boolean {
  if (typeof result === "string") return result.length > APART_FROM;
  return typeof result === "object" && result !== null && JSON.stringify(result).length > APART_FROM;
}
