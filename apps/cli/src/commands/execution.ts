import { toDate } from "@orch/core";
import type { ExecutionRecord, WorkflowStatus } from "@orch/engine";
import { clean } from "../clean.ts";
import { commandText } from "../command-text.ts";
import { duration } from "../duration.ts";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
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
      duration: secondsOf(record),
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
    durationText(record),
    [partText(record), record.errors[0] ?? ""].filter((text) => text !== "").join("  "),
  ]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  if (engine.stateNote !== null) terminal.err(`${paint.warn("Note:")} ${clean(engine.stateNote)}`);
  if (rows.length === 0)
    terminal.out(
      `${options.workflow || options.status ? "No such execution" : "No executions yet"}. Start one with: ${commandText("run <workflow>")}`,
    );
  return EXIT.success;
}

/** How long one that has ended took; null before. Never less than nothing, whatever was done to the clock meanwhile. */
const secondsOf = ({ started_at, ended_at }: ExecutionRecord): number | null =>
  ended_at === null ? null : Math.max(0, ended_at - started_at) / 1000;

/** That it is inside of another one: it is resumed and deleted with that. */
const partText = ({ parent }: ExecutionRecord): string =>
  parent === null ? "" : `in ${parent.execution_id}/${parent.step}`;

function durationText(record: ExecutionRecord): string {
  const seconds = secondsOf(record);
  return seconds === null ? "" : duration(seconds * 1000);
}
