import { cleanText } from "@orch/core/base";
import {
  checkContextOf,
  checkWorkflow,
  type DefinitionProblem,
  type DraftWorkflow,
  executionLevels,
  type LoadedDefinition,
  type OrchestrationEngine,
} from "@orch/engine";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { EXIT } from "../exit-code.ts";
import { findDefinition } from "../find-workflow.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch workflow validate` takes. */
export interface ValidateOptions extends GlobalOptions {
  /** Loads the code of the modules that the steps name, to check parameters against their actions. */
  readonly load?: boolean;
}

/** How many problems are shown to a person. */
const MOST_SHOWN = 50;
const hint = (): string => `See what a file may say: ${commandText("workflow schema")}`;

/**
 * Checks a definition, all of it, without running anything: what is wrong keeps it from being run, what may go wrong when
 * it is run are warnings.
 */
export async function validateWorkflow(
  argument: string,
  options: ValidateOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, () => {});
  const found = findDefinition(engine, argument);
  const { compiled, draft } = found;
  const loadWarnings = options.load && draft !== null ? await loadModules(draft, engine) : [];
  const warnings = [...loadWarnings, ...warningsOf(found, engine)];
  if (compiled === null) return showProblems(found, warnings, { options, terminal });
  if (options.json) {
    const { name: workflow } = compiled.workflow;
    terminal.out(JSON.stringify({ type: "result", success: true, valid: true, workflow, warnings }));
    return EXIT.success;
  }
  const { steps, graph, workflow } = compiled;
  const size = `${count(steps.length, "step")}, ${count(executionLevels(graph).length, "level")}`;
  terminal.out(`${paint.good("✔")} ${cleanText(workflow.name)} is valid: ${size}`);
  showWarnings(warnings, terminal);
  return EXIT.success;
}

/** What may go wrong beside what is wrong already. */
function warningsOf(
  { draft, problems, place }: LoadedDefinition,
  engine: OrchestrationEngine,
): DefinitionProblem[] {
  if (draft === null) return [];
  const places = new Set(problems.map(({ path }) => path));
  return place(checkWorkflow(draft, checkContextOf(engine)).filter(({ path }) => !places.has(path)));
}

function showWarnings(warnings: readonly DefinitionProblem[], terminal: Terminal): void {
  for (const { code, message } of warnings.slice(0, MOST_SHOWN))
    terminal.err(`${paint.warn("Warning:")} ${cleanText(message)} ${paint.dim(code)}`);
  if (warnings.length > MOST_SHOWN) terminal.err(`… and ${warnings.length - MOST_SHOWN} more warnings`);
}

function showProblems(
  { file, problems }: LoadedDefinition,
  warnings: readonly DefinitionProblem[],
  { options: { json }, terminal }: { readonly options: GlobalOptions; readonly terminal: Terminal },
): number {
  const error = `${file} is not valid: ${count(problems.length, "problem")}`;
  if (json) {
    const error_code = "WORKFLOW_DEFINITION_INVALID";
    const details = { file, problems, warnings };
    const result = { success: false, valid: false, error, error_type: "WorkflowDefinitionError", error_code };
    terminal.out(JSON.stringify({ type: "result", ...result, details, suggestions: [hint()] }));
    return EXIT.invalid;
  }
  terminal.err(`${paint.bad("✖")} ${cleanText(error)}`);
  for (const { code, path, message } of problems.slice(0, MOST_SHOWN))
    terminal.err(`  - ${cleanText([path, message].filter(Boolean).join(": "))} ${paint.dim(code)}`);
  if (problems.length > MOST_SHOWN) terminal.err(`  … and ${problems.length - MOST_SHOWN} more`);
  showWarnings(warnings, terminal);
  terminal.err(`  ${paint.dim("Try:")} ${hint()}`);
  return EXIT.invalid;
}

/** Loads the modules of the steps; one that cannot be loaded is a warning. */
async function loadModules(
  { steps }: DraftWorkflow,
  { modules }: OrchestrationEngine,
): Promise<DefinitionProblem[]> {
  const warnings: DefinitionProblem[] = [];
  const names = [...new Set(steps.map(({ module }) => module))].filter((name) => modules.has(name));
  for (const name of names) {
    try {
      await modules.load(name);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      warnings.push({ code: "MODULE_NOT_FOUND", path: "", message });
    }
  }
  return warnings;
}
