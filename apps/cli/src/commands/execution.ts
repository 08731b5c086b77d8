import { toDate } from "@orch/core";
import { cleanText } from "@orch/core/base";
import type {
  ExecutionEntry,
  ExecutionRecord,
  OrchestrationEngine,
  Standing,
  WorkflowStatus,
} from "@orch/engine";
import { commandText } from "../command-text.ts";
import { duration } from "../duration.ts";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { timeText } from "../time-text.ts";

/** What `orch execution list` takes. */
export interface ListOptions extends GlobalOptions {
  readonly workflow?: string;
  /** As the list shows it. */
  readonly status?: WorkflowStatus | Standing;
  /** @default 20 */
  readonly limit?: number;
}

/** Lists executions, newest first. */
export async function listExecutions(options: ListOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const found = foundBy(options, engine);
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
    timeText(toDate(record.started_at)),
    durationText(record),
    [partText(record), record.errors[0] ?? ""].filter((text) => text !== "").join("  "),
  ]);
  for (const line of executionTable(rows, terminal.lineWidth)) terminal.out(line);
  if (engine.stateNote !== null) terminal.err(`${paint.warn("Note:")} ${cleanText(engine.stateNote)}`);
  if (rows.length === 0)
    terminal.out(
      `${options.workflow || options.status ? "No such execution" : "No executions yet"}. Start one with: ${commandText("run <workflow>")}`,
    );
  return EXIT.success;
}

const STANDINGS = ["pending", "interrupted", "paused", "set_aside"] as const;
type OwnStanding = (typeof STANDINGS)[number];
const isStanding = (status: string | undefined): status is OwnStanding =>
  STANDINGS.includes(status as OwnStanding);

/** What is asked for. How a run stands without going on is not in its record: each that has not ended is looked at. */
function foundBy(
  { workflow, status, limit = 20 }: ListOptions,
  { workflowManager }: OrchestrationEngine,
): ExecutionEntry[] {
  const filter = workflow ? { workflowName: workflow } : {};
  if (!isStanding(status))
    return workflowManager.listExecutions({ ...filter, limit, ...(status ? { status } : {}) });
  return (["pending", "running"] as const)
    .flatMap((each) => workflowManager.listExecutions({ ...filter, status: each }))
    .filter(({ record }) => workflowManager.standingOf(record) === status)
    .sort((a, b) => b.record.started_at - a.record.started_at)
    .slice(0, limit);
}

/** Beside the id, this much of a line must be left for what follows. */
const LEAST_BESIDE = 40;

/** One line for each execution; where lines are too short for that its id on one, which is never cut, and the rest below. */
export function executionTable(rows: readonly (readonly string[])[], columns: number): string[] {
  const idWidth = Math.max(0, ...rows.map(([id = ""]) => id.length));
  if (columns >= idWidth + LEAST_BESIDE) return table(rows, columns);
  const rest = table(
    rows.map(([, name = "", standing = "", started = "", took = "", more = ""]) => [
      standing,
      name,
      took,
      started,
      more,
    ]),
    columns - 2,
  );
  return rows.flatMap(([id = ""], at) => [`  ${cleanText(id)}`, `  ${rest[at] ?? ""}`]);
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
