import { type JsonValue, OrchestrationError } from "@orch/core";
import type { OrchestrationEngine } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { requireExecution } from "../known-execution.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** How long it is waited for what was asked of another process. */
const WAIT_MS = 5000;

/** Ends an execution, in whatever process it runs, and waits for its end. */
export const cancelExecution = (id: string, options: GlobalOptions, terminal: Terminal): Promise<number> =>
  cancelWithin(WAIT_MS, id, options, terminal);

/**
 * The same; of another process it waits up to `waitMs`. One whose process is gone is taken over: nobody else would go on
 * with its undos.
 */
export async function cancelWithin(
  waitMs: number,
  id: string,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  const { workflowManager: workflows } = engine;
  requireExecution(engine, id);
  if (!(await workflows.requestCancel(id))) throw hasEnded(id, engine);
  const { isOwn } = workflows.ownerOf(id);
  const execution = await workflows.waitForExecution(id, isOwn ? {} : { timeoutMs: waitMs });
  const text =
    execution === null ? "The execution is asked to end; its steps have not stopped yet" : "Cancelled";
  return tellResult({ execution_id: id, ended: execution !== null }, text, options, terminal);
}

/** Lets an execution start nothing new until it is resumed. */
export async function pauseExecution(
  id: string,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  requireExecution(engine, id);
  await engine.workflowManager.pauseExecution(id);
  const text = `Paused: nothing new starts. Go on with: ${commandText(`resume ${id}`)}`;
  return tellResult({ execution_id: id }, text, options, terminal);
}

/** Answers a step that waits for somebody. */
export async function answerExecution(
  id: string,
  step: string,
  answer: string,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  requireExecution(engine, id);
  await engine.workflowManager.answer(id, step, readAnswer(answer));
  return tellResult({ execution_id: id, step }, `Step ${step} is answered`, options, terminal);
}

/** What is no JSON is a text: nobody has to quote a word twice. */
function readAnswer(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

const hasEnded = (id: string, { workflowManager }: OrchestrationEngine): OrchestrationError =>
  new OrchestrationError(`Execution '${id}' has ended already`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { execution_id: id, status: workflowManager.getExecution(id)?.status ?? null },
    suggestions: [`Look at it: ${commandText(`execution show ${id}`)}`],
  });
