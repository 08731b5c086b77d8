import { cleanText } from "@orch/core/base";
import type { OrchestrationEngine } from "@orch/engine";
import { commandText, withCommands } from "../command-text.ts";
import { EXIT } from "../exit-code.ts";
import { requireExecution, stepIn } from "../known-execution.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** Says why the steps of an execution have not ended; `what` is its id, or `<id>/<step>`. */
export async function why(what: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  const [id, step] = stepIn(what);
  requireExecution(engine, id);
  const causes = engine.workflowManager.why(id, step);
  if (options.json) {
    const steps = causes.map(({ waitsFor: waits_for, goesFirst: goes_first, ...cause }) => ({
      ...cause,
      ...(goes_first ? { goes_first } : {}),
      message: withCommands(cause.message),
      waits_for,
    }));
    terminal.out(JSON.stringify({ type: "result", success: true, execution_id: id, steps }));
    return EXIT.success;
  }
  const rows = causes.map((cause) => [cleanText(cause.step), cleanText(withCommands(cause.message))]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  if (rows.length === 0) terminal.out(whyNothing(id, engine, step));
  return EXIT.success;
}

/** Its steps have ended; the whole has only when what they did is undone, where that is to be. */
function whyNothing(id: string, { workflowManager }: OrchestrationEngine, step: string | undefined): string {
  const execution = workflowManager.getExecution(id);
  if (step !== undefined || execution?.status !== "running") return "Nothing waits: it has ended.";
  const undone = "Its steps have ended; what they did is being undone";
  return workflowManager.standingOf(id) === "interrupted"
    ? `${undone}, and its process is gone. Go on with: ${commandText(`resume ${id}`)}`
    : `${undone}.`;
}
