import { basename, join } from "node:path";
import { errorMessage, type JsonObject, type Logger } from "@orch/core";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { checkDefinition } from "./definition-check.ts";
import {
  definitionFiles,
  readDefinitionFile,
  removeDefinition,
  stemOf,
  writeDefinition,
  writtenAt,
} from "./definition-files.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import { fileIsTaken, workflowNotFound } from "./errors.ts";
import { definitionError } from "./workflow.ts";

/** A definition file that could not be used. */
export interface LoadProblem {
  readonly file: string;
  readonly problems: readonly DefinitionProblem[];
}

interface Entry {
  readonly compiled: CompiledWorkflow;
  readonly file: string | null;
  /** Milliseconds since the epoch; null when nobody knows. */
  readonly createdAt: number | null;
}

/** The workflows that can be run by name: those of the files in a directory, and those given in code. */
export class WorkflowLibrary {
  readonly #directory: string | null;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  #problems: LoadProblem[] = [];

  /** Reads the directory; it need not exist, and is made when something is saved. */
  constructor(directory: string | null, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
    this.reload();
  }

  /** Files that could not be used; they hide no other. */
  get problems(): readonly LoadProblem[] {
    return this.#problems;
  }

  /** Reads the directory again; workflows given in code stay. Returns how many workflows there are. */
  reload(): number {
    const files = this.#directory === null ? [] : definitionFiles(this.#directory);
    this.#problems = [];
    for (const [name, { file }] of this.#entries) if (file !== null) this.#entries.delete(name);
    for (const file of files) this.#load(file);
    return this.#entries.size;
  }

  /**
   * Checks a definition and makes it known, replacing one of the same name. With `save` it is written first: to the file
   * that it was read from, else to `<name>.json`. Throws WORKFLOW_EXISTS where that file has another workflow.
   */
  define(written: unknown, { save, at }: { readonly save: boolean; readonly at: number }): CompiledWorkflow {
    const compiled = compileDefinition(written);
    const { name } = compiled.workflow;
    const directory = save ? this.#directory : null;
    const file = directory === null ? null : join(directory, basename(this.fileOf(name) ?? `${name}.json`));
    if (file !== null) this.#checkFree(file, name);
    if (directory !== null && file !== null)
      writeDefinition(directory, basename(file), writtenForm(compiled));
    this.#entries.set(name, { compiled, file, createdAt: at });
    return compiled;
  }

  /** Forgets a workflow, and with `removeFile` deletes its file. False when there is none of the name. */
  remove(name: string, removeFile: boolean): boolean {
    const file = this.fileOf(name);
    if (removeFile && file !== null) removeDefinition(file);
    return this.#entries.delete(name);
  }

  get(name: string): CompiledWorkflow | null {
    return this.#entries.get(name)?.compiled ?? null;
  }

  /** The workflow, or WORKFLOW_NOT_FOUND; the problems of a file of this name are named. */
  getOrThrow(name: string): CompiledWorkflow {
    const found = this.get(name);
    if (found) return found;
    const broken = this.#problems.find(({ file }) => stemOf(file) === name);
    throw broken ? definitionError(name, broken.problems, broken.file) : workflowNotFound(name, this.names());
  }

  fileOf(name: string): string | null {
    return this.#entries.get(name)?.file ?? null;
  }

  /** When a workflow was made or its file last written, milliseconds since the epoch, or null. */
  createdAt(name: string): number | null {
    return this.#entries.get(name)?.createdAt ?? null;
  }

  /** Names, sorted. */
  names(): string[] {
    return [...this.#entries.keys()].sort();
  }

  /** Throws WORKFLOW_EXISTS for a file that has another workflow. */
  #checkFree(file: string, name: string): void {
    for (const [other, entry] of this.#entries)
      if (entry.file === file && other !== name) throw fileIsTaken(file, other);
  }

  #load(file: string): void {
    try {
      const { compiled, problems } = readDefinitionFile(file);
      if (!compiled) {
        this.#refuse(file, problems);
        return;
      }
      const { name } = compiled.workflow;
      if (this.#entries.has(name))
        this.#logger.warn(`Workflow '${name}' is defined twice; ${file} wins`, { workflow: name, file });
      this.#entries.set(name, { compiled, file, createdAt: writtenAt(file) });
    } catch (error) {
      this.#refuse(file, [{ code: "INVALID_TEXT", path: "", message: errorMessage(error) }]);
    }
  }

  #refuse(file: string, problems: readonly DefinitionProblem[]): void {
    this.#problems.push({ file, problems });
    const text = problems.map(({ path, message }) => `${path} ${message}`.trim()).join("; ");
    this.#logger.warn(`Workflow file ${file} is skipped: ${text}`, { file, skipped: true });
  }
}

/** Checks a definition as written in code or a file. Throws WORKFLOW_DEFINITION_INVALID with all problems. */
export function compileDefinition(written: unknown): CompiledWorkflow {
  const { compiled, problems } = checkDefinition(written);
  if (compiled !== null) return compiled;
  throw definitionError(String((written as { name?: unknown } | null)?.name ?? ""), problems);
}

/** A definition as it is saved: keys that say nothing are left out. */
export function writtenForm({ workflow }: CompiledWorkflow): JsonObject {
  const { name = "", steps = [], ...rest } = workflow.toDict();
  const said = Object.entries(rest).filter(
    ([key, value]) =>
      !Object.hasOwn(DEFAULTS, key) || JSON.stringify(DEFAULTS[key]) !== JSON.stringify(value),
  );
  return { name, ...Object.fromEntries(said), steps };
}

const DEFAULTS: JsonObject = {
  description: "",
  version: "",
  parameters: {},
  mode: null,
  max_parallel: null,
  timeout: null,
  priority: "normal",
  resources: [],
  on_failure: "skip_dependents",
  outputs: {},
};
