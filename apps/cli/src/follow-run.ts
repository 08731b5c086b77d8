import { OrchestrationError, systemClock } from "@orch/core";
import { cleanLine, cleanText } from "@orch/core/base";
import type { CompiledWorkflow, OrchestrationEngine, WorkflowExecution } from "@orch/engine";
import { commandText, withCommands } from "./command-text.ts";
import { watchEarlyExit } from "./early-exit.ts";
import { EXIT, exitCodeOfRun } from "./exit-code.ts";
import type { GlobalOptions } from "./options.ts";
import { makeReporter } from "./progress/make-reporter.ts";
import type { Reporter } from "./progress/reporter.ts";
import { RunView } from "./progress/run-view.ts";
import { storedView } from "./progress/stored-view.ts";
import { showError } from "./show-error.ts";
import { showOutcome } from "./show-outcome.ts";
import { catchSignals, type Signals } from "./signals.ts";
import { watchStrayErrors } from "./stray-errors.ts";
import type { Terminal } from "./terminal.ts";

/** How long code that is told to stop may take before that is said. */
const STOPPING_MS = 1000;

/** A run to follow: one that is started, or one that goes on. */
export interface FollowedRun {
  readonly compiled: CompiledWorkflow;
  /**
   * Starts it or takes it over; resolves with its id, or with null where another process goes on with it and there is
   * nothing to follow here. The run is cancelled when `signal` aborts.
   */
  start(signal: AbortSignal): Promise<string | null>;
  /** Resolves when all is done that goes with its end; asked once it has ended. */
  settled?(): Promise<void>;
  /** The id, where it is known before. */
  readonly executionId?: string;
}

/** What a followed run is made with. */
export interface FollowOptions {
  readonly options: GlobalOptions;
  readonly terminal: Terminal;
  /** Set to who shows what the engine has to say, while the run is followed. */
  readonly log: { note: (text: string) => void };
}

/**
 * Shows a run to its end and returns the exit code. The first signal cancels it, the second leaves at once; either way it
 * can be resumed. What the code of steps prints is shown as what it is, and never reaches standard output.
 */
export async function followRun(
  engine: OrchestrationEngine,
  run: FollowedRun,
  given: FollowOptions,
): Promise<number> {
  const { options, terminal, log } = given;
  const view = viewOf(engine, run);
  const reporter = await makeReporter(options, terminal);
  log.note = (text) => reporter.note(cleanText(text));
  using diverted = terminal.divert((text) => reporter.printed(cleanLine(text)));
  using stray = watchStrayErrors((text) => log.note(`warning: ${text}`));
  using stop = stopOnSignal(view, reporter, given);
  using _early = watchEarlyExit(() => {
    // Left at a signal: that was told already.
    if (stop.exitCode !== null) return null;
    reporter.end(view);
    if (view.executionId === "") view.executionId = newestOwn(engine);
    return showError(withResume(endedByStep(), view), options, terminal);
  });
  const shown = listen(engine, view, reporter);
  const started = (id: string) => {
    view.executionId = id;
    const waits = turnText(engine, id);
    if (waits !== null) reporter.note(waits);
  };
  try {
    const execution = await Promise.race([finished(engine, run, stop.cancel, started), stray.crashed]);
    diverted.flush();
    reporter.end(view);
    if (execution === null) return EXIT.success;
    showOutcome(execution, run.compiled, view, options, terminal);
    stop.isTold = true;
    return execution.success ? EXIT.success : (stop.exitCode ?? exitCodeOfRun(execution));
  } catch (error) {
    reporter.end(view);
    if (shown.hasBegun) throw withResume(error, view);
    if (stop.exitCode === null) throw error;
    showError(cancelled("Cancelled before the run had begun", view), options, terminal);
    return stop.exitCode;
  } finally {
    // Nothing may come behind the result.
    shown[Symbol.dispose]();
    await shutDown(engine, reporter);
    log.note = (text) => terminal.err(cleanText(text));
  }
}

/** Closes the engine. What is killed for that is gone soon; of code that has to stop by itself it is said. */
async function shutDown(engine: OrchestrationEngine, reporter: Reporter): Promise<void> {
  const isBusy = engine.taskOrchestrator.runtime.running > 0;
  const say = () => reporter.note("Waiting for code that has not stopped yet, for some seconds");
  const stop = isBusy ? systemClock.setTimer(say, STOPPING_MS) : () => {};
  // What a run has not made it does not close.
  await engine.shutdown({ keepSessions: true });
  stop();
}

/** The execution that was begun here last, when nobody was told of it yet; empty for none. */
function newestOwn({ workflowManager }: OrchestrationEngine): string {
  const [newest] = workflowManager.listExecutions({ limit: 1 });
  return newest && workflowManager.ownerOf(newest.id).isOwn ? newest.id : "";
}

const endedByStep = (): OrchestrationError =>
  new OrchestrationError("The code of a step ended the whole process", {
    code: "INTERNAL_ERROR",
    suggestions: ["Throw an error instead of calling process.exit, or give the step isolation: worker."],
  });

interface Stop extends Signals {
  /** Aborts at the first signal. */
  readonly cancel: AbortSignal;
  /** Whether the outcome has been shown already. */
  isTold: boolean;
}

/** Cancels at the first signal, saying so and how to go on later; at the second one leaves, with a result all the same. */
function stopOnSignal(view: RunView, reporter: Reporter, { options, terminal }: FollowOptions): Stop {
  const controller = new AbortController();
  const signals = catchSignals({
    stop(signal) {
      reporter.note([`${signal}: cancelling; once more leaves at once.`, ...resumeWith(view)].join(" "));
      controller.abort();
    },
    leave(signal, exitCode) {
      reporter.end(view);
      const error = cancelled(`Left at ${signal} before all work had ended`, view);
      if (!stop.isTold) showError(error, options, terminal);
      process.exit(exitCode);
    },
  });
  const stop: Stop = {
    cancel: controller.signal,
    isTold: false,
    get exitCode() {
      return signals.exitCode;
    },
    [Symbol.dispose]: () => signals[Symbol.dispose](),
  };
  return stop;
}

async function finished(
  engine: OrchestrationEngine,
  run: FollowedRun,
  signal: AbortSignal,
  started: (id: string) => void,
): Promise<WorkflowExecution | null> {
  const id = await run.start(signal);
  if (id === null) return null;
  started(id);
  const execution = await engine.workflowManager.waitForExecution(id);
  await run.settled?.();
  if (execution === null) throw new Error(`Execution ${id} is not in the store any more`);
  return execution;
}

/** What is said of a run that cannot begin before others of its session have ended, which may take long; else null. */
function turnText({ workflowManager }: OrchestrationEngine, id: string): string | null {
  if (workflowManager.standingOf(id) !== "pending") return null;
  const hint = workflowManager.getExecution(id, { outputs: false })?.parked?.hint;
  return `Execution ${id} waits for its turn in its session. See what runs there: ${withCommands(hint ?? "")}`;
}

/** The view of a run; of one that goes on, with what is stored of it. */
function viewOf(engine: OrchestrationEngine, { compiled, executionId }: FollowedRun): RunView {
  if (executionId === undefined) return new RunView(compiled, engine.workflowManager);
  const view = storedView(engine, compiled, executionId);
  view.reopen();
  return view;
}

/** Keeps view and reporter up to date until it is disposed of. Nothing is shown before the run has begun here. */
function listen(
  engine: OrchestrationEngine,
  view: RunView,
  reporter: Reporter,
): Disposable & { readonly hasBegun: boolean } {
  let hasBegun = false;
  const undo = engine.events.on("*", (event) => {
    if (event.type === "workflow_started" && view.executionId === "") view.executionId = event.execution_id;
    if (!view.apply(event)) return;
    if (!hasBegun) reporter.begin(view);
    hasBegun = true;
    reporter.event(event, view);
  });
  return {
    get hasBegun() {
      return hasBegun;
    },
    [Symbol.dispose]: undo,
  };
}

const resumeWith = ({ executionId }: RunView): string[] =>
  executionId === "" ? [] : [`Go on from there: ${commandText(`resume ${executionId}`)}`];

const cancelled = (message: string, view: RunView): OrchestrationError =>
  new OrchestrationError(message, {
    code: "CANCELLED",
    details: { execution_id: view.executionId || null },
    suggestions: resumeWith(view),
  });

/** An error that ends the program in the middle of a run says how to go on. */
function withResume(error: unknown, view: RunView): unknown {
  if (!(error instanceof OrchestrationError) || view.status !== "") return error;
  const { message, code, details, suggestions, retryable } = error;
  return new OrchestrationError(message, {
    code,
    details: { ...details, execution_id: view.executionId },
    suggestions: [...suggestions, ...resumeWith(view)],
    retryable,
    cause: error,
  });
}
