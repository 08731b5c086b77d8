import { OrchestrationError } from "@orch/core";
import { cleanText } from "@orch/core/base";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { requireExecution } from "../known-execution.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { isShipped } from "../shipped-workflows.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** Deletes an execution that has ended, with all that is stored of it. */
export async function deleteExecution(
  id: string,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  requireExecution(engine, id);
  const deleted = engine.workflowManager.deleteExecution(id);
  const parts = deleted.length > 1 ? `, with ${count(deleted.length - 1, "execution")} inside of it` : "";
  return tellResult({ execution_id: id, deleted }, `Deleted ${id}${parts}`, options, terminal);
}

/** Deletes the file of a workflow. Its executions stay, and can be resumed: each has its own copy of the definition. */
export async function deleteWorkflow(
  name: string,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  const { workflowManager: workflows } = engine;
  workflows.findWorkflow(name);
  const file = workflows.fileOf(name);
  if (file !== null && isShipped(file)) throw shipped(name, file);
  const running = (["running", "pending"] as const).flatMap((status) =>
    workflows.listExecutions({ workflowName: name, status }).map(({ id }) => id),
  );
  if (running.length > 0) throw runs(name, running);
  workflows.deleteWorkflow(name, { removeFile: true });
  const text =
    file === null ? `Deleted ${cleanText(name)}` : `Deleted ${cleanText(name)}: ${cleanText(file)}`;
  return tellResult({ workflow: name, file }, text, options, terminal);
}

const shipped = (name: string, file: string): OrchestrationError =>
  new OrchestrationError(`Workflow '${name}' comes with the program, and is not deleted`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { workflow: name, file },
    suggestions: ["Use a base directory of your own: --base-dir <dir>"],
  });

const runs = (name: string, executions: readonly string[]): OrchestrationError =>
  new OrchestrationError(
    `Workflow '${name}' cannot be deleted: ${count(executions.length, "execution")} of it ${executions.length === 1 ? "has" : "have"} not ended`,
    {
      code: "INVALID_STATE",
      retryable: false,
      details: { workflow: name, executions },
      suggestions: [`Wait for the end, or: ${commandText(`cancel ${executions[0]}`)}`],
    },
  );
