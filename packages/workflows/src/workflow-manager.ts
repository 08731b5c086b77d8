import { EventBus, type IdGenerator, type JsonObject, newId, toIso } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { executionNotFound, runTimeout, WorkflowDefinitionError } from "./errors.ts";
import type { StepProgress, WorkflowEvent } from "./events.ts";
import { loadExecution, type WorkflowExecution } from "./execution.ts";
import { ExecutionControl, type WaitForExecutionOptions } from "./execution-control.ts";
import {
  type ExecutionEntry,
  keys,
  listExecutionRecords,
  readExecution,
  type WorkflowStatus,
} from "./execution-record.ts";
import type { RunOptions } from "./execution-start.ts";
import { type Recovered, recover, resume } from "./recovery.ts";
import { readEvents } from "./stored-events.ts";
import { compileDefinition, type LoadProblem, WorkflowLibrary } from "./workflow-library.ts";
import type { WorkflowStep, WorkflowStepInit } from "./workflow-step.ts";
import { summarizeWorkflow, type WorkflowSummary } from "./workflow-summary.ts";

/** Options of a {@link WorkflowManager}. */
export interface WorkflowManagerOptions {
  /** The loop that the steps run on. */
  readonly runtime: TaskRuntime;
  /** Where the definition files are; made when something is saved. @default null: definitions from code alone */
  readonly configDir?: string | null;
  /** Steps of one execution that run at once, where nothing else is said. @default 4 */
  readonly maxParallel?: number;
  readonly events?: EventBus<WorkflowEvent | StepProgress>;
  readonly idGenerator?: IdGenerator;
}

/** Steps and options as {@link WorkflowManager.createWorkflow} takes them. */
export type StepInput = WorkflowStep | WorkflowStepInit | JsonObject;
/** Keys of the workflow, and whether it is saved; a boolean is `save`. */
export type CreateOptions = (JsonObject & { readonly save?: boolean }) | boolean;

/** Which executions are listed. */
export interface ListExecutionsOptions {
  readonly workflowName?: string | undefined;
  readonly status?: WorkflowStatus | undefined;
  /** At most this many. @default all */
  readonly limit?: number | undefined;
}

/** Defines workflows and runs them; every execution is in the store and can go on after a crash. */
export class WorkflowManager {
  readonly events: EventBus<WorkflowEvent | StepProgress>;
  /** The loop that the steps run on. */
  readonly runtime: TaskRuntime;
  readonly #library: WorkflowLibrary;
  readonly #control: ExecutionControl;
  readonly #maxParallel: number;

  constructor({
    runtime,
    configDir = null,
    maxParallel = 4,
    events,
    idGenerator = newId,
  }: WorkflowManagerOptions) {
    this.runtime = runtime;
    this.#library = new WorkflowLibrary(configDir, runtime.logger);
    this.#maxParallel = maxParallel;
    this.events = events ?? new EventBus({ logger: runtime.logger });
    this.#control = new ExecutionControl(runtime, idGenerator, {
      event: (event) => this.events.emit(event),
      progress: ({ id, record }, step_name, fraction, text) =>
        this.events.emit({
          type: "step_progress",
          execution_id: id,
          workflow_name: record.workflow_name,
          step_name,
          at: runtime.clock.now(),
          fraction,
          text,
        }),
    });
  }

  /** Definition files that could not be used. */
  get loadProblems(): readonly LoadProblem[] {
    return this.#library.problems;
  }

  /**
   * Defines a workflow, replacing one of the same name, and saves it, unless `save` is false or there is no directory.
   * Throws WORKFLOW_DEFINITION_INVALID with all problems, STORAGE_ERROR when it cannot be saved; either changes nothing.
   */
  createWorkflow(name: string, steps: readonly StepInput[], options: CreateOptions = {}): true {
    const { save = true, ...rest } = typeof options === "boolean" ? { save: options } : options;
    this.#library.define({ ...rest, name, steps }, { save, at: this.runtime.clock.now() });
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

  /**
   * Starts a run and resolves with its id once it is on disk. `workflow` is a name, or a checked definition that need not be
   * known by name. Throws WORKFLOW_NOT_FOUND, INVALID_PARAMETERS; either starts nothing.
   */
  async startWorkflow(
    workflow: string | CompiledWorkflow,
    parameters: JsonObject = {},
    options: RunOptions = {},
  ): Promise<string> {
    const compiled = typeof workflow === "string" ? this.#library.getOrThrow(workflow) : workflow;
    return this.#control.start(compiled, parameters, options, this.#maxParallel);
  }

  /**
   * Runs a workflow to its end. A run that failed or was cancelled resolves, too; rejects with WORKFLOW_NOT_FOUND,
   * INVALID_PARAMETERS, TIMEOUT_EXCEEDED, or the storage error that stopped everything.
   */
  async executeWorkflow(
    workflow: string | CompiledWorkflow,
    parameters: JsonObject = {},
    options: RunOptions = {},
  ): Promise<WorkflowExecution> {
    const id = await this.startWorkflow(workflow, parameters, options);
    await this.#control.ended(id);
    const execution = this.getExecution(id);
    if (execution === null) throw executionNotFound(id);
    const limit = readExecution(id, this.runtime.store)?.options.timeout_ms ?? null;
    const timeout = limit === null ? null : runTimeout(limit, { execution: execution.toDict() });
    // A step that times out says so in other words.
    if (timeout && execution.error === timeout.message) throw timeout;
    return execution;
  }

  /**
   * Goes on with an execution that was interrupted, failed or cancelled; resolves once it is this process's, on disk.
   * Completed steps are kept; what failed, was cancelled or skipped is tried again, with new retries. Throws
   * EXECUTION_NOT_FOUND, INVALID_STATE for a completed one or while code of its last run has not stopped, STORE_LOCKED
   * naming the process that runs it.
   */
  async resumeExecution(id: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await resume(id, this.runtime, this.#control, signal);
  }

  /**
   * Takes over every execution whose process is gone; resolves when it has them, they run on. Can be called at any time,
   * also while an earlier call is under way.
   */
  async recover(): Promise<Recovered> {
    return recover(this.runtime, this.#control);
  }

  /** Ends a run of this process: nothing new starts, what runs is aborted. False when it does not run here. */
  cancelExecution(id: string): boolean {
    return this.#control.cancel(id);
  }

  /**
   * Waits until an execution has ended, also one of another process; null at the timeout and for an unknown one. Rejects
   * with the signal's reason, or with what ended the loop.
   */
  async waitForExecution(
    id: string,
    options: WaitForExecutionOptions = {},
  ): Promise<WorkflowExecution | null> {
    return (await this.#control.ended(id, options)) ? this.getExecution(id) : null;
  }

  /** An execution as the store has it, or null. */
  getExecution(id: string): WorkflowExecution | null {
    return loadExecution(id, this.definitionOf(id), this.runtime.store);
  }

  /** The definition that an execution runs, as it was when it started; null for an unknown one. */
  definitionOf(id: string): CompiledWorkflow | null {
    const running = this.#control.definitionOf(id);
    if (running) return running;
    const stored = this.runtime.store.get(keys.definition(id));
    return stored === undefined ? null : compileDefinition(stored);
  }

  /** Executions, newest first. A damaged record is left out, with an error in the log. */
  listExecutions({ workflowName, status, limit }: ListExecutionsOptions = {}): ExecutionEntry[] {
    const isFiltered = workflowName !== undefined || status !== undefined;
    const onCorrupt = (id: string, error: unknown) =>
      this.runtime.logger.error(`The record of execution '${id}' is damaged: ${String(error)}`, {
        execution_id: id,
      });
    const all = listExecutionRecords(this.runtime.store, onCorrupt, isFiltered ? undefined : limit);
    const wanted = all.filter(
      ({ record }) =>
        (workflowName === undefined || record.workflow_name === workflowName) &&
        (status === undefined || record.status === status),
    );
    return wanted.slice(0, limit);
  }

  /** The stored events of an execution behind sequence number `after`, in order. */
  storedEvents(id: string, after = 0): WorkflowEvent[] {
    return readEvents(id, this.runtime.store, after) as unknown as WorkflowEvent[];
  }
}
