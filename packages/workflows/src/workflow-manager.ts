import { EventBus, type IdGenerator, type JsonObject, newId, OrchestrationError } from "@orch/core";
import { type Failure, failureOf, TaskCancelledError, type TaskRuntime, Waiters } from "@orch/tasks";
import { type CompiledWorkflow } from "./compiled-workflow.ts";
import { executionNotFound, WorkflowTimeoutError } from "./errors.ts";
import type { StepProgress, WorkflowEvent } from "./events.ts";
import { loadExecution, type WorkflowExecution } from "./execution.ts";
import { type ExecutionRecord, keys, listExecutionRecords, readEvents, readExecution, type WorkflowStatus } from "./execution-record.ts";
import { type RunOptions, startRecord } from "./execution-start.ts";
import { Executions } from "./executions.ts";
import { newExecution } from "./live-execution.ts";
import { loadForTakeOver, ownershipOf, takenError } from "./take-over.ts";
import { compileDefinition, type LoadProblem, WorkflowLibrary, writtenForm } from "./workflow-library.ts";
import { WorkflowStep, type WorkflowStepInit } from "./workflow-step.ts";

/** Options of a {@link WorkflowManager}. */
export interface WorkflowManagerOptions {
  /** The loop that the steps run on. */
  readonly runtime: TaskRuntime;
  /** Where the definition files are; null for none. */
  readonly configDir?: string | null;
  /** Steps of one execution that run at once, where nothing else is said. @default 4 */
  readonly maxParallel?: number;
  readonly events?: EventBus<WorkflowEvent | StepProgress>;
  readonly idGenerator?: IdGenerator;
}

/** Defines workflows and runs them; every execution is in the store and can go on after a crash. */
export class WorkflowManager {
  readonly events: EventBus<WorkflowEvent | StepProgress>;
  /** The loop that the steps run on. */
  readonly runtime: TaskRuntime;
  readonly #library: WorkflowLibrary;
  readonly #executions: Executions;
  readonly #maxParallel: number;
  readonly #newId: IdGenerator;
  readonly #ended = new Waiters();
  readonly #begun = new Waiters();

  constructor({ runtime, configDir = null, maxParallel = 4, events, idGenerator = newId }: WorkflowManagerOptions) {
    this.runtime = runtime;
    this.#library = new WorkflowLibrary(configDir, runtime.logger);
    this.#maxParallel = maxParallel;
    this.#newId = idGenerator;
    this.events = events ?? new EventBus({ logger: runtime.logger });
    this.#executions = new Executions(runtime, {
      event: (event) => this.events.emit(event),
      progress: (execution, step_name, fraction, text) =>
        this.events.emit({ type: "step_progress", execution_id: execution.id, workflow_name: execution.record.workflow_name, step_name, at: runtime.clock.now(), fraction, text }),
      begun: (id) => this.#begun.ended(id),
      ended: (id) => this.#ended.ended(id),
      failed: (error) => {
        this.#begun.fail(error);
        this.#ended.fail(error);
      },
    });
    runtime.attach(this.#executions);
  }

  /** Definition files that could not be used. */
  get loadProblems(): readonly LoadProblem[] {
    return this.#library.problems;
  }

  /** Defines a workflow, replacing one of the same name. Throws WORKFLOW_DEFINITION_INVALID with all problems. */
  createWorkflow(name: string, steps: readonly (WorkflowStep | WorkflowStepInit | JsonObject)[], options: (JsonObject & { readonly save?: boolean }) | boolean = {}): true {
    const { save = true, ...rest } = typeof options === "boolean" ? { save: options } : options;
    this.#library.define({ ...rest, name, steps: steps.map((step) => (step instanceof WorkflowStep ? step : { ...step })) }, save);
    return true;
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

  listWorkflowNames(): string[] {
    return this.#library.names();
  }

  /** What there is, by name. */
  listWorkflows(): Record<string, { steps: number; modules: string[]; estimated_duration: number; has_dependencies: boolean; description: string }> {
    return Object.fromEntries(this.#library.names().map((name) => [name, summary(this.#library.getOrThrow(name))]));
  }

  /** Reads the definition files again and returns how many workflows there are. */
  reloadWorkflows(): number {
    return this.#library.reload();
  }

  /**
   * Starts a run and resolves with its id once it is on disk. `workflow` is a name, or a checked definition that need not be
   * known by name. Throws WORKFLOW_NOT_FOUND, INVALID_PARAMETERS.
   */
  async startWorkflow(workflow: string | CompiledWorkflow, parameters: JsonObject = {}, options: RunOptions = {}): Promise<string> {
    options.signal?.throwIfAborted();
    const compiled = typeof workflow === "string" ? this.#library.getOrThrow(workflow) : workflow;
    const { runtime } = this;
    const start = startRecord(compiled, parameters, options, { owner: runtime.instance.id, at: runtime.clock.now(), maxParallel: this.#maxParallel });
    const id = this.#newId();
    const execution = newExecution(id, start.record, compiled);
    const begun = this.#begun.wait([id], runtime.clock);
    runtime.post(this.#executions, { type: "begin", execution, definition: writtenForm(compiled), failure: start.failure });
    await begun;
    this.#watch(id, start.record.options.timeout_ms, options.signal);
    return id;
  }

  /**
   * Runs a workflow to its end. A run that failed or was cancelled resolves, too; rejects with WORKFLOW_NOT_FOUND,
   * INVALID_PARAMETERS, TIMEOUT_EXCEEDED, or the storage error that stopped everything.
   */
  async executeWorkflow(workflow: string | CompiledWorkflow, parameters: JsonObject = {}, options: RunOptions = {}): Promise<WorkflowExecution> {
    const id = await this.startWorkflow(workflow, parameters, options);
    const execution = await this.#finished(id);
    const timedOut = execution.errorCode === "TIMEOUT_EXCEEDED" && execution.error?.startsWith("Workflow");
    if (timedOut) throw new WorkflowTimeoutError(execution.error ?? "", { details: { execution: execution.toDict(), timeout_ms: options.timeoutMs ?? null } });
    return execution;
  }

  /**
   * Goes on with an execution that was interrupted, failed or cancelled; resolves once it is this process's, on disk.
   * Completed steps are kept. Throws EXECUTION_NOT_FOUND, INVALID_STATE for a completed one, STORE_LOCKED naming the
   * process that runs it.
   */
  async resumeExecution(id: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { store } = this.runtime;
    const record = readExecution(id, store);
    if (record === null) throw executionNotFound(id);
    if (record.status === "completed") throw alreadyCompleted(id);
    const ownership = await ownershipOf(record, this.runtime);
    if (ownership === "own") return;
    if (ownership === "taken") throw takenError(id, record, store);
    const compiled = compileDefinition(store.get(keys.definition(id)));
    await new Promise<void>((resolve, reject) => {
      this.#begun.wait([id], this.runtime.clock).then(() => resolve(), reject);
      this.runtime.post(this.#executions, {
        type: "take_over",
        load: (turn: { readonly store: typeof store }) => loadForTakeOver(id, record, compiled, turn.store),
        from: ownership === "free" ? record.owner : null,
        refused: reject,
      });
    });
    this.#watch(id, record.options.timeout_ms, signal);
  }

  /** Takes over every execution whose process is gone; resolves when it has them, they run on. */
  async recover(): Promise<{ readonly resumed: string[]; readonly failed: string[] }> {
    const [resumed, failed]: [string[], string[]] = [[], []];
    for (const { id, record } of listExecutionRecords(this.runtime.store)) {
      if ((await ownershipOf(record, this.runtime)) !== "free") continue;
      try {
        await this.resumeExecution(id);
        resumed.push(id);
      } catch (error) {
        this.runtime.logger.error(`Execution '${id}' cannot be resumed: ${String(error)}`, { execution_id: id });
        failed.push(id);
      }
    }
    return { resumed, failed };
  }

  /** Ends a run of this process: nothing new starts, what runs is aborted. False when it does not run here. */
  cancelExecution(id: string): boolean {
    if (!this.#executions.get(id)) return false;
    this.#cancel(id, failureOf(new TaskCancelledError("The execution was cancelled")), "cancelled");
    return true;
  }

  /** Waits until an execution of this process has ended, up to `timeoutMs`; null at the timeout. */
  async waitForExecution(id: string, { timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<WorkflowExecution | null> {
    if (this.#executions.get(id) && !(await this.#ended.wait([id], this.runtime.clock, timeoutMs))) return null;
    return this.getExecution(id);
  }

  /** An execution as the store has it, or null. */
  getExecution(id: string): WorkflowExecution | null {
    return loadExecution(id, this.definitionOf(id), this.runtime.store);
  }

  /** The definition that an execution runs, as it was when it started; null for an unknown one. */
  definitionOf(id: string): CompiledWorkflow | null {
    const stored = this.runtime.store.get(keys.definition(id));
    return stored === undefined ? null : compileDefinition(stored);
  }

  /** Executions, newest first. */
  listExecutions({ workflowName, status, limit }: { readonly workflowName?: string; readonly status?: WorkflowStatus; readonly limit?: number } = {}): {
    readonly id: string;
    readonly record: ExecutionRecord;
  }[] {
    const all = listExecutionRecords(this.runtime.store, workflowName === undefined && status === undefined ? limit : undefined);
    const wanted = all.filter(({ record }) => (workflowName === undefined || record.workflow_name === workflowName) && (status === undefined || record.status === status));
    return wanted.slice(0, limit);
  }

  /** The stored events of an execution behind sequence number `after`, in order. */
  storedEvents(id: string, after = 0): WorkflowEvent[] {
    return readEvents(id, this.runtime.store, after) as unknown as WorkflowEvent[];
  }

  async #finished(id: string): Promise<WorkflowExecution> {
    if (this.#executions.get(id)) await this.#ended.wait([id], this.runtime.clock);
    const execution = this.getExecution(id);
    if (execution === null) throw executionNotFound(id);
    return execution;
  }

  #cancel(id: string, failure: Failure, status: "cancelled" | "failed"): void {
    this.runtime.post(this.#executions, { type: "cancel", id, failure, status });
  }

  /** Ends a run when its time is over or its signal aborts. */
  #watch(id: string, timeoutMs: number | null, signal?: AbortSignal): void {
    if (!this.#executions.get(id)) return;
    const onAbort = () => this.cancelExecution(id);
    const stopTimer = timeoutMs === null ? () => {} : this.runtime.clock.setTimer(() => this.#cancel(id, timeoutOf(timeoutMs), "failed"), timeoutMs);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const done = () => {
      stopTimer();
      signal?.removeEventListener("abort", onAbort);
    };
    this.#ended.wait([id], this.runtime.clock).then(done, done);
  }
}

const timeoutOf = (timeoutMs: number): Failure => failureOf(new WorkflowTimeoutError(`Workflow timed out after ${timeoutMs / 1000} seconds`, { details: { timeout_ms: timeoutMs } }));

const alreadyCompleted = (id: string): OrchestrationError =>
  new OrchestrationError(`Execution '${id}' has completed: there is nothing to resume`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { execution_id: id, status: "completed" },
    suggestions: [`Look at it with 'orch execution show ${id}', or run the workflow again.`],
  });

function summary({ steps, graph, workflow }: CompiledWorkflow) {
  return {
    steps: steps.length,
    modules: [...new Set(steps.map(({ module }) => module))],
    estimated_duration: steps.reduce((sum, { timeoutMs }) => sum + (timeoutMs === null ? 60 : timeoutMs / 1000), 0),
    has_dependencies: graph.edgeCount > 0,
    description: workflow.description,
  };
}
