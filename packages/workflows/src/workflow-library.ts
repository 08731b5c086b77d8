import { type JsonObject, type Logger, noopLogger } from "@orch/core";
import { compileWorkflow, type CompiledWorkflow } from "./compiled-workflow.ts";
import { definitionFiles, readDefinitionFile, writeDefinition } from "./definition-files.ts";
import { workflowNotFound } from "./errors.ts";
import { type DefinitionProblem, definitionError, readWorkflow } from "./workflow.ts";

/** A definition file that could not be used. */
export interface LoadProblem {
  readonly file: string;
  readonly problems: readonly DefinitionProblem[];
}

/** The workflows that can be run by name: those of the files in a directory, and those given in code. */
export class WorkflowLibrary {
  readonly #directory: string | null;
  readonly #logger: Logger;
  readonly #workflows = new Map<string, { readonly compiled: CompiledWorkflow; readonly file: string | null }>();
  #problems: LoadProblem[] = [];

  constructor(directory: string | null, logger: Logger = noopLogger) {
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
    this.#problems = [];
    for (const [name, { file }] of this.#workflows) if (file !== null) this.#workflows.delete(name);
    for (const file of this.#directory === null ? [] : definitionFiles(this.#directory)) this.#load(file);
    return this.#workflows.size;
  }

  /** Checks a definition and makes it known, replacing one of the same name; with `save` it is written to its file first. */
  define(written: unknown, save: boolean): CompiledWorkflow {
    const compiled = compileDefinition(written);
    const { name } = compiled.workflow;
    const file = save && this.#directory !== null ? writeDefinition(this.#directory, name, writtenForm(compiled)) : null;
    this.#workflows.set(name, { compiled, file });
    return compiled;
  }

  get(name: string): CompiledWorkflow | null {
    return this.#workflows.get(name)?.compiled ?? null;
  }

  /** The workflow, or WORKFLOW_NOT_FOUND; the problems of a file of this name are named. */
  getOrThrow(name: string): CompiledWorkflow {
    const found = this.get(name);
    if (found) return found;
    const broken = this.#problems.find(({ file }) => stemOf(file) === name);
    throw broken ? definitionError(name, broken.problems, broken.file) : workflowNotFound(name, this.names());
  }

  fileOf(name: string): string | null {
    return this.#workflows.get(name)?.file ?? null;
  }

  /** Names, sorted. */
  names(): string[] {
    return [...this.#workflows.keys()].sort();
  }

  #load(file: string): void {
    try {
      const { compiled, problems } = readDefinitionFile(file);
      if (!compiled) this.#refuse(file, problems);
      else {
        const { name } = compiled.workflow;
        if (this.#workflows.has(name)) this.#logger.warn(`Workflow '${name}' is defined twice; ${file} wins`, { workflow: name, file });
        this.#workflows.set(name, { compiled, file });
      }
    } catch (error) {
      this.#refuse(file, [{ path: "", message: error instanceof Error ? error.message : String(error) }]);
    }
  }

  #refuse(file: string, problems: readonly DefinitionProblem[]): void {
    this.#problems.push({ file, problems });
    this.#logger.warn(`Workflow file ${file} is skipped: ${problems.map(({ path, message }) => `${path} ${message}`.trim()).join("; ")}`, { file });
  }
}

/** Checks a definition as written in code or a file. Throws WORKFLOW_DEFINITION_INVALID with all problems. */
export function compileDefinition(written: unknown): CompiledWorkflow {
  const { workflow, problems } = readWorkflow(written);
  const name = String((written as { name?: unknown } | null)?.name ?? "");
  if (workflow === null) throw definitionError(name, problems);
  const compilation = compileWorkflow(workflow);
  if (!compilation.ok) throw definitionError(name, compilation.problems);
  return compilation.compiled;
}

/** A definition as it is saved: keys that say nothing are left out. */
export function writtenForm({ workflow }: CompiledWorkflow): JsonObject {
  const { name, steps, ...rest } = workflow.toDict() as JsonObject & { name: string; steps: readonly JsonObject[] };
  const said = Object.entries(rest).filter(([key, value]) => !(key in DEFAULTS) || JSON.stringify(DEFAULTS[key]) !== JSON.stringify(value));
  return { name, ...Object.fromEntries(said), steps };
}

const DEFAULTS: JsonObject = { description: "", version: "", parameters: {}, mode: null, max_parallel: null, timeout: null, priority: "normal", on_failure: "skip_dependents" };

const stemOf = (file: string): string => (file.split(/[/\\]/).at(-1) ?? "").replace(/\.[^.]+$/, "");
