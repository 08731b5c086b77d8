import { EventBus, type JsonObject, type JsonValue, newId } from "@orch/core";
import { needDuration, needOptions } from "@orch/core/base";
import type { Sweeper } from "@orch/tasks";
import { type AnswerOptions, answerExecution } from "./answer.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { deleteExecution } from "./delete-execution.ts";
import { executionNotFound, runTimeout } from "./errors.ts";
import type { StepProgress, WorkflowCreated, WorkflowEvent } from "./events.ts";
import type { WorkflowExecution } from "./execution.ts";
import { ExecutionControl, type WaitForExecutionOptions } from "./execution-control.ts";
import { ExecutionReader } from "./execution-reader.ts";
import { readExecution } from "./execution-record.ts";
import { executionRetentionOf } from "./execution-retention.ts";
import type { RunOptions } from "./execution-start.ts";
import { executionSweeper } from "./execution-sweeper.ts";
import type { LiveExecution } from "./live-execution.ts";
import { type ParallelWorkflow, runParallelWorkflow } from "./parallel-workflow.ts";
import { PerformanceMonitor } from "./performance-monitor.ts";
import { type PerformanceSummary, summarizeExecutions } from "./performance-summary.ts";
import { type Recovered, Recovery } from "./recovery.ts";
import { redactionOf } from "./redaction.ts";
import { cancelAnywhere, pause } from "./requests.ts";
import { type ResumeOptions, type ResumeRequest, resume, resumePlan } from "./resume.ts";
import type { PlannedStep } from "./resume-plan.ts";
import type { CreateOptions, StepInput } from "./workflow-definitions.ts";
import { type Ground, groundOf, type WorkflowManagerOptions } from "./workflow-manager-options.ts";

/** Executions that a summary looks at. */
const MOST_SUMMARIZED = 1000;

/** Defines workflows and runs them; every execution is in the store and can go on after a crash. */
export class WorkflowManager extends ExecutionReader implements AsyncDisposable {
  readonly events: EventBus<WorkflowEvent | WorkflowCreated | StepProgress>;
  /** What this process has measured: executions by workflow, steps by `workflow/step`; null where monitoring is off. */
  readonly performanceMonitor: PerformanceMonitor | null;
  readonly #control: ExecutionControl;
  readonly #recovery: Recovery;
  readonly #sweeper: Sweeper;
  readonly #defaults: { readonly maxParallel: number; readonly cache: boolean };

  readonly #ground: Ground;

  /** Nothing is written until something is run or saved. Throws INVALID_PARAMETERS for parts that are none. */
  constructor(options: WorkflowManagerOptions = {}) {
    const { maxParallel = 4, cache = false, idGenerator = newId } = options;
    const ground = groundOf(options);
    const { runtime } = ground;
    super(ground.configDir, runtime);
    this.#ground = ground;
    this.#defaults = { maxParallel, cache };
    this.performanceMonitor = (options.enablePerformanceMonitoring ?? true) ? new PerformanceMonitor() : null;
    this.events = options.events ?? new EventBus({ logger: runtime.logger });
    this.#sweeper = executionSweeper(runtime, executionRetentionOf(options.retention));
    this.#control = new ExecutionControl({
      runtime,
      newId: idGenerator,
      find: (name) => this.findWorkflow(name),
      redact: redactionOf(options.secrets ?? []),
      listener: {
        event: (event) => {
          if (this.performanceMonitor) measure(event, this.performanceMonitor);
          if (event.type === "workflow_started") this.#sweeper.start();
          if (event.type === "workflow_completed") this.#sweeper.noteEnds(1);
          this.events.emit(event);
        },
        failed: (error) => {
          this.#recovery.stop();
          if (error.code === "EXECUTOR_SHUTDOWN") this.#sweeper.closeInOrder();
          else this.#sweeper.close();
        },
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
      },
    });
    this.#recovery = new Recovery(runtime, this.#control);
  }

  override createWorkflow(name: string, steps: readonly StepInput[], options: CreateOptions = {}): true {
    super.createWorkflow(name, steps, options);
    const at = this.runtime.clock.now();
    this.events.emit({ type: "workflow_created", workflow_name: name, steps_count: steps.length, at });
    return true;
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
    const compiled = typeof workflow === "string" ? this.findWorkflow(workflow) : workflow;
    this.#ground.wake();
    return this.#control.start(compiled, parameters, options, this.#defaults);
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
   * Goes on with an execution that was interrupted, paused, failed or cancelled; resolves once that is on disk. Completed
   * steps are kept; what failed, was cancelled or skipped is tried again, with new retries. With `from` that step and all
   * that depends on it runs again; with `edited` it goes on with another definition, see {@link planResume}. Throws
   * EXECUTION_NOT_FOUND, INVALID_STATE for a completed one (without `from` and `edited`), for a step of another one, and
   * while code of its last run has not stopped; STORE_LOCKED naming the process that runs it.
   */
  async resumeExecution(id: string, options: ResumeOptions = {}): Promise<void> {
    this.#ground.wake();
    await resume(id, this.runtime, this.#control, this.#resumeRequest(id, options));
  }

  /**
   * What {@link resumeExecution} would do with each step, and why; runs and changes nothing. In definition order, removed
   * steps last. Throws EXECUTION_NOT_FOUND, WORKFLOW_NOT_FOUND, INVALID_PARAMETERS for an unknown step.
   */
  planResume(id: string, options: Omit<ResumeOptions, "signal"> = {}): PlannedStep[] {
    return resumePlan(id, this.runtime, this.#resumeRequest(id, options));
  }

  /**
   * Takes over every execution whose process is gone; resolves when it has them, they run on. Keeps looking for more, every
   * 2 s, until the runtime is closed. What was interrupted twice in a row without a step that ended goes on one at a time,
   * after the others; what was interrupted four times is set aside (`parked`) until it is resumed by hand.
   */
  async recover(): Promise<Recovered> {
    this.#ground.wake();
    return this.#recovery.recover();
  }

  /** A session is paused no longer: its executions that wait for their turn get it. @internal */
  lookAtSessions(): void {
    this.#control.lookAtPlaces();
  }

  /** Ends a run of this process: nothing new starts, what runs is aborted. False when it does not run here. */
  cancelExecution(id: string): boolean {
    return this.#control.cancel(id);
  }

  /**
   * Ends a run wherever it runs, also one that is paused or whose process is gone. Resolves once that is on disk: as its end
   * where it runs here, else as a request which its process finds within 250 ms. False for one that has ended.
   * Throws EXECUTION_NOT_FOUND.
   */
  async requestCancel(id: string): Promise<boolean> {
    return cancelAnywhere(id, this.runtime, this.#control);
  }

  /**
   * Lets what runs end and starts nothing new, until {@link resumeExecution}; holds no worker and no resource meanwhile, and
   * survives restarts. The time limit of the execution stands still meanwhile; those of steps that run or wait do not.
   * Resolves once that is on disk, as {@link requestCancel} does. Throws EXECUTION_NOT_FOUND, INVALID_STATE for one that has
   * ended.
   */
  async pauseExecution(id: string): Promise<void> {
    await pause(id, this.runtime, this.#control);
  }

  /** Deletes executions that ended longer ago than `retention` says, now; else that happens by itself, in the background. */
  async sweep(): Promise<void> {
    await this.#sweeper.runNow();
  }

  /**
   * Deletes all that is stored of an execution that has ended, with its parts, and returns their ids. Throws
   * EXECUTION_NOT_FOUND; INVALID_STATE for one that has not ended, is part of another one, or whose code still runs.
   */
  deleteExecution(id: string): string[] {
    return deleteExecution(id, this.runtime);
  }

  /**
   * Answers a step that waits for a person or a program; resolves once that is on disk, also where another process runs the
   * execution. Throws EXECUTION_NOT_FOUND, INVALID_STATE for a step that waits for no answer, INVALID_PARAMETERS for an
   * answer that does not fit its form.
   */
  async answer(id: string, step: string, value: JsonValue, options: AnswerOptions = {}): Promise<void> {
    await answerExecution(id, step, value, options, { runtime: this.runtime, control: this.#control });
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

  /** @internal */
  protected override liveExecution(id: string): LiveExecution | undefined {
    return this.#control.get(id);
  }

  override definitionOf(id: string): CompiledWorkflow | null {
    return this.#control.definitionOf(id) ?? super.definitionOf(id);
  }

  /**
   * How long executions, steps and modules took (with p50 and p95), how many went well, and whether it gets slower: of the
   * last 1,000 executions that have ended, or those of one workflow. `{ error }` where monitoring is off.
   */
  getPerformanceSummary(workflowName?: string): PerformanceSummary | { readonly error: string } {
    if (this.performanceMonitor === null) return { error: "Performance monitoring not enabled" };
    const executions = this.listExecutions({ workflowName, limit: MOST_SUMMARIZED });
    return summarizeExecutions(executions, this.runtime.store);
  }

  /** Runs tasks together, without a definition and without records; see {@link ParallelWorkflow}. */
  async executeParallelWorkflow(workflow: ParallelWorkflow): Promise<JsonObject> {
    return runParallelWorkflow(workflow, this.runtime);
  }

  /**
   * Ends what it has made for itself, after waiting up to `graceMs` for what runs: executions that have not ended can go on
   * later. Nothing happens to a loop that it was given. Closing twice is fine. Rejects with INVALID_PARAMETERS.
   */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    needOptions("the options of close", options, { graceMs: true });
    const { graceMs = 0 } = options;
    needDuration("graceMs", graceMs);
    await this.#ground.close(graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #resumeRequest(id: string, { edited = false, ...rest }: ResumeOptions): ResumeRequest {
    if (edited === false) return rest;
    if (edited !== true) return { ...rest, edited };
    const record = readExecution(id, this.runtime.store);
    if (record === null) throw executionNotFound(id);
    return { ...rest, edited: this.findWorkflow(record.workflow_name) };
  }
}

function measure(event: WorkflowEvent, monitor: PerformanceMonitor): void {
  if (event.type !== "workflow_completed" && event.type !== "step_completed" && event.type !== "step_failed")
    return;
  const name =
    event.type === "workflow_completed" ? event.workflow_name : `${event.workflow_name}/${event.step_name}`;
  const metadata = { execution_id: event.execution_id };
  monitor.record(name, { executionTimeMs: event.execution_time * 1000, metadata });
}
