import type { LiveTask, Turn } from "@orch/tasks";
import type { WorkflowEvent } from "./events.ts";
import { type ExecutionRecord, keys } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";
import type { StepEnd } from "./run-change.ts";
import type { ExecutionEvent } from "./stored-events.ts";

/** What happened, without what every event has: `type` and the rest of its kind. */
export type Fact = Partial<WorkflowEvent> & { readonly type: WorkflowEvent["type"] };

/** Numbers a fact as the execution's next event; it is written at the end of the turn. */
export function note(execution: LiveExecution, fact: Fact, { at }: Turn): void {
  const { id, record } = execution;
  const event = {
    ...fact,
    sequence: ++execution.sequence,
    at,
    execution_id: id,
    workflow_name: record.workflow_name,
  };
  execution.unwritten.push(event as unknown as ExecutionEvent);
}

/** Events of a record: a reader that wants one of them reads them all. */
const MOST_IN_RECORD = 256;

/** Writes what was noted in this turn, in few records, and tells it after the commit. */
export function writeEvents(
  execution: LiveExecution,
  turn: Turn,
  tell: (event: WorkflowEvent) => void,
): void {
  const events = execution.unwritten;
  const [first] = events;
  if (!first) return;
  execution.unwritten = [];
  for (let from = 0; from < events.length; from += MOST_IN_RECORD)
    turn.put(keys.event(execution.id, first.sequence + from), events.slice(from, from + MOST_IN_RECORD));
  turn.afterCommit(() => {
    for (const event of events) tell(event as unknown as WorkflowEvent);
  });
}

/** An execution has begun, or goes on. */
export function begunFact({ record, run }: LiveExecution): Fact {
  const { session_id, epoch } = record;
  return { type: "workflow_started", session_id, steps_count: run.compiled.steps.length, resumed: epoch > 0 };
}

/** An execution has ended. */
export function endedFact({ session_id, status, started_at, ended_at, errors }: ExecutionRecord): Fact {
  const execution_time = Math.max(0, (ended_at ?? started_at) - started_at) / 1000;
  const success = status === "completed";
  return {
    type: "workflow_completed",
    session_id,
    success,
    status,
    execution_time,
    error: errors[0] ?? null,
  };
}

/** The task of a step has ended. */
export const taskEndedFact = ({ spec, status, attempt, executionMs, failure, cached }: LiveTask): Fact =>
  stepEndedFact(spec.name, attempt, executionMs, { status, failure, cached });

/** A step that has run has ended. */
export function stepEndedFact(
  step_name: string,
  attempt: number,
  ms: number,
  { status, failure, cached }: Pick<StepEnd, "status" | "failure" | "cached">,
): Fact {
  const times = { step_name, attempt, execution_time: ms / 1000 };
  if (status === "completed") return { type: "step_completed", ...times, ...(cached ? { cached } : {}) };
  return {
    type: "step_failed",
    ...times,
    status,
    error: failure?.message ?? "",
    error_code: failure?.code ?? "",
  };
}

/** An item of a `foreach` step has ended; `attempted` is undefined for one that could not be started. */
export function itemEndedFact(
  step_name: string,
  item: number,
  { status, failure }: Pick<StepEnd, "status" | "failure">,
  attempted?: Pick<LiveTask, "attempt" | "executionMs">,
): Fact {
  const { attempt = 0, executionMs = 0 } = attempted ?? {};
  const times = { step_name, item, attempt, execution_time: executionMs / 1000 };
  if (status === "completed") return { type: "item_completed", ...times };
  return {
    type: "item_failed",
    ...times,
    status,
    error: failure?.message ?? "",
    error_code: failure?.code ?? "",
  };
}

/** A step has ended without running; `attempt` is the last one that it had before. */
export function notRunFact(
  step_name: string,
  { status, failure, reason = "" }: StepEnd,
  attempt: number,
): Fact {
  if (failure === null) return { type: "step_skipped", step_name, reason };
  const { message: error, code: error_code } = failure;
  return { type: "step_failed", step_name, status, attempt, execution_time: 0, error, error_code };
}
