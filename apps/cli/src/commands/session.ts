import { cleanText } from "@orch/core/base";
import type { OrchestrationMode, OrchestrationSession, SessionOptions } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { duration } from "../duration.ts";
import { EXIT } from "../exit-code.ts";
import { findOpenSession, findSession } from "../known-session.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { readParameters } from "../parameters.ts";
import { table } from "../table.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";
import { timeText } from "../time-text.ts";

/** What `orch session create` takes. */
export interface CreateSessionCommand extends GlobalOptions {
  readonly user?: string;
  readonly name?: string;
  readonly description?: string;
  readonly mode?: OrchestrationMode;
  readonly maxTasks?: number;
  readonly maxWorkflows?: number;
  /** Seconds, from the first work. */
  readonly timeout?: number;
  /** `key=value` texts. */
  readonly require?: readonly string[];
  /** `key=value` texts. */
  readonly set?: readonly string[];
}

/** Makes a session, which stays until it is closed. */
export async function createSession(options: CreateSessionCommand, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const id = engine.createSession(sessionOptions(options));
  const session = engine.getSession(id);
  await engine.shutdown({ keepSessions: true });
  const next = [`run <workflow> --session ${id}`, `session close ${id}`].map(commandText);
  const result = { session_id: id, session: session?.toDict() ?? null, suggestions: next };
  const text = `Created ${id}\n  Run in it: ${next[0]}\n  End it: ${next[1]}`;
  return tellResult(result, text, options, terminal);
}

function sessionOptions(options: CreateSessionCommand): SessionOptions {
  const { user, name, description, mode, maxTasks, maxWorkflows, timeout, require, set } = options;
  const known = {
    ...{ userId: user, name, description, mode },
    maxParallelTasks: maxTasks,
    maxParallelWorkflows: maxWorkflows,
    timeoutMs: timeout && timeout * 1000,
    resourceRequirements: require && readParameters({ param: require }, {}),
    metadata: set && readParameters({ param: set }, {}),
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

/** What `orch session list` takes. */
export interface ListSessionsCommand extends GlobalOptions {
  /** Also those that were closed. */
  readonly all?: boolean;
}

/** Lists sessions, oldest first. */
export async function listSessions(options: ListSessionsCommand, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const sessions = engine.listSessions({ includeClosed: options.all ?? false });
  if (options.json) {
    const dicts = sessions.map((session) => session.toDict());
    terminal.out(JSON.stringify({ type: "result", success: true, sessions: dicts }));
    return EXIT.success;
  }
  const rows = sessions.map((session) => [
    session.sessionId,
    session.status,
    session.userId,
    session.mode,
    timeText(session.createdAt),
    session.name,
  ]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  if (rows.length === 0)
    terminal.out(
      `No session${options.all ? "" : " is open"}. Make one with: ${commandText("session create")}`,
    );
  return EXIT.success;
}

/** Shows one session, also one that was closed, and what was done in it. */
export async function showSession(id: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const session = findSession(id, engine);
  const allocations = engine.resourceManager.getUserAllocations(id);
  if (options.json) {
    const { history } = session;
    const result = { session: session.toDict(), history, allocations };
    terminal.out(JSON.stringify({ type: "result", success: true, ...result }));
    return EXIT.success;
  }
  const title = session.name === "" ? session.sessionId : session.name;
  terminal.out(`${paint.strong(cleanText(title))}  ${session.status}`);
  for (const line of table(factsOf(session), terminal.lineWidth)) terminal.out(line);
  if (session.history.length > 0) terminal.out("\nDone in it");
  const rows = session.history.map(({ type, name, id: workId, success, at }) => [
    success ? "✔" : "✖",
    type.replace("_", " "),
    name,
    workId ?? "",
    at.replace("T", " ").replace(/\.\d+/, ""),
  ]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  return EXIT.success;
}

function factsOf(session: OrchestrationSession): string[][] {
  const { timeoutMs, resourceRequirements, metadata, completedAt } = session;
  const atOnce = `${count(session.maxParallelTasks, "task")}, ${count(session.maxParallelWorkflows, "workflow")}`;
  const rows = [
    ["Id", session.sessionId],
    ["User", session.userId],
    ["About", session.description],
    ["Mode", session.mode],
    ["At once", atOnce],
    ["Time limit", timeoutMs === null ? "" : `${duration(timeoutMs)} from the first work`],
    ["Requires", jsonText(resourceRequirements)],
    ["Settings", jsonText(metadata)],
    ["Created", timeText(session.createdAt)],
    ["Closed", completedAt === null ? "" : timeText(completedAt)],
  ];
  return rows.filter(([, value]) => value !== "");
}

const jsonText = (value: object): string => (Object.keys(value).length === 0 ? "" : JSON.stringify(value));

/** What `orch session close` takes. */
export interface CloseSessionCommand extends GlobalOptions {
  /** As cancelled, not as completed. */
  readonly cancel?: boolean;
}

/** Ends a session: what runs in it is aborted, in whatever process, and what it holds is given back. */
export async function closeSession(
  id: string,
  options: CloseSessionCommand,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  findOpenSession(id, engine);
  if (options.cancel) engine.cancelSession(id);
  else engine.closeSession(id);
  await engine.shutdown({ keepSessions: true });
  const status = options.cancel ? "cancelled" : "completed";
  return tellResult({ session_id: id, status }, `Closed ${id}`, options, terminal);
}
