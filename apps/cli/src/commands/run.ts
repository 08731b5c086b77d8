import { cleanText } from "@orch/core/base";
import {
  bindParameters,
  type CompiledWorkflow,
  declaredParameters,
  executionLevels,
  type JsonObject,
  type OrchestrationMode,
  type RunOptions,
  UnresolvedReferenceError,
  undeclaredParameters,
  unknownKeys,
} from "@orch/engine";
import { count } from "../count.ts";
import { EXIT } from "../exit-code.ts";
import { findWorkflow } from "../find-workflow.ts";
import { followRun } from "../follow-run.ts";
import { findOpenSession } from "../known-session.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { type ParameterSources, readParameters } from "../parameters.ts";
import { refuseUnknownModules, refuseUnloadable } from "../refuse-modules.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch run` takes. */
export interface RunCommandOptions extends GlobalOptions, ParameterSources {
  readonly mode?: OrchestrationMode;
  readonly maxParallel?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Whether steps that say nothing of it use results of earlier runs. */
  readonly cache?: boolean;
  readonly dryRun?: boolean;
  /** The session that it runs in. */
  readonly session?: string;
}

/** Runs a workflow and follows it. What can be known to be wrong is refused first: then nothing is written. */
export async function run(argument: string, options: RunCommandOptions, terminal: Terminal): Promise<number> {
  const early: string[] = [];
  const log: { note: (text: string) => void } = { note: (text) => void early.push(text) };
  await using engine = openEngine(options, (text) => log.note(text));
  const compiled = findWorkflow(engine, argument);
  // Kept back until here: what is wrong with the workflow itself is said once, as the error.
  log.note = (text) => terminal.err(cleanText(text));
  early.forEach(log.note);
  for (const { path, message } of unknownKeys(compiled.workflow)) log.note(`Warning: ${path}: ${message}`);
  const parameters = readParameters(options, declaredParameters(compiled.workflow.parameters));
  refuseParameters(compiled, parameters);
  // Here, too, since modules are loaded before a run begins, and not at all where nothing is to run.
  bindParameters(compiled.workflow.name, compiled.workflow.parameters, parameters);
  if (options.session !== undefined) findOpenSession(options.session, engine);
  if (options.dryRun) {
    refuseUnknownModules(compiled, engine);
    return showPlan(compiled, options, terminal);
  }
  const { session: sessionId } = options;
  let ended = Promise.resolve();
  const start = async (signal: AbortSignal) => {
    await refuseUnloadable(compiled, engine);
    const how = { signal, ...runOptions(options) };
    if (sessionId === undefined) return engine.workflowManager.startWorkflow(compiled, parameters, how);
    const started = await engine.startInSession(compiled, parameters, { ...how, sessionId });
    ended = started.ended;
    return started.executionId;
  };
  const settled = () => ended;
  return await followRun(engine, { compiled, start, settled }, { options, terminal, log });
}

/** What a run is started with, as the command line says it. */
export const runOptions = ({ mode, maxParallel, timeout, cache }: RunCommandOptions): RunOptions => ({
  ...(mode ? { mode } : {}),
  ...(maxParallel ? { maxParallel } : {}),
  ...(timeout ? { timeoutMs: timeout * 1000 } : {}),
  ...(cache === undefined ? {} : { cache }),
});

/**
 * Throws for parameters that the workflow does not declare, and for those that a step uses and nobody gives; `implied` are
 * given with every run of this kind.
 */
export function refuseParameters(
  { workflow, parameterNames }: CompiledWorkflow,
  parameters: JsonObject,
  implied: readonly string[] = [],
): void {
  const { name } = workflow;
  const declared = declaredParameters(workflow.parameters);
  const unknown = Object.keys(parameters).filter((key) => !Object.hasOwn(declared, key));
  if (unknown.length > 0 && Object.keys(declared).length > 0)
    throw undeclaredParameters(name, unknown, declared, parameters);
  for (const [parameter, { text, step }] of parameterNames) {
    const { default: fallback, required = false } =
      (Object.hasOwn(declared, parameter) && declared[parameter]) || {};
    // One that is required and missing is refused by the engine, which names all of them.
    if (Object.hasOwn(parameters, parameter) || fallback !== undefined || required) continue;
    if (implied.includes(parameter)) continue;
    throw new UnresolvedReferenceError(`${text} in step '${step}' names neither a step nor a parameter`, {
      details: { reference: text, step },
      suggestions: [
        `Give it: -p ${parameter}=…`,
        "Or declare it with a default in the workflow's parameters.",
      ],
    });
  }
}

/** What would run, level by level; nothing does. */
export function showPlan(
  { workflow, graph }: CompiledWorkflow,
  { json }: GlobalOptions,
  terminal: Terminal,
): number {
  const levels = executionLevels(graph);
  if (json) {
    terminal.out(JSON.stringify({ type: "result", success: true, workflow: workflow.name, levels }));
    return EXIT.success;
  }
  const size = `${count(graph.size, "step")} in ${count(levels.length, "level")}`;
  terminal.out(`${cleanText(workflow.name)}: ${size}; nothing was run`);
  for (const [at, names] of levels.entries()) terminal.out(`  ${at + 1}  ${cleanText(names.join(", "))}`);
  return EXIT.success;
}
