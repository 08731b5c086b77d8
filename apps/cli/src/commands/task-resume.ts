import { OrchestrationError } from "@orch/core";
import { cleanText } from "@orch/core/base";
import { type OrchestrationEngine, type TaskEnvelope, taskEnvelope } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { EXIT } from "../exit-code.ts";
import { followTasks, showTaskEnd } from "../follow-task.ts";
import { findTask, isInterrupted, taskHasEnded } from "../known-task.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { showError } from "../show-error.ts";
import type { Terminal } from "../terminal.ts";

/** What was gone on with. */
interface Resumed {
  /** What the tasks came to that were taken over; null when a signal came first. */
  readonly ended: readonly TaskEnvelope[] | null;
  /** How many stay where they are, since nobody knows their action. */
  readonly waiting: number;
}

/**
 * Goes on with all single tasks whose process is gone, and follows them to their end; what has ended is not run again. With
 * an id the outcome is that of this task. A signal leaves them as they are: they can be resumed again.
 */
export async function resumeTasks(
  id: string | undefined,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  const note = (text: string) => terminal.err(cleanText(text));
  await using engine = openEngine(options, note);
  if (id !== undefined) needInterrupted(id, engine);
  const after = `Go on with: ${commandText(id === undefined ? "task resume" : `task resume ${id}`)}`;
  const run = async (signal: AbortSignal): Promise<Resumed> => {
    const { adopted, failed, waiting } = await engine.taskOrchestrator.recover();
    if (!options.quiet && adopted.length > 0) note(`Goes on with ${count(adopted.length, "task")}`);
    const all = [...adopted, ...failed];
    const ended = (await isStopped(all, engine, signal)) ? null : outcomesOf(all, engine);
    return { ended, waiting: waiting.length };
  };
  const work = { isTold: () => true, run, stopping: "stopping" as const, after };
  const { outcome, signalled } = await followTasks(engine, work, options, terminal);
  const { ended, waiting } = outcome;
  if (ended === null) return showStopped(after, signalled, options, terminal);
  const own = ended.find(({ task_id }) => task_id === id);
  if (own) return showTaskEnd({ outcome: own, signalled }, options, terminal);
  if (id !== undefined) throw notTaken(id);
  return showAll({ ended, waiting }, options, terminal);
}

/** Throws TASK_NOT_FOUND; INVALID_STATE for a task that has ended or runs. */
function needInterrupted(id: string, engine: OrchestrationEngine): void {
  const { status, result } = findTask(id, engine);
  if (isInterrupted(id, engine)) return;
  if (result !== null) throw taskHasEnded(id, status);
  throw new OrchestrationError(`Task '${id}' need not be resumed: its process lives`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { task_id: id, status },
    suggestions: [`See what it does: ${commandText(`task show ${id}`)}`],
  });
}

/** Waits until the tasks have ended, or the signal comes. */
async function isStopped(
  taskIds: readonly string[],
  { taskOrchestrator }: OrchestrationEngine,
  signal: AbortSignal,
): Promise<boolean> {
  // It may have come while they were taken over.
  if (signal.aborted) return true;
  const stop = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([taskOrchestrator.waitForCompletion({ taskIds }), stop]);
  return signal.aborted;
}

const outcomesOf = (ids: readonly string[], { taskOrchestrator }: OrchestrationEngine): TaskEnvelope[] =>
  ids.flatMap((id) => {
    const result = taskOrchestrator.getTaskResult(id);
    return result === null ? [] : [taskEnvelope(result)];
  });

function showStopped(
  after: string,
  signalled: number | null,
  options: GlobalOptions,
  terminal: Terminal,
): number {
  const error = new OrchestrationError("Stopped before all tasks had ended", {
    code: "CANCELLED",
    retryable: false,
    suggestions: [after],
  });
  const exitCode = showError(error, options, terminal);
  return signalled ?? exitCode;
}

function showAll(
  { ended, waiting }: Resumed & { readonly ended: readonly TaskEnvelope[] },
  { json, quiet }: GlobalOptions,
  terminal: Terminal,
): number {
  const success = ended.every((each) => each.success) && waiting === 0;
  if (json) terminal.out(JSON.stringify({ type: "result", success, tasks: ended, waiting }));
  else {
    for (const { success: isGood, task_id, error = "" } of ended)
      if (!isGood) terminal.err(`${paint.bad("✖")} ${task_id}  ${cleanText(error)}`);
      else if (!quiet) terminal.err(`${paint.good("✔")} ${task_id}`);
    if (waiting > 0)
      terminal.err(`${count(waiting, "task")} of unknown actions stay as they are: bring their modules back`);
    if (ended.length + waiting === 0) terminal.out("No task is interrupted");
  }
  return success ? EXIT.success : EXIT.failed;
}

const notTaken = (id: string): OrchestrationError =>
  new OrchestrationError(`Task '${id}' cannot be gone on with`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { task_id: id },
    suggestions: [
      "Another process may have been faster, or nobody knows its action: then bring its module back.",
      `See how it stands: ${commandText(`task show ${id}`)}`,
    ],
  });
