import { cleanText } from "@orch/core/base";
import { declaredParameters } from "@orch/engine";
import { followRun } from "../follow-run.ts";
import { openEngine } from "../open-engine.ts";
import { readParameters } from "../parameters.ts";
import { refuseUnknownModules, refuseUnloadable } from "../refuse-modules.ts";
import type { Terminal } from "../terminal.ts";
import { type RunCommandOptions, refuseParameters, runOptions, showPlan } from "./run.ts";

/** What every run in a project is given. */
const IMPLIED = ["project_name", "project_path", "project_config"] as const;

/** Runs a workflow of a project and follows it. What can be known to be wrong is refused first: then nothing is written. */
export async function runInProject(
  name: string,
  workflow: string,
  options: RunCommandOptions,
  terminal: Terminal,
): Promise<number> {
  const log = { note: (text: string) => terminal.err(cleanText(text)) };
  await using engine = openEngine(options, (text) => log.note(text));
  const { projectManager: projects } = engine;
  const compiled = projects.findProjectWorkflow(name, workflow);
  const parameters = readParameters(options, declaredParameters(compiled.workflow.parameters));
  refuseParameters(compiled, parameters, IMPLIED);
  if (options.dryRun) {
    refuseUnknownModules(compiled, engine);
    return showPlan(compiled, options, terminal);
  }
  const start = async (signal: AbortSignal) => {
    await refuseUnloadable(compiled, engine);
    return projects.startProjectWorkflow(name, workflow, parameters, { signal, ...runOptions(options) });
  };
  return await followRun(engine, { compiled, start }, { options, terminal, log });
}
