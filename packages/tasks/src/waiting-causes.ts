import { toIso } from "@orch/core";
import { type CompiledDemand, explanationOf, type Lack, type Refusal } from "@orch/resources";
import type { BookEntry } from "./book-entry.ts";
import type { Cause } from "./cause.ts";
import { contestOf } from "./contest.ts";
import { isHeldUp } from "./group.ts";
import type { LiveTask } from "./live-task.ts";
import { ticketOf } from "./scheduler.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";

/** What stands in the way of a task that the scheduler has, or had. O(ready tasks). */
export function waitingCauses(task: LiveTask, runtime: TaskRuntime): Cause[] {
  if (isTerminalStatus(task.status)) return endCauses(task);
  if (runtime.error) return haltCauses(runtime);
  if (task.status !== "ready") return runningCauses(task, runtime);
  const { running, limit } = runtime.scheduler;
  const causes = haltCauses(runtime);
  if (running >= limit)
    causes.push({ reason: "workers", running, limit, message: `All ${limit} workers are taken` });
  const refusals = refusalsOf(task, runtime);
  causes.push(...groupCauses(task), ...resourceCauses(task, refusals, runtime));
  // With nothing in its way it starts with the next tick.
  if (causes.length > 0) causes.push(...contestCauses(task, refusals, runtime));
  return causes;
}

/** That nothing starts at all, if so. */
export function haltCauses({ error, scheduler }: TaskRuntime): Cause[] {
  if (error) return [{ reason: "loop_ended", code: error.code, message: error.message }];
  if (!scheduler.stopped) return [];
  return [{ reason: "not_started", message: "Execution was not started, or was stopped" }];
}

/** The resources that a ready task waits for, itself or behind one with the same demand; null for none. O(1). */
export const shortOf = (task: LiveTask, { scheduler }: TaskRuntime): readonly string[] | null =>
  task.status === "ready" && task.spec.demand ? scheduler.queue.parkedOn(task) : null;

/** A task that waits for resources is shown as blocked, although the scheduler has it among those that are ready. */
export function shownStatus({ live, told }: BookEntry, runtime: TaskRuntime): TaskStatus {
  if (live.status !== "ready" || (told !== "ready" && told !== "blocked")) return told;
  return shortOf(live, runtime) ? "blocked" : "ready";
}

function endCauses(task: LiveTask): Cause[] {
  const { status, failure } = task;
  const code = failure?.code ?? null;
  const causes: Cause[] = [
    { reason: "ended", status, code, message: failure?.message ?? `It has ended: ${status}` },
  ];
  if (task.attemptRunning) causes.push(drainingCause(task));
  return causes;
}

function drainingCause({ attempt, timedOut }: LiveTask): Cause {
  const message = timedOut
    ? `Attempt ${attempt} is past its time, and its code has not stopped`
    : "Its code still runs and keeps what it holds";
  return { reason: "draining", attempt, message };
}

function runningCauses(task: LiveTask, runtime: TaskRuntime): Cause[] {
  const { clock } = runtime;
  const { attempt, dueAt, sinceMs, failure } = task;
  if (task.attemptRunning && task.timedOut) return [drainingCause(task)];
  if (task.attemptRunning || dueAt === 0) {
    const since = toIso(clock.now() - Math.max(0, clock.monotonic() - sinceMs));
    return [{ reason: "running", attempt, since, message: `Attempt ${attempt} is running` }];
  }
  const due_in = Math.max(0, dueAt - clock.now()) / 1000;
  const error = failure?.message ?? null;
  const message = `Attempt ${attempt + 1} is due in ${due_in} seconds`;
  return [
    ...haltCauses(runtime),
    { reason: "retry", attempt: attempt + 1, due_at: toIso(dueAt), due_in, error, message },
  ];
}

function groupCauses(task: LiveTask): Cause[] {
  const { group } = task;
  if (group === null) return [];
  const { id, running, limit, heldBy } = group;
  const causes: Cause[] = [];
  if (running >= limit) {
    const message =
      id === ""
        ? `Tasks run one after the other in sequential mode: ${running} of at most ${limit} runs`
        : `'${id}' runs ${running} of at most ${limit}`;
    causes.push({ reason: "group", group: id === "" ? "sequential" : id, running, limit, message });
  }
  if (heldBy !== null && isHeldUp(group, task)) {
    const message = `'${heldBy.spec.name}' comes first and waits for resources`;
    causes.push({ reason: "order", task_id: heldBy.spec.id, message });
  }
  return causes;
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

/** What the ledger says to a ready task now, also where it was not asked since no worker was free. */
function refusalsOf(task: LiveTask, runtime: TaskRuntime): readonly Refusal[] {
  const { demand, id } = task.spec;
  if (demand === null) return [];
  runtime.syncLedger();
  return runtime.ledger.explain(demand, id, runtime.clock.monotonic(), ticketOf(task));
}

function resourceCauses(task: LiveTask, refusals: readonly Refusal[], runtime: TaskRuntime): Cause[] {
  const short = shortOf(task, runtime);
  if (refusals.length === 0 && short === null) return [];
  const { ledger, clock } = runtime;
  const [now, wall] = [clock.monotonic(), clock.now()];
  const { lacks } = explanationOf(refusals, ledger, now, wall);
  const message = lacks.map((lack) => lack.message).join("; ") || `Waits for ${short?.join(", ")}`;
  const waits_since = toIso(wall - Math.max(0, now - task.sinceMs));
  return [{ reason: "resources", lacks, waits_since, message }];
}

function contestCauses(task: LiveTask, refusals: readonly Refusal[], runtime: TaskRuntime): Cause[] {
  const { first, others } = contestOf(task, refusals, runtime);
  const causes: Cause[] = [];
  if (others.size > 0) {
    const waiting = [...others].map(([resource_id, count]) => {
      const processes = runtime.waitingElsewhere(resource_id).slice(0, count);
      return { resource_id, count, processes };
    });
    const message = `Others have waited longer: ${waiting.map(describeOthers).join(", ")}`;
    causes.push({ reason: "others_first", waiting, message });
  }
  const [next] = first;
  if (next === undefined) return causes;
  const ahead = first.length;
  const message = `${ahead} ${ahead === 1 ? "task goes" : "tasks go"} first, next '${next.spec.name}'`;
  causes.push({ reason: "priority", ahead, next: next.spec.id, message });
  return causes;
}

/** Who waits for a resource or lock: the processes that are known, and how many more. */
function describeOthers({
  resource_id,
  count,
  processes,
}: Extract<Cause, { readonly reason: "others_first" }>["waiting"][number]): string {
  const pids = processes.flatMap(({ pid }) => (pid === null ? [] : [`process ${pid}`]));
  const rest = count - pids.length;
  const byHand = rest === 0 ? [] : [`${rest} ${rest === 1 ? "request" : "requests"} by hand`];
  return `${[...pids, ...byHand].join(" and ")} for '${resource_id}'`;
}
