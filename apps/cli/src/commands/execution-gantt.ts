import { cleanText } from "@orch/core/base";
import { EXIT } from "../exit-code.ts";
import { findExecution } from "../known-execution.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { storedView } from "../progress/stored-view.ts";
import { ganttLines, type RunSpan } from "../summary/gantt.ts";
import { spansOf } from "../summary/spans.ts";
import type { Terminal } from "../terminal.ts";

/** Shows when the steps of an execution ran that have ended, as bars; time without a process is left out. */
export async function ganttExecution(
  id: string,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { status, workflowName } = findExecution(engine, id);
  const compiled = engine.workflowManager.definitionOf(id);
  const spans = compiled === null ? [] : spansOf(storedView(engine, compiled, id));
  const duration = Math.max(0, ...spans.map(({ endMs }) => endMs));
  if (options.json) {
    const result = { execution_id: id, status, duration: duration / 1000, steps: spans.map(dictOf) };
    terminal.out(JSON.stringify({ type: "result", success: true, ...result }));
    return EXIT.success;
  }
  terminal.out(`${paint.strong(cleanText(workflowName))}  ${status}`);
  for (const line of ganttLines(spans, duration, terminal.columns)) terminal.out(line);
  if (spans.length === 0) terminal.out("  No step has ended yet");
  return EXIT.success;
}

/** Seconds from the start of the run. */
const dictOf = ({ name, status, startMs, endMs, inner = [] }: RunSpan): object => ({
  name,
  status,
  start: startMs / 1000,
  end: endMs / 1000,
  ...(inner.length > 0 ? { inner: inner.map(dictOf) } : {}),
});
