import { type CompiledWorkflow, errorEnvelope, executionEnvelope, type OrchestrationEngine, type StepSpan, type WorkflowExecution } from "@orch/engine";
import { EXIT, exitCodeOf } from "./exit-code.ts";
import type { GlobalOptions } from "./options.ts";
import { jsonReporter } from "./progress/json-reporter.ts";
import { lineReporter } from "./progress/line-reporter.ts";
import type { Reporter } from "./progress/reporter.ts";
import { RunView } from "./progress/run-view.ts";
import { errorLines } from "./show-error.ts";
import { catchSignals } from "./signals.ts";
import { summaryLines } from "./summary/summary.ts";
import type { Terminal } from "./terminal.ts";

/** A run to follow: one that is started, or one that goes on. */
export interface FollowedRun {
  readonly compiled: CompiledWorkflow;
  /** Starts it or takes it over; resolves with its id. */
  start(): Promise<string>;
  /** The id, where it is known before. */
  readonly executionId?: string;
}

/** Shows a run to its end and returns the exit code. The first signal cancels it, the second leaves at once. */
export async function followRun(engine: OrchestrationEngine, run: FollowedRun, options: GlobalOptions, terminal: Terminal): Promise<number> {
  const { workflowManager: workflows } = engine;
  const view = viewOf(engine, run);
  const reporter = await reporterFor(options, terminal);
  let begun = false;
  const stopListening = engine.events.on("*", (event) => {
    if (event.type === "workflow_started" && view.executionId === "") view.executionId = event.execution_id;
    if (!view.apply(event)) return;
    if (!begun) reporter.begin(view);
    begun = true;
    reporter.event(event, view);
  });
  using signals = catchSignals((signal) => {
    reporter.note(`${signal} received: cancelling; once more leaves at once. Go on later with: orch resume ${view.executionId}`);
    if (!workflows.cancelExecution(view.executionId)) void engine.shutdown();
  });
  try {
    const id = await run.start();
    const execution = await workflows.waitForExecution(id);
    if (begun) reporter.end(view);
    if (execution === null) throw new Error(`Execution ${id} is gone`);
    showOutcome(execution, run.compiled, view, options, terminal);
    return signals.exitCode ?? exitCodeFor(execution);
  } catch (error) {
    if (begun) reporter.end(view);
    if (signals.exitCode === null) throw error;
    return signals.exitCode;
  } finally {
    stopListening();
    await engine.shutdown();
  }
}

/** The view of a run; of one that goes on, with what is stored of it. */
function viewOf(engine: OrchestrationEngine, { compiled, executionId }: FollowedRun): RunView {
  const view = new RunView(compiled);
  if (executionId === undefined) return view;
  view.executionId = executionId;
  for (const event of engine.workflowManager.storedEvents(executionId)) view.apply(event);
  view.reopen();
  return view;
}

async function reporterFor({ json, quiet }: GlobalOptions, terminal: Terminal): Promise<Reporter> {
  if (json) return jsonReporter(terminal);
  if (quiet) return { ...lineReporter(terminal), begin: () => {}, event: () => {} };
  if (!terminal.interactive) return lineReporter(terminal);
  // The library for drawing in place is only loaded where it is used.
  const { treeReporter } = await import("./progress/tree-reporter.ts");
  return treeReporter(terminal);
}

function showOutcome(execution: WorkflowExecution, compiled: CompiledWorkflow, view: RunView, { json }: GlobalOptions, terminal: Terminal): void {
  const envelope = executionEnvelope(execution);
  if (json) {
    terminal.out(JSON.stringify({ type: "result", ...envelope }));
    return;
  }
  for (const line of summaryLines(execution, compiled, spansOf(view), terminal.columns)) terminal.out(line);
  if (envelope.success) return;
  const lines = execution.errors.flatMap((error, index) => errorLines({ error, details: {}, suggestions: index === execution.errors.length - 1 ? (envelope.suggestions ?? []) : [] }));
  for (const line of ["", ...lines, `  Go on from there: orch resume ${execution.executionId}`]) terminal.err(line);
}

const spansOf = ({ steps, startedAt }: RunView): StepSpan[] =>
  steps.flatMap(({ name, startedAt: from, endedAt, status }) => (from > 0 && endedAt > 0 ? [{ name, status, startMs: from - startedAt, endMs: endedAt - startedAt }] : []));

/** A run that refused its input before any step completed counts as bad input, not as failed work. */
function exitCodeFor({ success, status, errorCode, results }: WorkflowExecution): number {
  if (success) return EXIT.success;
  if (status === "cancelled") return EXIT.cancelled;
  if (errorCode === "TIMEOUT_EXCEEDED" && status === "failed") return EXIT.timedOut;
  const untouched = !Object.values(results).some((step) => step.success);
  return untouched && errorCode !== null && exitCodeOf(errorCode) === EXIT.invalid ? EXIT.invalid : EXIT.failed;
}

/** The last line of a command that failed, for programs. */
export const errorResult = (error: unknown): string => JSON.stringify({ type: "result", ...errorEnvelope(error) });
