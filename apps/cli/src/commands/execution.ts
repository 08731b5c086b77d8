import { toDate } from "@orch/core";
import { executionNotFound, nearestNames, type OrchestrationEngine, type WorkflowExecution } from "@orch/engine";
import { clean } from "../clean.ts";
import { duration } from "../duration.ts";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { sign } from "../progress/tree.ts";
import type { StepView } from "../progress/run-view.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch execution list` takes. */
export interface ListOptions extends GlobalOptions {
  readonly workflow?: string;
  readonly status?: "pending" | "running" | "completed" | "failed" | "cancelled";
  readonly limit?: number;
}

/** Lists executions, newest first. */
export async function listExecutions(options: ListOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  const { workflow: workflowName, status, limit = 20 } = options;
  const found = engine.workflowManager.listExecutions({ limit, ...(workflowName ? { workflowName } : {}), ...(status ? { status } : {}) });
  if (options.json) {
    const executions = found.map(({ id, record }) => ({ execution_id: id, ...record }));
    terminal.out(JSON.stringify({ type: "result", success: true, executions }));
    return EXIT.success;
  }
  const rows = found.map(({ id, record }) => [
    id,
    record.workflow_name,
    record.status,
    toDate(record.started_at).toISOString().slice(0, 19).replace("T", " "),
    record.ended_at === null ? "" : duration(record.ended_at - record.started_at),
    record.errors[0] ?? "",
  ]);
  for (const line of table(rows, terminal.columns)) terminal.out(line);
  if (rows.length === 0) terminal.out("No execution yet. Start one with: orch run <workflow>");
  return EXIT.success;
}

/** Shows one execution with its steps. */
export async function showExecution(id: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  const execution = findExecution(engine, id);
  if (options.json) {
    terminal.out(JSON.stringify({ type: "result", ...execution.toDict() }));
    return EXIT.success;
  }
  const { workflowName, status, startTime, durationMs, errors, warnings, results, parameters } = execution;
  terminal.out(`${paint.strong(workflowName)}  ${status}  ${startTime?.toISOString() ?? ""}  ${durationMs === null ? "" : duration(durationMs)}`.trimEnd());
  terminal.out(`  Parameters  ${clean(JSON.stringify(parameters))}`);
  for (const [name, step] of Object.entries(results)) {
    const { execution_time, attempts, message = "" } = step as unknown as { execution_time: number; attempts: number; message?: string };
    const text = step.success ? `${duration(execution_time * 1000)}${attempts > 1 ? `, ${attempts} attempts` : ""}` : message;
    terminal.out(`  ${sign({ status: step.status as StepView["status"] })} ${clean(name)}  ${paint.dim(clean(text))}`);
  }
  for (const warning of warnings) terminal.out(`  ${paint.warn("Warning:")} ${clean(warning)}`);
  for (const error of errors) terminal.out(`  ${paint.bad("Error:")} ${clean(error)}`);
  if (status !== "completed") terminal.out(`  Go on: orch resume ${id}`);
  return EXIT.success;
}

function findExecution({ workflowManager }: OrchestrationEngine, id: string): WorkflowExecution {
  const found = workflowManager.getExecution(id);
  if (found) return found;
  throw executionNotFound(id, nearestNames(id, workflowManager.listExecutions({ limit: 20 }).map((each) => each.id)));
}
