import { executionNotFound, nearestNames } from "@orch/engine";
import { clean } from "../clean.ts";
import { followRun } from "../follow-run.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import type { Terminal } from "../terminal.ts";

/** Goes on with an execution that was interrupted, failed or cancelled, and follows it. */
export async function resume(id: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  const log = { note: (text: string) => terminal.err(clean(text)) };
  await using engine = openEngine(options, (text) => log.note(text));
  const { workflowManager: workflows } = engine;
  const compiled = workflows.definitionOf(id);
  if (compiled === null) {
    const recent = workflows.listExecutions({ limit: 20 }).map((each) => each.id);
    throw executionNotFound(id, nearestNames(id, recent));
  }
  const start = async (signal: AbortSignal) => {
    await workflows.resumeExecution(id, { signal });
    return id;
  };
  return await followRun(engine, { compiled, start, executionId: id }, { options, terminal, log });
}
