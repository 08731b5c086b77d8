import { toDate } from "@orch/core";
import {
  executionNotFound,
  nearestNames,
  type OrchestrationEngine,
  type Parked,
  type WorkflowExecution,
  type WorkflowStatus,
} from "@orch/engine";
import { clean } from "../clean.ts";
import { commandText } from "../command-text.ts";
import { duration } from "../duration.ts";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import type { StepView } from "../progress/run-view.ts";
import { sign } from "../progress/sign.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch execution list` takes. */
export interface ListOptions extends GlobalOptions {
  readonly workflow?: string;
  readonly status?: WorkflowStatus;
  /** @default 20 */
  readonly limit?: number;
}

/** Lists executions, newest first. */
export async function listExecutions(options: ListOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const { workflow: workflowName, status, limit = 20 } = options;
  const filter = { limit, ...(workflowName ? { workflowName } : {}), ...(status ? { status } : {}) };
  const found = engine.workflowManager.listExecutions(filter);
  if (options.json) {
    const executions = found.map(({ id, record }) => ({
      execution_id: id,
      ...record,
      standing: engine.workflowManager.standingOf(record),
    }));
    terminal.out(JSON.stringify({ type: "result", success: true, executions }));
    return EXIT.success;
  }
  const rows = found.map(({ id, record }) => [
    id,
    record.workflow_name,
    engine.workflowManager.standingOf(record),
    toDate(record.started_at).toISOString().replace("T", " ").replace(/\.\d+/, ""),
    record.ended_at === null ? "" : duration(record.ended_at - record.started_at),
    record.errors[0] ?? "",
  ]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  if (rows.length === 0)
    terminal.out(
      `${options.workflow || options.status ? "No such execution" : "No executions yet"}. Start one with: ${commandText("run <workflow>")}`,
    );
  return EXIT.success;
}

/** Shows one execution with its steps. */
export async function showExecution(id: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const execution = findExecution(engine, id);
  if (options.json) {
    // Whether the run succeeded is in its status: this command has, when it finds it.
    terminal.out(JSON.stringify({ type: "result", success: true, execution: execution.toDict() }));
    return EXIT.success;
  }
  for (const line of executionLines(execution)) terminal.out(line);
  return EXIT.success;
}

function findExecution({ workflowManager }: OrchestrationEngine, id: string): WorkflowExecution {
  const found = workflowManager.getExecution(id);
  if (found) return found;
  const recent = workflowManager.listExecutions({ limit: 20 }).map((each) => each.id);
  throw executionNotFound(id, nearestNames(id, recent));
}

function executionLines(execution: WorkflowExecution): string[] {
  const { workflowName, status, startTime, durationMs, errors, warnings, parameters } = execution;
  const head = [paint.strong(clean(workflowName)), status, startTime?.toISOString()];
  return [
    [...head, durationMs === null ? undefined : duration(durationMs)]
      .filter((part) => part !== undefined)
      .join("  "),
    `  Parameters  ${clean(JSON.stringify(parameters))}`,
    ...stepLines(execution),
    ...warnings.map((warning) => `  ${paint.warn("Warning:")} ${clean(warning)}`),
    ...errors.map((error) => `  ${paint.bad("Error:")} ${clean(error)}`),
    ...howToGoOn(execution),
  ];
}

function howToGoOn({ status, executionId: id, parked }: WorkflowExecution): string[] {
  if (status === "completed") return [];
  if (parked !== null)
    return [`  ${parked.reason === "waiting" ? "Answer" : "Go on"}: ${parkedCommand(parked)}`];
  const command = commandText(`resume ${id}`);
  return [status === "running" ? `  If its process is gone: ${command}` : `  Go on: ${command}`];
}

const parkedCommand = ({ hint }: Parked): string => clean(commandText(hint.replace(/^orch /, "")));

/** What the store has of a step, beside what every result has. */
interface StepFacts {
  readonly status: StepView["status"];
  readonly success: boolean;
  /** Seconds. */
  readonly execution_time: number;
  readonly attempts: number;
  readonly message?: string;
  /** What it waits for. */
  readonly waiting?: { readonly kind: string; readonly message?: string; readonly form?: object };
}

function stepLines({ results }: WorkflowExecution): string[] {
  return Object.entries(results).map(([name, step]) => {
    const { status, success, execution_time, attempts, message = "", waiting } = step as unknown as StepFacts;
    const again = attempts > 1 ? `, ${attempts} attempts` : "";
    if (waiting) return `  ${sign({ status })} ${clean(name)}  ${paint.dim(clean(waitText(waiting)))}`;
    const text = success ? `${status} in ${duration(execution_time * 1000)}${again}` : message || status;
    return `  ${sign({ status })} ${clean(name)}  ${paint.dim(clean(text))}`;
  });
}

function waitText({ kind, message, form }: NonNullable<StepFacts["waiting"]>): string {
  const asked = form && Object.keys(form).length > 0 ? `  ${JSON.stringify(form)}` : "";
  return `waits: ${kind}${message === undefined ? "" : `  ${message}`}${asked}`;
}
