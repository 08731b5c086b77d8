import { readFileSync } from "node:fs";
import { join } from "node:path";
import { didYouMean, isObject, nearestNames, OrchestrationError } from "@orch/core";
import { cleanText } from "@orch/core/base";
import {
  CONTROL_MODULES,
  definitionOrThrow,
  type OrchestrationEngine,
  readDefinitionText,
} from "@orch/engine";
import { commandText, withPlainCommands } from "../command-text.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { shippedWorkflows } from "../shipped-workflows.ts";
import { starterWorkflow } from "../starter-workflow.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";
import { writeNew } from "../write-new.ts";

/** What `orch workflow create` takes. */
export interface CreateCommandOptions extends GlobalOptions {
  /** The workflow that comes with the program to copy; a commented one to begin with where there is none. */
  readonly template?: string;
}

/** Writes the definition of a workflow to begin with into the folder of workflows. Overwrites nothing. */
export async function createWorkflow(
  name: string,
  options: CreateCommandOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, () => {});
  const { text, fileName } = textOf(name, options.template);
  const read = readDefinitionText(text, fileName);
  const wrong = read.problems.find(({ path }) => path === "name");
  if (wrong) throw noName(name, wrong.message);
  const { steps } = definitionOrThrow(read);
  refuseTaken(name, engine);
  const file = writeDefinition(engine.config.workflowsDir, fileName, text);
  const next = [`run ${name}`, `workflow validate ${name}`].map(commandText);
  const missing = missingModules(steps, engine);
  const lines = [
    `Created ${cleanText(file)}`,
    `  Edit it, then: ${cleanText(next.join(" or "))}`,
    ...missing.map((line) => `  ${cleanText(line)}`),
  ];
  const result = { workflow: name, file, suggestions: [...next, ...missing] };
  return tellResult(result, lines.join("\n"), options, terminal);
}

/** What to do about modules that it calls and that are not known here; nothing where there are none. */
function missingModules(
  steps: readonly { readonly module: string }[],
  { modules, config }: OrchestrationEngine,
): string[] {
  const names = [...new Set(steps.map(({ module }) => module))];
  const missing = names.filter((name) => !modules.has(name) && !CONTROL_MODULES.has(name));
  if (missing.length === 0) return [];
  return [
    `Its modules ${missing.join(", ")} are not in ${config.modulesDir} yet: put them there, or name their folder as "modules_dir" in orchestration.json`,
  ];
}

function textOf(
  name: string,
  template: string | undefined,
): { readonly text: string; readonly fileName: string } {
  // What cannot be a name stands nowhere but in the definition, which is refused for it.
  if (template === undefined) return { text: withPlainCommands(starterText(name)), fileName: `${name}.yaml` };
  const shipped = shippedWorkflows();
  const file = shipped.get(template);
  if (file === undefined) throw noTemplate(template, [...shipped.keys()]);
  const definition: unknown = JSON.parse(readFileSync(file, "utf8"));
  const copy = isObject(definition) ? { ...definition, name } : definition;
  return { text: `${JSON.stringify(copy, null, 2)}\n`, fileName: `${name}.json` };
}

const PLAIN_NAME = /^[\w.-]+$/;

const starterText = (name: string): string =>
  PLAIN_NAME.test(name) ? starterWorkflow(name) : JSON.stringify({ name, steps: [STEP] });

const STEP = { name: "greet", module: "core", action: "echo" };

/** Also a name that a broken file has: there would be two of it when that is mended. */
function refuseTaken(name: string, { workflowManager }: OrchestrationEngine): void {
  const { loadProblems } = workflowManager;
  const broken = loadProblems.find(({ file }) => /([^/\\]*)\.[^.]*$/.exec(file)?.[1] === name)?.file;
  const file = workflowManager.fileOf(name) ?? broken;
  if (file !== undefined) throw taken(name, file);
}

function writeDefinition(directory: string, fileName: string, text: string): string {
  const file = join(directory, fileName);
  if (!writeNew(file, text)) throw taken(fileName.replace(/\.\w+$/, ""), file);
  return file;
}

const noName = (name: string, message: string): OrchestrationError =>
  new OrchestrationError(`A workflow cannot be named ${JSON.stringify(name)}: its name ${message}`, {
    code: "WORKFLOW_DEFINITION_INVALID",
    retryable: false,
    details: { workflow: name },
    suggestions: [`For example: ${commandText(`workflow create ${exampleName(name)}`)}`],
  });

/** The name with what cannot be in one replaced. */
const exampleName = (name: string): string =>
  name
    .replaceAll(/[^\w-]+/g, "_")
    .replaceAll(/^[^A-Za-z0-9]+|_+$/g, "")
    .slice(0, 40) || "my-workflow";

const taken = (name: string, file: string): OrchestrationError =>
  new OrchestrationError(`There is a workflow '${name}' already: ${file}`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { workflow: name, file },
    suggestions: [
      "Take another name, or edit that file.",
      `Look at it: ${commandText(`workflow show ${name}`)}`,
    ],
  });

function noTemplate(template: string, available: readonly string[]): OrchestrationError {
  const near = nearestNames(template, available);
  return new OrchestrationError(`No workflow '${template}' comes with the program`, {
    code: "WORKFLOW_NOT_FOUND",
    retryable: false,
    details: { template, available, near },
    suggestions: [
      ...didYouMean(near),
      available.length === 0
        ? "None comes with this installation: leave --template out."
        : `Those that do: ${available.join(", ")}.`,
    ],
  });
}
