import { newId, toDate } from "@orch/core";
import { cleanLine, cleanText } from "@orch/core/base";
import type { OrchestrationEngine, Task, TaskPriority, TaskStanding } from "@orch/engine";
import { commandText, withCommands } from "../command-text.ts";
import { duration } from "../duration.ts";
import { EXIT } from "../exit-code.ts";
import { followTasks, showTaskEnd } from "../follow-task.ts";
import { findOpenSession } from "../known-session.ts";
import { findTask, isInterrupted, taskHasEnded } from "../known-task.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import type { ParameterSources } from "../parameters.ts";
import { table } from "../table.ts";
import { readActionCall } from "../task-action.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";
import { timeText } from "../time-text.ts";
import { executionTable } from "./execution.ts";

/** How long it is waited for what was asked of another process. */
const WAIT_MS = 5000;

/** What `orch task run` takes. */
export interface RunTaskOptions extends GlobalOptions, ParameterSources {
  readonly priority?: TaskPriority;
  /** Seconds, for each attempt. */
  readonly timeout?: number;
  readonly retries?: number;
  readonly session?: string;
}

/** Runs one action as a task, and follows it. What can be known to be wrong is refused first: then nothing is written. */
export async function runTask(name: string, options: RunTaskOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const call = await readCall(name, options, engine, terminal);
  const { priority, timeout, retries, session } = options;
  if (session !== undefined) findOpenSession(session, engine);
  const task = {
    ...call,
    ...(priority ? { priority } : {}),
    ...(timeout ? { timeoutMs: timeout * 1000 } : {}),
    ...(retries === undefined ? {} : { maxRetries: retries }),
  };
  const id = newId();
  const work = {
    isTold: (taskId: string) => taskId === id,
    run: (signal: AbortSignal) => engine.executeTask({ ...task, id }, { sessionId: session, signal }),
    stopping: "cancelling" as const,
    after: `Look at it: ${commandText(`task show ${id}`)}`,
  };
  return showTaskEnd(await followTasks(engine, work, options, terminal), options, terminal);
}

/** Its code is loaded for that: what it prints then is no result. */
async function readCall(
  name: string,
  options: RunTaskOptions,
  engine: OrchestrationEngine,
  terminal: Terminal,
) {
  using _ = terminal.divert((text) => terminal.err(cleanLine(text)));
  return await readActionCall(name, options, engine);
}

/** What `orch task list` takes. */
export interface ListTasksCommand extends GlobalOptions {
  readonly status?: TaskStanding;
  /** @default 20 */
  readonly limit?: number;
}

/** Lists tasks, newest first: those of all processes, and those that have ended. */
export async function listTasks(options: ListTasksCommand, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { status: standing, limit = 20 } = options;
  const found = engine.taskOrchestrator.listStoredTasks({ standing, limit });
  if (options.json) {
    const tasks = found.map((task) => ({
      ...{ task_id: task.id, name: task.name, module: task.module, action: task.action },
      ...{ priority: task.priority, standing: task.standing, session_id: task.sessionId },
      created_at: isoText(task.createdAt),
      started_at: isoText(task.startedAt),
      ended_at: isoText(task.endedAt),
      ...{ execution_time: task.executionMs / 1000, attempts: task.attempts, error: task.error },
    }));
    terminal.out(JSON.stringify({ type: "result", success: true, tasks }));
    return EXIT.success;
  }
  const rows = found.map((task) => [
    task.id,
    task.name,
    task.standing,
    timeText(toDate(task.createdAt)),
    task.endedAt > 0 ? duration(task.executionMs) : "",
    task.error ?? "",
  ]);
  for (const line of executionTable(rows, terminal.lineWidth)) terminal.out(line);
  if (found.some((task) => task.standing === "interrupted"))
    terminal.err(`Go on with what is interrupted: ${commandText("task resume")}`);
  if (rows.length === 0)
    terminal.out(
      `${standing ? "No such task" : "No tasks yet"}. Run one with: ${commandText("task run <module>.<action>")}`,
    );
  return EXIT.success;
}

/** Shows one task: how it stands, what it was given, what it gave, and why it waits. */
export async function showTask(id: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const task = findTask(id, engine);
  const causes = engine.taskOrchestrator.why(id)?.causes ?? [];
  const messages = task.result === null ? causes.map(({ message }) => withCommands(message)) : [];
  if (options.json) {
    const why = { waits_for: messages };
    terminal.out(JSON.stringify({ type: "result", success: true, task: task.toDict(), ...why }));
    return EXIT.success;
  }
  terminal.out(`${paint.strong(cleanText(task.name))}  ${task.status}  ${paint.dim(cleanText(task.id))}`);
  for (const line of table(factsOf(task), terminal.lineWidth)) terminal.out(line);
  for (const message of messages) terminal.out(`  ${paint.dim("Waits:")} ${cleanText(message)}`);
  if (isInterrupted(id, engine))
    terminal.out(`  ${paint.dim("Go on with it:")} ${commandText(`task resume ${id}`)}`);
  if (task.error !== null) terminal.out(`  ${paint.bad("Error:")} ${cleanText(task.error)}`);
  if (task.result?.success !== true) return EXIT.success;
  terminal.out("\nResult");
  for (const line of JSON.stringify(task.result.data, null, 2).split("\n"))
    terminal.out(`  ${cleanLine(line)}`);
  return EXIT.success;
}

function factsOf(task: Task): string[][] {
  const { result } = task;
  const rows = [
    ["Action", `${task.module}.${task.action}`],
    ["Parameters", JSON.stringify(task.parameters)],
    ["Priority", task.priority],
    ["Session", task.sessionId ?? ""],
    ["Depends on", task.dependencies.join(", ")],
    ["Created", timeText(task.createdAt)],
    ["Took", result === null ? "" : duration(result.executionTimeMs)],
    ["Attempts", result === null ? "" : String(result.attempts)],
  ];
  return rows.filter(([, value]) => value !== "");
}

/** Cancels a task, in whatever process it runs, and waits for its end. */
export async function cancelTask(id: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { taskOrchestrator: tasks } = engine;
  const task = findTask(id, engine);
  const isGone = isInterrupted(id, engine);
  if (!(await tasks.requestCancel(id))) throw taskHasEnded(id, task.status);
  const ended = isGone ? false : await tasks.waitForCompletion({ taskIds: [id], timeoutMs: WAIT_MS });
  const asked = isGone
    ? `Its process is gone, so nothing of it runs; it is cancelled when another process takes it over, such as: ${commandText("task resume")}`
    : "The task is asked to end; its code has not stopped yet";
  return tellResult({ task_id: id, ended }, ended ? "Cancelled" : asked, options, terminal);
}

const isoText = (ms: number): string | null => (ms > 0 ? toDate(ms).toISOString() : null);
