import {
  type CompiledWorkflow,
  executionEnvelope,
  type StepSpan,
  type WorkflowExecution,
} from "@orch/engine";
import { commandText } from "./command-text.ts";
import type { GlobalOptions } from "./options.ts";
import type { RunView } from "./progress/run-view.ts";
import { errorLines } from "./show-error.ts";
import { summaryLines } from "./summary/summary.ts";
import type { Terminal } from "./terminal.ts";

/** Shows how a run ended: the result object for programs, a summary for people, what went wrong last. */
export function showOutcome(
  execution: WorkflowExecution,
  compiled: CompiledWorkflow,
  view: RunView,
  { json }: GlobalOptions,
  terminal: Terminal,
): void {
  const envelope = executionEnvelope(execution);
  if (json) {
    terminal.out(JSON.stringify({ type: "result", ...envelope }));
    return;
  }
  for (const line of summaryLines(execution, compiled, spansOf(view), terminal.columns)) terminal.out(line);
  if (envelope.success) return;
  const { errors, status, executionId } = execution;
  const said = errors.length > 0 ? errors : [`The run was ${status}`];
  const suggestions = [
    ...(envelope.suggestions ?? []),
    `Go on from there: ${commandText(`resume ${executionId}`)}`,
  ];
  terminal.err("");
  for (const [at, error] of said.entries()) {
    const isLast = at === said.length - 1;
    for (const line of errorLines({ error, details: {}, suggestions: isLast ? suggestions : [] }))
      terminal.err(line);
  }
}

/** When the steps of a run ran, in milliseconds from its start. */
const spansOf = ({ steps, startedAt }: RunView): StepSpan[] =>
  steps.flatMap(({ name, startedAt: from, endedAt, status }) =>
    from > 0 && endedAt > 0 ? [{ name, status, startMs: from - startedAt, endMs: endedAt - startedAt }] : [],
  );
