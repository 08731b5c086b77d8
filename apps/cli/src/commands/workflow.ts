import { cleanText } from "@orch/core/base";
import {
  type CompiledWorkflow,
  declaredParameters,
  definitionSchema,
  dependenciesOf,
  executionLevels,
} from "@orch/engine";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { EXIT } from "../exit-code.ts";
import { findWorkflow } from "../find-workflow.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { table } from "../table.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** Lists the workflows that can be run by name, and the files that cannot be used. */
export async function listWorkflows(options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const { workflowManager, config } = engine;
  const workflows = workflowManager.listWorkflows();
  if (options.json) {
    const { loadProblems: load_problems } = workflowManager;
    terminal.out(JSON.stringify({ type: "result", success: true, workflows, load_problems }));
    return EXIT.success;
  }
  const rows = Object.entries(workflows).map(([name, { steps, description }]) => [
    name,
    count(steps, "step"),
    description,
  ]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  if (rows.length === 0)
    terminal.out(
      `No workflow is defined in ${cleanText(config.workflowsDir)}. Make one with: ${commandText("workflow create <name>")}`,
    );
  for (const { file, problems } of workflowManager.loadProblems) {
    terminal.err(`${paint.warn("Skipped:")} ${cleanText(file)}`);
    for (const { path, message } of problems)
      terminal.err(`  - ${cleanText([path, message].filter(Boolean).join(": "))}`);
  }
  return EXIT.success;
}

/** Shows one workflow: its parameters and its steps. */
export async function showWorkflow(
  argument: string,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, () => {});
  const compiled = findWorkflow(engine, argument);
  const { workflow, graph } = compiled;
  if (options.json) {
    const levels = executionLevels(graph);
    terminal.out(JSON.stringify({ type: "result", success: true, workflow: workflow.toDict(), levels }));
    return EXIT.success;
  }
  const description = workflow.description ? `  ${cleanText(workflow.description)}` : "";
  terminal.out(`${paint.strong(cleanText(workflow.name))}${description}`);
  const parameters = parameterRows(compiled);
  if (parameters.length > 0) terminal.out("\nParameters");
  for (const line of table(parameters, terminal.lineWidth)) terminal.out(line);
  terminal.out("\nSteps");
  for (const line of table(stepRows(compiled), terminal.lineWidth)) terminal.out(line);
  return EXIT.success;
}

const parameterRows = ({ workflow: { parameters } }: CompiledWorkflow): string[][] =>
  Object.entries(declaredParameters(parameters)).map(
    ([name, { type = "any", default: fallback, required, description = "" }]) => {
      const value =
        fallback === undefined ? (required === true ? "required" : "") : `= ${JSON.stringify(fallback)}`;
      return [name, [type].flat().join(" | "), value, description];
    },
  );

const stepRows = (compiled: CompiledWorkflow): string[][] =>
  compiled.steps.map(({ name, module, action }, node) => {
    const after = dependenciesOf(compiled, node);
    return [name, `${module}.${action}`, after.length > 0 ? `after ${after.join(", ")}` : ""];
  });

/** Prints the JSON Schema of workflow files. */
export async function printSchema(options: GlobalOptions, terminal: Terminal): Promise<number> {
  const schema = definitionSchema();
  return tellResult({ schema }, JSON.stringify(schema, null, 2), options, terminal);
}
