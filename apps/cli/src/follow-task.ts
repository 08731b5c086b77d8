import { newId, OrchestrationError, systemClock, toIso } from "@orch/core";
import { cleanLine, cleanText } from "@orch/core/base";
import type { EngineEvent, OrchestrationEngine, TaskEnvelope, TaskInit } from "@orch/engine";
import { commandText, withCommands } from "./command-text.ts";
import { duration } from "./duration.ts";
import { watchEarlyExit } from "./early-exit.ts";
import { EXIT, exitCodeOf, exitCodeOfRun } from "./exit-code.ts";
import type { GlobalOptions } from "./options.ts";
import { paint } from "./paint.ts";
import { errorLines, showError } from "./show-error.ts";
import { catchSignals } from "./signals.ts";
import { watchStrayErrors } from "./stray-errors.ts";
import type { Terminal } from "./terminal.ts";

/** A task to run and to follow. */
export interface FollowedTask {
  readonly task: TaskInit & { readonly module: string; readonly action: string };
  /** The session that it runs in. @default one of its own */
  readonly sessionId?: string | undefined;
}

/**
 * Runs a task to its end, shows it and returns the exit code. What it gives goes to standard output, all else to standard
 * error. The first signal cancels it, the second leaves at once.
 */
export async function followTask(
  engine: OrchestrationEngine,
  { task, sessionId }: FollowedTask,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  const id = newId();
  const note = (text: string) => void (options.quiet || terminal.err(text));
  using diverted = terminal.divert((text) => note(`${paint.dim("│")} ${cleanLine(text)}`));
  using stray = watchStrayErrors((text) => note(`warning: ${cleanText(text)}`));
  const controller = new AbortController();
  using signals = catchSignals({
    stop(signal) {
      note(`${signal}: cancelling; once more leaves at once.`);
      controller.abort();
    },
    leave(signal, exitCode) {
      showError(left(`Left at ${signal} before the task had ended`, id), options, terminal);
      process.exit(exitCode);
    },
  });
  using _early = watchEarlyExit(() => {
    if (signals.exitCode !== null) return null;
    return showError(endedByTask(id), options, terminal);
  });
  const silence = tellEvents(engine, id, options, { note, out: terminal.out });
  try {
    const run = engine.executeTask({ ...task, id }, { sessionId, signal: controller.signal });
    const envelope = await Promise.race([run, stray.crashed]);
    diverted.flush();
    silence();
    showEnd(envelope, options, terminal);
    return exitCodeOfTask(envelope, signals.exitCode);
  } finally {
    silence();
    // What a command has not made it does not close.
    await engine.shutdown({ keepSessions: true });
  }
}

function exitCodeOfTask(
  { success, result, error_code = "" }: TaskEnvelope,
  signalled: number | null,
): number {
  if (success) return EXIT.success;
  if (signalled !== null) return signalled;
  return result === null
    ? exitCodeOf(error_code)
    : exitCodeOfRun({ success, status: String(result["status"]), errorCode: error_code });
}

/** Tells what happens to the task until it is undone: lines for people, objects for programs. */
function tellEvents(
  { events }: OrchestrationEngine,
  id: string,
  { json }: GlobalOptions,
  { note, out }: { readonly note: (text: string) => void; readonly out: (text: string) => void },
): () => void {
  return events.on("*", (event) => {
    if (!("task_id" in event) || event.task_id !== id) return;
    if (json) {
      const { type, ...facts } = event;
      // Events of tasks are not stored, and have no number and no time of their own.
      const at = toIso(systemClock.now());
      out(JSON.stringify({ type, seq: null, at, execution_id: null, ...facts }));
      return;
    }
    const text = textOf(event);
    if (text !== null) note(text);
  });
}

function textOf(event: EngineEvent): string | null {
  if (event.type !== "task_retrying") return null;
  const { task_name, delay_seconds, error } = event;
  const wait = duration(delay_seconds * 1000);
  return `${paint.warn("↻")} ${cleanText(task_name)} failed, tries again in ${wait}: ${cleanText(error)}`;
}

function showEnd(envelope: TaskEnvelope, { json, quiet }: GlobalOptions, terminal: Terminal): void {
  const { success, result, task_id, error = "", details = {} } = envelope;
  const suggestions = (envelope.suggestions ?? []).map(withCommands);
  if (json) {
    const told = success ? envelope : { ...envelope, suggestions };
    terminal.out(JSON.stringify({ type: "result", ...told }));
    return;
  }
  if (success) {
    for (const line of JSON.stringify(result?.["data"] ?? null, null, 2).split("\n"))
      terminal.out(cleanLine(line));
    const took = duration(Number(result?.["execution_time"] ?? 0) * 1000);
    if (!quiet) terminal.err(`${paint.good("✔")} completed in ${took}  ${paint.dim(`task ${task_id}`)}`);
    return;
  }
  const look = result === null ? [] : [`Look at it: ${commandText(`task show ${task_id}`)}`];
  for (const line of errorLines({ error, details, suggestions: [...suggestions, ...look] }))
    terminal.err(line);
}

const left = (message: string, id: string): OrchestrationError =>
  new OrchestrationError(message, {
    code: "CANCELLED",
    details: { task_id: id },
    suggestions: [`Look at it: ${commandText(`task show ${id}`)}`],
  });

const endedByTask = (id: string): OrchestrationError =>
  new OrchestrationError("The code of the task ended the whole process", {
    code: "INTERNAL_ERROR",
    details: { task_id: id },
    suggestions: ["Throw an error instead of calling process.exit, or give the action isolation: worker."],
  });
