import { executionNotFound, nearestNames } from "@orch/engine";
import { followRun } from "../follow-run.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import type { Terminal } from "../terminal.ts";

/** Goes on with an execution that was interrupted, failed or cancelled, and follows it. */
export async function resume(id: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  const { workflowManager: workflows } = engine;
  const compiled = workflows.definitionOf(id);
  if (compiled === null) throw executionNotFound(id, nearestNames(id, workflows.listExecutions({ limit: 20 }).map((each) => each.id)));
  const start = async () => {
    await workflows.resumeExecution(id);
    return id;
  };
  return await followRun(engine, { compiled, start, executionId: id }, options, terminal);
}
