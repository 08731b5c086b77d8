import { type Clock, type JsonObject, type Logger, toIso } from "@orch/core";
import {
  createWorkflowDag,
  type DAGTaskInit,
  getWorkflowExecutionOrder,
  validateWorkflowDependencies,
  type WorkflowDAG,
} from "@orch/dag";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { WorkflowDefinitionError } from "./errors.ts";
import { type LoadProblem, WorkflowLibrary } from "./workflow-library.ts";
import type { WorkflowStep, WorkflowStepInit } from "./workflow-step.ts";
import { summarizeWorkflow, type WorkflowSummary } from "./workflow-summary.ts";

/** Steps and options as {@link WorkflowDefinitions.createWorkflow} takes them. */
export type StepInput = WorkflowStep | WorkflowStepInit | JsonObject;
/** Keys of the workflow, and whether it is saved; a boolean is `save`. */
export type CreateOptions = (JsonObject & { readonly save?: boolean }) | boolean;

/** The workflows that can be run by name: the part of a manager that defines, and runs nothing. */
export class WorkflowDefinitions {
  readonly #library: WorkflowLibrary;
  readonly #clock: Clock;

  constructor(
    configDir: string | null,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#clock = clock;
    this.#library = new WorkflowLibrary(configDir, logger);
  }

  /** Definition files that could not be used. */
  get loadProblems(): readonly LoadProblem[] {
    return this.#library.problems;
  }

  /**
   * Defines a workflow, replacing one of the same name, and saves it, unless `save` is false or there is no directory.
   * Throws WORKFLOW_DEFINITION_INVALID with all problems, WORKFLOW_EXISTS where its file has another workflow, STORAGE_ERROR
   * when it cannot be saved; each changes nothing.
   */
  createWorkflow(name: string, steps: readonly StepInput[], options: CreateOptions = {}): true {
    const { save = true, ...rest } = typeof options === "boolean" ? { save: options } : options;
    this.#library.define({ ...rest, name, steps }, { save, at: this.#clock.now() });
    return true;
  }

  /** As {@link createWorkflow}, but false for a definition that is not valid. */
  tryCreateWorkflow(name: string, steps: readonly StepInput[], options: CreateOptions = {}): boolean {
    try {
      return this.createWorkflow(name, steps, options);
    } catch (error) {
      if (error instanceof WorkflowDefinitionError) return false;
      throw error;
    }
  }

  /** Forgets a workflow; its executions stay and can be resumed. With `removeFile` its file is deleted. False for an unknown one. */
  deleteWorkflow(name: string, { removeFile = false }: { readonly removeFile?: boolean } = {}): boolean {
    return this.#library.remove(name, removeFile);
  }

  /** The steps of a workflow, or null. */
  getWorkflow(name: string): readonly WorkflowStep[] | null {
    return this.#library.get(name)?.steps ?? null;
  }

  /** The checked definition, or null. */
  getCompiled(name: string): CompiledWorkflow | null {
    return this.#library.get(name);
  }

  /** The checked definition. Throws WORKFLOW_NOT_FOUND, or WORKFLOW_DEFINITION_INVALID for a broken file of this name. */
  findWorkflow(name: string): CompiledWorkflow {
    return this.#library.getOrThrow(name);
  }

  /** The file that a workflow was read from or saved to, or null. */
  fileOf(name: string): string | null {
    return this.#library.fileOf(name);
  }

  /** Names, sorted. */
  listWorkflowNames(): string[] {
    return this.#library.names();
  }

  /** What there is, by name. */
  listWorkflows(): Record<string, WorkflowSummary> {
    const summaries = this.#library.names().map((name) => {
      const createdAt = this.#library.createdAt(name);
      return [
        name,
        summarizeWorkflow(this.#library.getOrThrow(name), createdAt === null ? null : toIso(createdAt)),
      ] as const;
    });
    return Object.fromEntries(summaries);
  }

  /** Reads the definition files again and returns how many workflows there are. */
  reloadWorkflows(): number {
    return this.#library.reload();
  }

  /** A graph of steps or tasks to look at and draw. Throws DAG_CYCLE or DAG_INVALID, with all `problems`. */
  createWorkflowDag(tasks: readonly DAGTaskInit[]): WorkflowDAG {
    return createWorkflowDag(tasks);
  }

  /** What is wrong with the dependencies of `tasks`, a sentence each; `[]` when nothing is. */
  validateWorkflowDependencies(tasks: readonly DAGTaskInit[]): string[] {
    return validateWorkflowDependencies(tasks);
  }

  /** The names of `tasks` by level. Throws DAG_CYCLE or DAG_INVALID, `Invalid workflow dependencies: …`. */
  getWorkflowExecutionOrder(tasks: readonly DAGTaskInit[]): string[][] {
    return getWorkflowExecutionOrder(tasks);
  }
}
