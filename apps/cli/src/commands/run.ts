import { executionLevels, type OrchestrationMode, undeclaredParameters } from "@orch/engine";
import { EXIT } from "../exit-code.ts";
import { findWorkflow } from "../find-workflow.ts";
import { followRun } from "../follow-run.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { type ParameterSources, readParameters } from "../parameters.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch run` takes. */
export interface RunCommandOptions extends GlobalOptions, ParameterSources {
  readonly mode?: OrchestrationMode;
  readonly maxParallel?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly dryRun?: boolean;
}

/** Runs a workflow and follows it. */
export async function run(argument: string, options: RunCommandOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, terminal.err);
  const compiled = findWorkflow(engine, argument);
  const { name, parameters: declared } = compiled.workflow;
  const parameters = readParameters(options, declared);
  const unknown = Object.keys(parameters).filter((key) => !Object.hasOwn(declared, key));
  if (unknown.length > 0 && Object.keys(declared).length > 0) throw undeclaredParameters(name, unknown, declared);
  if (options.dryRun) return showPlan(compiled, options, terminal);
  const { mode, maxParallel, timeout } = options;
  const start = () =>
    engine.workflowManager.startWorkflow(compiled, parameters, {
      ...(mode ? { mode } : {}),
      ...(maxParallel ? { maxParallel } : {}),
      ...(timeout ? { timeoutMs: timeout * 1000 } : {}),
    });
  return await followRun(engine, { compiled, start }, options, terminal);
}

/** What would run, level by level; nothing does. */
function showPlan({ workflow, graph }: ReturnType<typeof findWorkflow>, { json }: GlobalOptions, terminal: Terminal): number {
  const levels = executionLevels(graph);
  if (json) terminal.out(JSON.stringify({ type: "result", success: true, workflow: workflow.name, levels }));
  else {
    terminal.out(`${workflow.name}: ${graph.size} steps in ${levels.length} levels; nothing was run`);
    levels.forEach((names, index) => terminal.out(`  ${index + 1}  ${names.join(", ")}`));
  }
  return EXIT.success;
}
