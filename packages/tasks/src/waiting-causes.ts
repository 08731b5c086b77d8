import { toIso } from "@orch/core";
import { type CompiledDemand, explanationOf, type Lack } from "@orch/resources";
import type { BookEntry } from "./book-entry.ts";
import type { Cause } from "./cause.ts";
import { isHeldUp } from "./group.ts";
import type { LiveTask } from "./live-task.ts";
import { ticketOf } from "./scheduler.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";

/** What stands in the way of a task that the scheduler has, or had. O(ready tasks). */
export function waitingCauses(task: LiveTask, runtime: TaskRuntime): Cause[] {
  if (isTerminalStatus(task.status)) return endCauses(task);
  if (runtime.error)
    return [{ reason: "loop_ended", code: runtime.error.code, message: runtime.error.message }];
  if (task.status !== "ready") return [runningCause(task, runtime)];
  const { running, limit, stopped } = runtime.scheduler;
  const causes: Cause[] = [];
  if (stopped) causes.push({ reason: "not_started", message: "Execution was not started, or was stopped" });
  if (running >= limit)
    causes.push({ reason: "workers", running, limit, message: `All ${limit} workers are taken` });
  causes.push(...groupCauses(task), ...resourceCauses(task, runtime));
  const { ahead, next } = runtime.scheduler.queue.placeOf(task);
  if (next && causes.length > 0) {
    const message = `${ahead} ${ahead === 1 ? "task goes" : "tasks go"} first, next '${next.spec.name}'`;
    causes.push({ reason: "priority", ahead, next: next.spec.id, message });
  }
  return causes;
}

/** The resources that a ready task waits for, itself or behind one with the same demand; null for none. O(1). */
export const shortOf = (task: LiveTask, { scheduler }: TaskRuntime): readonly string[] | null =>
  task.status === "ready" && task.spec.demand ? scheduler.queue.placeOf(task, false).parkedOn : null;

/** A task that waits for resources is shown as blocked, although the scheduler has it among those that are ready. */
export function shownStatus({ live, told }: BookEntry, runtime: TaskRuntime): TaskStatus {
  if (live.status !== "ready" || (told !== "ready" && told !== "blocked")) return told;
  return shortOf(live, runtime) ? "blocked" : "ready";
}

function endCauses({ status, failure, attemptRunning, attempt }: LiveTask): Cause[] {
  const code = failure?.code ?? null;
  const causes: Cause[] = [
    { reason: "ended", status, code, message: failure?.message ?? `It has ended: ${status}` },
  ];
  if (attemptRunning)
    causes.push({ reason: "draining", attempt, message: "Its code still runs and keeps what it holds" });
  return causes;
}

function runningCause(task: LiveTask, { clock }: TaskRuntime): Cause {
  const { attempt, dueAt, sinceMs, failure } = task;
  if (task.attemptRunning || dueAt === 0) {
    const since = toIso(clock.now() - Math.max(0, clock.monotonic() - sinceMs));
    return { reason: "running", attempt, since, message: `Attempt ${attempt} is running` };
  }
  const due_in = Math.max(0, dueAt - clock.now()) / 1000;
  const error = failure?.message ?? null;
  const message = `Attempt ${attempt + 1} is due in ${due_in} seconds`;
  return { reason: "retry", attempt: attempt + 1, due_at: toIso(dueAt), due_in, error, message };
}

function groupCauses(task: LiveTask): Cause[] {
  const { group } = task;
  if (group === null) return [];
  const { id, running, limit, heldBy } = group;
  if (running >= limit)
    return [
      { reason: "group", group: id, running, limit, message: `'${id}' runs ${running} of at most ${limit}` },
    ];
  if (heldBy === null || !isHeldUp(group, task)) return [];
  const message = `'${heldBy.spec.name}' comes first and waits for resources`;
  return [{ reason: "order", task_id: heldBy.spec.id, message }];
}

/**
 * What a demand lacks now, one line for each resource that is short, counting what other processes hold; none when it would
 * be granted. `holder` is who would hold it.
 */
export function lacksOf(demand: CompiledDemand, holder: string, runtime: TaskRuntime): readonly Lack[] {
  runtime.syncLedger();
  const { ledger, clock } = runtime;
  const [now, wall] = [clock.monotonic(), clock.now()];
  return explanationOf(ledger.explain(demand, holder, now), ledger, now, wall).lacks;
}

function resourceCauses(task: LiveTask, runtime: TaskRuntime): Cause[] {
  const { demand, id } = task.spec;
  const short = shortOf(task, runtime);
  if (demand === null || short === null) return [];
  const { ledger, clock } = runtime;
  const [now, wall] = [clock.monotonic(), clock.now()];
  const { lacks } = explanationOf(ledger.explain(demand, id, now, ticketOf(task)), ledger, now, wall);
  const message = lacks.map((lack) => lack.message).join("; ") || `Waits for ${short.join(", ")}`;
  const waits_since = toIso(wall - Math.max(0, now - task.sinceMs));
  return [{ reason: "resources", lacks, waits_since, message }];
}
