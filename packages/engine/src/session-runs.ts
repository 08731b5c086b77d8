import { type Task, TaskCancelledError, type TaskOrchestrator, type TaskResult } from "@orch/tasks";
import type { RunOptions, Workflow } from "@orch/workflows";
import type { OrchestrationSession } from "./session.ts";
import type { Work } from "./session-work.ts";

/** The session that something is run in; an implicit one was made for it. */
export interface SessionScope {
  readonly session: OrchestrationSession;
  readonly isImplicit: boolean;
}

/**
 * The options of a run in a session. What is tighter counts: a sequential session makes its runs so; its limit holds for all
 * of them together, where they run. An option decides.
 */
export function sessionOptions(
  options: RunOptions,
  own: Pick<Workflow, "mode" | "maxParallel">,
  { session, isImplicit }: SessionScope,
): RunOptions {
  const isSequential = !isImplicit && session.mode === "sequential";
  const mode = options.mode ?? (isSequential ? session.mode : (own.mode ?? session.mode));
  if (isImplicit) return { ...options, mode };
  return {
    ...options,
    mode,
    maxParallel: options.maxParallel ?? own.maxParallel ?? session.maxParallelTasks,
  };
}

/** Runs a task as work of a session; it is cancelled when the session ends, or with the caller's signal. */
export async function runTaskInSession(
  task: Task,
  work: Work,
  orchestrator: TaskOrchestrator,
  signal: AbortSignal | undefined,
): Promise<TaskResult> {
  const cancel = () => void orchestrator.cancelTask(task.id);
  const all = signal ? AbortSignal.any([signal, work.signal]) : work.signal;
  if (all.aborted) throw new TaskCancelledError(`Task '${task.name}' was cancelled before it began`);
  all.addEventListener("abort", cancel, { once: true });
  try {
    return await orchestrator.executeTask(task);
  } finally {
    all.removeEventListener("abort", cancel);
  }
}
