import {
  type DiagramDirection,
  type OrchestrationEngine,
  outlineDiagram,
  outlineDict,
  outlineExecution,
  outlineWorkflow,
  toDot,
  toMermaid,
  type WorkflowOutline,
} from "@orch/engine";
import { findWorkflow } from "../find-workflow.ts";
import { requireExecution } from "../known-execution.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** How a graph is written. */
export interface GraphOptions extends GlobalOptions {
  readonly format: "mermaid" | "dot" | "json";
  readonly direction: DiagramDirection;
}

/** Prints a workflow as a graph, the steps of the workflows that it runs inside of its own. */
export async function graphWorkflow(
  argument: string,
  options: GraphOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, () => {});
  const { workflowManager } = engine;
  const compiled = findWorkflow(engine, argument);
  const outline = outlineWorkflow(compiled, (name) => workflowManager.getCompiled(name));
  return tellGraph(outline, false, options, terminal);
}

/** Prints an execution as a graph: its steps as they stand, and those of the executions inside of it. */
export async function graphExecution(id: string, options: GraphOptions, terminal: Terminal): Promise<number> {
  await using engine: OrchestrationEngine = openEngine(options, () => {});
  requireExecution(engine, id);
  return tellGraph(outlineExecution(id, engine.workflowManager), true, options, terminal);
}

function tellGraph(
  outline: WorkflowOutline,
  statuses: boolean,
  options: GraphOptions,
  terminal: Terminal,
): number {
  const { format, direction } = options;
  if (format === "json") {
    const graph = outlineDict(outline);
    return tellResult({ graph }, JSON.stringify(graph, null, 2), options, terminal);
  }
  const draw = format === "dot" ? toDot : toMermaid;
  const text = draw(outlineDiagram(outline), { direction, statuses });
  return tellResult({ [format]: text }, text, options, terminal);
}
