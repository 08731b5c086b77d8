import { cleanText } from "@orch/core/base";
import { executionNotFound, type PlannedStep } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { EXIT } from "../exit-code.ts";
import { followRun } from "../follow-run.ts";
import { requireExecution } from "../known-execution.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch resume` takes. */
export interface ResumeCommandOptions extends GlobalOptions {
  readonly from?: string;
  readonly edited?: boolean;
  readonly plan?: boolean;
}

/** Goes on with an execution that was interrupted, paused, failed or cancelled, and follows it; or shows what would run. */
export async function resume(id: string, options: ResumeCommandOptions, terminal: Terminal): Promise<number> {
  const log = { note: (text: string) => terminal.err(cleanText(text)) };
  await using engine = openEngine(options, (text) => log.note(text));
  const { workflowManager: workflows } = engine;
  requireExecution(engine, id);
  const before = workflows.definitionOf(id);
  if (before === null) throw executionNotFound(id);
  const { from, edited = false } = options;
  if (options.plan) return showPlan(id, workflows.planResume(id, { from, edited }), options, terminal);
  const compiled = edited ? workflows.findWorkflow(before.workflow.name) : before;
  let elsewhere: Elsewhere | null = null;
  const start = async (signal: AbortSignal) => {
    await workflows.resumeExecution(id, { from, edited: edited && compiled, signal });
    const { pid, isOwn } = workflows.ownerOf(id);
    if (isOwn) return id;
    elsewhere = { pid };
    return null;
  };
  const code = await followRun(engine, { compiled, start, executionId: id }, { options, terminal, log });
  if (elsewhere !== null) tellElsewhere(id, elsewhere, options, terminal);
  return code;
}

/** The process that goes on with an execution. */
interface Elsewhere {
  readonly pid: number | null;
}

/** It was only paused: the process that has it goes on. */
function tellElsewhere(id: string, { pid }: Elsewhere, { json }: GlobalOptions, terminal: Terminal): void {
  const who = pid === null ? "Another process" : `Process ${pid}`;
  const text = `${who} goes on with it. Watch it: ${commandText(`execution events ${id} --follow`)}`;
  terminal.out(
    json ? JSON.stringify({ type: "result", success: true, execution_id: id, goes_on_in: pid, text }) : text,
  );
}

function showPlan(
  id: string,
  plan: readonly PlannedStep[],
  { json }: GlobalOptions,
  terminal: Terminal,
): number {
  if (json) {
    const steps = plan.map(({ isAnew: _, ...step }) => step);
    terminal.out(JSON.stringify({ type: "result", success: true, execution_id: id, plan: steps }));
    return EXIT.success;
  }
  const rows = plan.map(({ step, action, reason }) => [step, action, reason]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  return EXIT.success;
}
