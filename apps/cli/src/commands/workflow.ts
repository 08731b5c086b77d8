import { dependenciesOf, executionLevels, readDefinitionFile, WorkflowDAG } from "@orch/engine";
import { resolve } from "node:path";
import { clean } from "../clean.ts";
import { EXIT } from "../exit-code.ts";
import { findWorkflow, isFile } from "../find-workflow.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** Lists the workflows that can be run by name. */
export async function listWorkflows(options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const { workflowManager } = engine;
  const workflows = workflowManager.listWorkflows();
  if (options.json) {
    terminal.out(JSON.stringify({ type: "result", success: true, workflows, load_problems: workflowManager.loadProblems }));
    return EXIT.success;
  }
  const rows = Object.entries(workflows).map(([name, { steps, description }]) => [name, `${steps} steps`, description]);
  for (const line of table(rows, terminal.columns)) terminal.out(line);
  if (rows.length === 0) terminal.out(`No workflow is defined in ${engine.config.workflowsDir}.`);
  for (const { file, problems } of workflowManager.loadProblems) {
    terminal.err(`${paint.warn("Skipped:")} ${file}`);
    for (const { path, message } of problems) terminal.err(`  - ${clean([path, message].filter(Boolean).join(": "))}`);
  }
  return EXIT.success;
}

/** Shows one workflow: its parameters and its steps. */
export async function showWorkflow(argument: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const compiled = findWorkflow(engine, argument);
  const { workflow, steps, graph } = compiled;
  if (options.json) {
    terminal.out(JSON.stringify({ type: "result", success: true, workflow: workflow.toDict(), levels: executionLevels(graph) }));
    return EXIT.success;
  }
  terminal.out(`${paint.strong(workflow.name)}${workflow.description ? `  ${clean(workflow.description)}` : ""}`);
  const parameters = Object.entries(workflow.parameters).map(([name, { type = "any", default: fallback, description = "" }]) => [
    name,
    type,
    fallback === undefined ? "" : `= ${JSON.stringify(fallback)}`,
    description,
  ]);
  if (parameters.length > 0) terminal.out("\nParameters");
  for (const line of table(parameters, terminal.columns)) terminal.out(line);
  terminal.out("\nSteps");
  const rows = steps.map(({ name, module, action }, node) => {
    const after = dependenciesOf(compiled, node);
    return [name, `${module}.${action}`, after.length > 0 ? `after ${after.join(", ")}` : ""];
  });
  for (const line of table(rows, terminal.columns)) terminal.out(line);
  return EXIT.success;
}

/** Checks a definition, all of it, without running anything. Modules and actions that are not there are warnings. */
export async function validateWorkflow(argument: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  if (isFile(argument)) {
    const { compiled, problems, file } = readDefinitionFile(resolve(argument));
    if (compiled === null) return report(file, problems, options, terminal);
  }
  const { steps, graph, workflow } = findWorkflow(engine, argument);
  const known = new Set(engine.modules.listModules());
  const warnings = steps.flatMap(({ name, module }) => (engine.modules.has(module) || known.has(module) ? [] : [`Step '${name}': module '${module}' is not known here`]));
  if (options.json) terminal.out(JSON.stringify({ type: "result", success: true, valid: true, workflow: workflow.name, warnings }));
  else {
    terminal.out(`${paint.good("✔")} ${workflow.name} is valid: ${steps.length} steps, ${executionLevels(graph).length} levels`);
    for (const warning of warnings) terminal.err(`${paint.warn("Warning:")} ${clean(warning)}`);
  }
  return EXIT.success;
}

function report(file: string, problems: readonly { readonly path: string; readonly message: string }[], { json }: GlobalOptions, terminal: Terminal): number {
  if (json) {
    const error = { success: false, valid: false, error: `${file} is not valid`, error_type: "WorkflowDefinitionError", error_code: "WORKFLOW_DEFINITION_INVALID", details: { file, problems }, suggestions: [] };
    terminal.out(JSON.stringify({ type: "result", ...error }));
  } else {
    terminal.err(`${paint.bad("✖")} ${file} is not valid:`);
    for (const { path, message } of problems) terminal.err(`  - ${clean([path, message].filter(Boolean).join(": "))}`);
  }
  return EXIT.invalid;
}

/** Prints a workflow as a Mermaid diagram. */
export async function graphWorkflow(argument: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const compiled = findWorkflow(engine, argument);
  const tasks = compiled.steps.map(({ name, module, action }, node) => ({ name, module, action, dependencies: dependenciesOf(compiled, node) }));
  const mermaid = new WorkflowDAG(tasks).toMermaid();
  terminal.out(options.json ? JSON.stringify({ type: "result", success: true, mermaid }) : mermaid);
  return EXIT.success;
}
