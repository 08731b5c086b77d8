import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import { didYouMean, InvalidParametersError, nearestNames } from "@orch/core";
import {
  type CompiledWorkflow,
  definitionOrThrow,
  type LoadedDefinition,
  type OrchestrationEngine,
  readDefinitionFile,
  readDefinitionText,
  WorkflowDefinitionError,
  WorkflowNotFoundError,
} from "@orch/engine";

import { commandText } from "./command-text.ts";

const EXTENSIONS: ReadonlySet<string> = new Set([".json", ".yaml", ".yml"]);

/**
 * The workflow that an argument means: a file where it has a slash or the extension of one, `-` for standard input, else a
 * name. Throws
 * WORKFLOW_NOT_FOUND, WORKFLOW_DEFINITION_INVALID, INVALID_PARAMETERS for a directory, STORAGE_ERROR.
 */
export function findWorkflow(engine: OrchestrationEngine, argument: string): CompiledWorkflow {
  if (argument === "-") return fromInputOrThrow();
  if (!isFile(argument)) return engine.workflowManager.findWorkflow(argument);
  return definitionOrThrow(readDefinitionFile(fileAt(argument)));
}

/**
 * The file of the workflow that an argument means, also where it has problems. Throws as {@link findWorkflow}, but not
 * WORKFLOW_DEFINITION_INVALID.
 */
export function findDefinition(engine: OrchestrationEngine, argument: string): LoadedDefinition {
  if (argument === "-") return fromStandardInput();
  if (isFile(argument)) return readDefinitionFile(fileAt(argument));
  const { workflowManager } = engine;
  const broken = workflowManager.loadProblems.find(({ file }) => basename(file, extname(file)) === argument);
  const file = workflowManager.fileOf(argument) ?? broken?.file;
  if (file !== undefined) return readDefinitionFile(file);
  const compiled = workflowManager.findWorkflow(argument);
  return { file: argument, compiled, problems: [], draft: compiled, place: (problems) => [...problems] };
}

/** What is wrong with it is not to be found in any file. */
function fromInputOrThrow(): CompiledWorkflow {
  const { compiled, problems, file } = fromStandardInput();
  if (compiled !== null) return compiled;
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  throw new WorkflowDefinitionError(`The workflow on standard input is not valid: ${text}`, {
    details: { file, problems },
    suggestions: [`Check it: ${commandText("workflow validate -")}`],
  });
}

/** JSON where it begins as an object does, else YAML. */
function fromStandardInput(): LoadedDefinition {
  const text = readFileSync(0, "utf8");
  return readDefinitionText(text, /^\s*\{/.test(text) ? "stdin.json" : "stdin.yaml");
}

function fileAt(argument: string): string {
  const file = resolve(argument);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw noFile(file);
  if (found.isDirectory()) throw directory(file);
  return file;
}

const isFile = (argument: string): boolean => /[/\\]/.test(argument) || EXTENSIONS.has(extname(argument));

function noFile(path: string): WorkflowNotFoundError {
  const near = nearestNames(basename(path), definitionsIn(dirname(path)));
  return new WorkflowNotFoundError(`There is no file ${path}`, {
    details: { path, near },
    suggestions: [...didYouMean(near), `See what can be run by name: ${commandText("workflow list")}`],
  });
}

function directory(path: string): InvalidParametersError {
  const [first] = definitionsIn(path);
  return new InvalidParametersError(`${path} is a directory, not a workflow file`, {
    details: { path },
    suggestions: [
      first === undefined ? "Name a .json, .yaml or .yml file." : `Name a file in it, such as ${first}.`,
    ],
  });
}

/** Names of the definition files in a directory; none where it cannot be read. */
function definitionsIn(path: string): string[] {
  try {
    return readdirSync(path).filter((name) => EXTENSIONS.has(extname(name)));
  } catch {
    return [];
  }
}
