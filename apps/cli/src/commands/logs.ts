import { toIso } from "@orch/core";
import { cleanLine, cleanText } from "@orch/core/base";
import type { LogLevel, LogLine, LogOptions, OrchestrationEngine } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { EXIT } from "../exit-code.ts";
import { requireExecution, stepIn } from "../known-execution.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import type { Terminal } from "../terminal.ts";
import { eachUntilSignal, readingStopped } from "../until-signal.ts";

/** What `orch logs` takes. */
export interface LogsOptions extends GlobalOptions {
  readonly attempt?: number;
  /** @default "info" */
  readonly level?: LogLevel;
  /** Only behind this sequence number. */
  readonly after?: number;
  readonly follow?: boolean;
}

/** Prints what the steps of an execution have logged; `what` is its id, or `<id>/<step>`. With `--json` as it is stored. */
export async function showLogs(what: string, options: LogsOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  const { attempt, level = "info", after = 0, follow = false, json = false } = options;
  const [id, step] = stepIn(what);
  requireExecution(engine, id);
  const wanted = { step, attempt, level, after, follow };
  let [last, shown] = [after, 0];
  const read = (signal: AbortSignal) => engine.workflowManager.followLogs(id, { ...wanted, signal });
  const signalled = await eachUntilSignal(read, (line) => {
    last = line.sequence;
    shown++;
    if (json) terminal.out(jsonOf(id, line));
    else for (const each of textOf(line)) terminal.out(each);
  });
  if (signalled !== null) {
    const chosen = `--level ${level}${attempt === undefined ? "" : ` --attempt ${attempt}`}`;
    const again = commandText(`logs ${what} ${chosen} --follow --after ${last}`);
    return readingStopped(signalled, again, options, terminal);
  }
  if (json)
    terminal.out(JSON.stringify({ type: "result", success: true, execution_id: id, last, lines: shown }));
  else if (shown === 0) terminal.err(await nothingText(what, wanted, engine));
  return EXIT.success;
}

function jsonOf(execution_id: string, { sequence, at, step, ...line }: LogLine): string {
  return JSON.stringify({
    type: "log",
    seq: sequence,
    at: toIso(at),
    execution_id,
    step_name: step,
    ...line,
  });
}

const PAINTS = {
  debug: paint.dim,
  info: (text: string) => text,
  warn: paint.warn,
  error: paint.bad,
} as const;

/** Lines of a message that has several stand below each other. */
function textOf({ at, step, item, undo, attempt, level, message, fields = {} }: LogLine): string[] {
  const where = `${cleanText(step)}${item === undefined ? "" : `[${item}]`}${undo ? " undo" : ""}`;
  const facts = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const head = `${toIso(at)}  ${PAINTS[level](level.padEnd(5))}  ${paint.dim(`${where} #${attempt}`)}  `;
  const [first = "", ...rest] = message.split("\n").map(cleanLine);
  return [`${head}${[first, ...facts.map(cleanText)].join("  ")}`, ...rest.map((line) => `    ${line}`)];
}

/** Why nothing is shown, and what would show something. */
async function nothingText(
  what: string,
  { follow: _, ...wanted }: LogOptions,
  { workflowManager }: OrchestrationEngine,
): Promise<string> {
  const [id] = stepIn(what);
  for await (const _line of workflowManager.followLogs(id, { ...wanted, level: "debug" }))
    return `Nothing of level ${wanted.level} or above. All there is: ${commandText(`logs ${what} --level debug`)}`;
  return 'Nothing was logged. Actions log with context.logger, such as: context.logger.info("12 files")';
}
