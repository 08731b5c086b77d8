import { OrchestrationError, systemClock, toIso } from "@orch/core";
import { cleanLine, cleanText } from "@orch/core/base";
import type { EngineEvent, OrchestrationEngine, TaskEnvelope } from "@orch/engine";
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

/** Tasks that are run and followed. */
export interface FollowedTasks<Outcome> {
  /** Whether it is told what happens to a task. */
  isTold(taskId: string): boolean;
  /** Runs them to their end, or until the signal says so. */
  run(signal: AbortSignal): Promise<Outcome>;
  /** What the first signal does to them. */
  readonly stopping: "cancelling" | "stopping";
  /** What can be done after the process has left. */
  readonly after: string;
}

/** What they came to, and the exit code of the signal that stopped them; null for none. */
export interface Followed<Outcome> {
  readonly outcome: Outcome;
  readonly signalled: number | null;
}

/**
 * Runs tasks and tells what happens to them: events on standard output with `--json`, all else on standard error. The first
 * signal stops them, the second leaves at once.
 */
export async function followTasks<Outcome>(
  engine: OrchestrationEngine,
  { isTold, run, stopping, after }: FollowedTasks<Outcome>,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<Followed<Outcome>> {
  const note = (text: string) => void (options.quiet || terminal.err(text));
  using diverted = terminal.divert((text) => note(`${paint.dim("│")} ${cleanLine(text)}`));
  using stray = watchStrayErrors((text) => note(`warning: ${cleanText(text)}`));
  const controller = new AbortController();
  using signals = catchSignals({
    stop(signal) {
      note(`${signal}: ${stopping}; once more leaves at once.`);
      controller.abort();
    },
    leave(signal, exitCode) {
      showError(left(`Left at ${signal} before the work had ended`, after), options, terminal);
      process.exit(exitCode);
    },
  });
  using _early = watchEarlyExit(() => {
    if (signals.exitCode !== null) return null;
    return showError(endedByTask(after), options, terminal);
  });
  const silence = tellEvents(engine, isTold, options, { note, out: terminal.out });
  try {
    const outcome = await Promise.race([run(controller.signal), stray.crashed]);
    diverted.flush();
    return { outcome, signalled: signals.exitCode };
  } finally {
    silence();
    // What a command has not made it does not close.
    await engine.shutdown({ keepSessions: true });
  }
}

/** Shows the end of a task, what it gave on standard output, and returns the exit code. */
export function showTaskEnd(
  { outcome: envelope, signalled }: Followed<TaskEnvelope>,
  options: GlobalOptions,
  terminal: Terminal,
): number {
  showEnd(envelope, options, terminal);
  const { success, result, error_code = "" } = envelope;
  if (success) return EXIT.success;
  if (signalled !== null) return signalled;
  if (isEndedWithSession(envelope)) return EXIT.cancelled;
  return result === null
    ? exitCodeOf(error_code)
    : exitCodeOfRun({ success, status: String(result["status"]), errorCode: error_code });
}

/** Its session was closed while it ran; one that is paused has refused it. */
const isEndedWithSession = ({ error_code, details }: TaskEnvelope): boolean =>
  error_code === "SESSION_ERROR" && details?.["status"] !== "paused";

/** Tells what happens to tasks until it is undone: lines for people, objects for programs. */
function tellEvents(
  { events }: OrchestrationEngine,
  isTold: (taskId: string) => boolean,
  { json }: GlobalOptions,
  { note, out }: { readonly note: (text: string) => void; readonly out: (text: string) => void },
): () => void {
  return events.on("*", (event) => {
    if (!("task_id" in event) || !isTold(String(event.task_id))) return;
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

const left = (message: string, after: string): OrchestrationError =>
  new OrchestrationError(message, { code: "CANCELLED", suggestions: [after] });

const endedByTask = (after: string): OrchestrationError =>
  new OrchestrationError("The code of a task ended the whole process", {
    code: "INTERNAL_ERROR",
    suggestions: [
      after,
      "Throw an error instead of calling process.exit, or give the action isolation: worker.",
    ],
  });
