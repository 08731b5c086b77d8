import { cleanText } from "@orch/core/base";
import {
  type CompiledWorkflow,
  type Envelope,
  executionEnvelope,
  type WorkflowExecution,
} from "@orch/engine";
import { commandText, withCommands } from "./command-text.ts";
import { count } from "./count.ts";
import { factLines } from "./error-facts.ts";
import type { GlobalOptions } from "./options.ts";
import { paint } from "./paint.ts";
import type { RunView } from "./progress/run-view.ts";
import { resultWithCommands } from "./result-with-commands.ts";
import { errorLines } from "./show-error.ts";
import { spansOf } from "./summary/spans.ts";
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
    terminal.out(JSON.stringify({ type: "result", ...resultWithCommands(envelope) }));
    return;
  }
  const undone = view.steps.filter(({ isUndone }) => isUndone).map(({ name }) => name);
  const watched = { spans: spansOf(view), idleMs: idleMsOf(view), undone: undone.length };
  for (const line of summaryLines(execution, compiled, watched, terminal.columns)) terminal.out(line);
  if (envelope.success) return;
  terminal.err("");
  for (const line of failureLines(execution, envelope, undone)) terminal.err(line);
}

/** Each error with what to try about it, what was undone, and how to go on. */
function failureLines(
  { errors, status, results, executionId, workflowName }: WorkflowExecution,
  { suggestions = [], error_code }: Envelope,
  undone: readonly string[],
): string[] {
  const told = new Set<string>();
  const said = errors.length > 0 ? errors : [`The run was ${status}`];
  const lines = said.flatMap((error) => {
    const step = Object.values(results).find((result) => result["message"] === error);
    const own = (step ? step["suggestions"] : said.length === 1 ? suggestions : undefined) as
      | string[]
      | undefined;
    const tries = (own ?? []).map(withCommands).filter((text) => !told.has(text));
    for (const text of tries) told.add(text);
    const [head = "", ...more] = errorLines({ error, details: {}, suggestions: tries });
    return [head, ...(step ? factLines({ at: step["at"], details: step["details"] }, error) : []), ...more];
  });
  const goOn =
    error_code === "INVALID_PARAMETERS"
      ? `Run it again with other parameters: ${commandText(`run ${workflowName} -p name=value`)}`
      : `Go on from there: ${commandText(`resume ${executionId}`)}`;
  return [
    ...lines,
    ...(undone.length > 0
      ? [`  ${count(undone.length, "step")} undone: ${cleanText(undone.join(", "))}`]
      : []),
    `  ${paint.dim("Try:")} ${cleanText(goOn)}`,
  ];
}

/** Milliseconds when no process had the run. */
const idleMsOf = (view: RunView): number =>
  view.endedAt - view.startedAt - view.workedMs(view.startedAt, view.endedAt);
