import { toIso } from "@orch/core";
import { cleanLine } from "@orch/core/base";
import { commandText } from "../command-text.ts";
import { EXIT } from "../exit-code.ts";
import { requireExecution } from "../known-execution.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { eachUntilSignal, readingStopped } from "../until-signal.ts";

/** What `orch execution events` takes. */
export interface EventsOptions extends GlobalOptions {
  readonly after?: number;
  readonly follow?: boolean;
}

/** Prints the events of an execution, a line each; with `--json` as they are stored. */
export async function showEvents(id: string, options: EventsOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  const { after = 0, follow = false, json = false } = options;
  requireExecution(engine, id);
  let last = after;
  const read = (signal: AbortSignal) => engine.workflowManager.followEvents(id, { after, follow, signal });
  const signalled = await eachUntilSignal(read, (event) => {
    const { sequence, at, type, execution_id, workflow_name: _, ...rest } = event;
    last = sequence;
    if (json) terminal.out(JSON.stringify({ type, seq: sequence, at: toIso(at), execution_id, ...rest }));
    else terminal.out(cleanLine(`${String(sequence).padStart(6)}  ${toIso(at)}  ${type}  ${factsOf(rest)}`));
  });
  if (signalled !== null) {
    const again = commandText(`execution events ${id} --follow --after ${last}`);
    return readingStopped(signalled, again, options, terminal);
  }
  if (json) terminal.out(JSON.stringify({ type: "result", success: true, execution_id: id, last }));
  return EXIT.success;
}

const factsOf = (rest: object): string =>
  Object.entries(rest)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
