import { cleanText } from "@orch/core/base";
import { type CompiledWorkflow, summarizeRun, type WorkflowExecution } from "@orch/engine";
import { count } from "../count.ts";
import { duration } from "../duration.ts";
import { paint } from "../paint.ts";
import { cut } from "../width.ts";
import { ganttLines, type RunSpan } from "./gantt.ts";
import { madeBy } from "./made.ts";

/** Steps of the critical path that are named. */
const MOST_NAMED = 8;

/** What is known of a run from watching it. */
export interface Watched {
  readonly spans: readonly RunSpan[];
  /** Milliseconds when no process had it. */
  readonly idleMs: number;
  /** Steps that were undone. */
  readonly undone: number;
}

/**
 * What a run took and made, as lines: result, duration, parallelism, critical path, Gantt, where the report is. Times are
 * those when a process had the run.
 */
export function summaryLines(
  execution: WorkflowExecution,
  compiled: CompiledWorkflow,
  { spans, idleMs, undone }: Watched,
  columns: number,
): string[] {
  const durationMs = Math.max(0, (execution.durationMs ?? 0) - idleMs);
  const { parallelism, criticalPath, criticalPathMs } = summarizeRun(compiled, spans, durationMs);
  const named =
    criticalPath.length <= MOST_NAMED
      ? criticalPath
      : [...criticalPath.slice(0, MOST_NAMED), `… ${criticalPath.length - MOST_NAMED} more`];
  return [
    "",
    `${verdict(execution)} in ${duration(durationMs)}  ${paint.dim(counts(execution, compiled, undone))}`,
    ...(idleMs > 0 ? [`  Interrupted    ${duration(idleMs)} more, in which nothing ran`] : []),
    ...(spans.length > 0 ? [`  Parallelism    ${parallelism.toFixed(2)} steps at once on average`] : []),
    ...(criticalPath.length > 0
      ? [`  Critical path  ${duration(criticalPathMs)}: ${named.map(cleanText).join(" → ")}`]
      : []),
    "",
    ...ganttLines(spans, durationMs, columns),
    ...(spans.length > 0 ? [""] : []),
    ...execution.warnings.map((warning) => `  ${paint.warn("Warning:")} ${cleanText(warning)}`),
    ...outputLines(execution, columns),
    ...madeBy(execution.result).map(({ label, text }) => `  ${`${label}:`.padEnd(14)} ${cleanText(text)}`),
    `  Execution:     ${execution.executionId}`,
  ];
}

/** Outputs of a workflow that are shown. */
const MOST_OUTPUTS = 10;

/** What the workflow gives back, where it says so: a line for each name. */
function outputLines({ outputs }: WorkflowExecution, columns: number): string[] {
  const all = Object.entries(outputs ?? {});
  const lines = all.slice(0, MOST_OUTPUTS).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return cut(`  ${`${cleanText(name)}:`.padEnd(14)} ${cleanText(text)}`, columns);
  });
  return all.length > MOST_OUTPUTS
    ? [...lines, `  … and ${count(all.length - MOST_OUTPUTS, "output")} more`]
    : lines;
}

function verdict({ workflowName, status }: WorkflowExecution): string {
  const text = `${cleanText(workflowName)} ${status}`;
  return status === "completed" ? paint.good(`✔ ${text}`) : paint.bad(`✖ ${text}`);
}

function counts({ results }: WorkflowExecution, { steps }: CompiledWorkflow, undone: number): string {
  const of = (status: string) => Object.values(results).filter((result) => result.status === status).length;
  const parts = ["completed", "failed", "timeout", "cancelled", "skipped"].flatMap((status) =>
    of(status) > 0 ? [`${of(status)} ${status}`] : [],
  );
  const more = undone > 0 ? `, ${undone} undone` : "";
  return `${count(steps.length, "step")}: ${parts.join(", ") || "none ran"}${more}`;
}
