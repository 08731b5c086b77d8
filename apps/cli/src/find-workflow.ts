import { existsSync } from "node:fs";
import { extname, isAbsolute, resolve, sep } from "node:path";
import { type CompiledWorkflow, definitionOrThrow, type OrchestrationEngine, readDefinitionFile } from "@orch/engine";

const EXTENSIONS: ReadonlySet<string> = new Set([".json", ".yaml", ".yml"]);

/** The workflow that an argument means: a file, where it looks like one, else a name. */
export function findWorkflow(engine: OrchestrationEngine, argument: string): CompiledWorkflow {
  return isFile(argument) ? definitionOrThrow(readDefinitionFile(resolve(argument))) : engine.workflowManager.findWorkflow(argument);
}

/** Whether an argument means a file. */
export const isFile = (argument: string): boolean =>
  isAbsolute(argument) || argument.includes("/") || argument.includes(sep) || (EXTENSIONS.has(extname(argument)) && existsSync(argument));
