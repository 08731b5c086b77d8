import type { EventBus, JsonObject, OrchestrationMode } from "@orch/core";
import { needDuration, needOptions, needText } from "@orch/core/base";
import type { DocumentationGenerator } from "@orch/docgen";
import type { DefinitionReport, WorkflowReport } from "@orch/mcp";
import type { ProjectManager } from "@orch/projects";
import type { ResourceManager } from "@orch/resources";
import type { ModuleRegistry, Task, TaskInit, TaskOrchestrator } from "@orch/tasks";
import {
  type CompiledWorkflow,
  type Envelope,
  errorEnvelope,
  executionEnvelope,
  executionNotFound,
  type Recovered,
  type RunOptions,
  type WorkflowManager,
} from "@orch/workflows";
import { type EngineRunOptions, isMode, type SessionOptions, sessionInit } from "./call-arguments.ts";
import { type ComplexResult, complexFailure, complexResult } from "./complex-result.ts";
import type { ComplexWorkflow } from "./complex-workflow.ts";
import { type Composition, type CompositionOptions, compose } from "./compose.ts";
import { type ConfigArguments, loadConfig, type OrchestrationConfig } from "./config.ts";
import type { DecisionRegister } from "./decision-register.ts";
import { checkContextOf, reportDefinition, reportWorkflow } from "./definition-report.ts";
import { type EngineEventHandler, EventHandlers } from "./event-handlers.ts";
import type { EngineEvent } from "./events.ts";
import { countFailures } from "./failure-count.ts";
import type { HandleRegister } from "./handle-register.ts";
import { healthReport, metricsReport, type ReportSources, statusReport } from "./reports.ts";
import type { RunRegister } from "./run-register.ts";
import type { OrchestrationSession } from "./session.ts";
import { type EngineTaskOptions, SessionRuns } from "./session-runs.ts";
import { type StartedRun, type StartOptions, startInSession } from "./session-start.ts";
import { type Swept, sweepState } from "./state-sweep.ts";
import type { TaskEnvelope } from "./task-call.ts";

/** What {@link OrchestrationEngine.recover} found. */
export interface EngineRecovery extends Recovered {
  /** How many sessions were taken over. */
  readonly sessions: number;
  /** Ids of the tasks that were taken over, of no execution. */
  readonly tasks: readonly string[];
}

/** How {@link OrchestrationEngine.shutdown} ends an engine. */
export interface ShutdownOptions {
  /** How long what runs may go on, in milliseconds. @default 0 */
  readonly graceMs?: number | undefined;
  /** Whether sessions stay open, to come back with the next engine. @default false */
  readonly keepSessions?: boolean | undefined;
}

/** Everything composed: workflows, tasks, resources and projects over one store, in sessions. */
export class OrchestrationEngine implements AsyncDisposable {
  readonly config: OrchestrationConfig;
  readonly events: EventBus<EngineEvent>;
  readonly modules: ModuleRegistry;
  readonly resourceManager: ResourceManager;
  readonly taskOrchestrator: TaskOrchestrator;
  readonly workflowManager: WorkflowManager;
  readonly projectManager: ProjectManager;
  readonly documentationGenerator: DocumentationGenerator;
  /** Who has started which run from outside, such as agents; see `RunRegister.claim`. */
  readonly runs: RunRegister;
  /** By what their callers follow runs, such as tasks of a protocol. */
  readonly handles: HandleRegister;
  /** What people have answered to steps that wait for them, through a protocol. */
  readonly decisions: DecisionRegister;
  /** What is to be said of the state that was found, such as that its file is empty; null for nothing. It was logged, too. */
  readonly stateNote: string | null;
  readonly #parts: Composition;
  readonly #sessionRuns: SessionRuns;
  readonly #handlers: EventHandlers;
  readonly #sources: ReportSources;
  #stopCleaning = () => {};
  /** Sessions of processes that go from now on are taken over, too. */
  #keepsRecovering = false;
  #closing: Promise<void> | null = null;

  /** Throws CONFIG_INVALID. Nothing is written until something is run. */
  constructor(options: ConfigArguments & CompositionOptions = {}) {
    this.config = loadConfig(options);
    for (const warning of this.config.warnings) options.logger?.warn(warning);
    const parts = compose(this.config, options);
    if (parts.stateNote !== null) options.logger?.warn(parts.stateNote);
    this.#parts = parts;
    this.#sessionRuns = new SessionRuns(parts);
    this.stateNote = parts.stateNote;
    this.events = parts.events;
    this.modules = parts.modules;
    this.resourceManager = parts.resourceManager;
    this.taskOrchestrator = parts.taskOrchestrator;
    this.workflowManager = parts.workflowManager;
    this.projectManager = parts.projectManager;
    this.documentationGenerator = parts.documentationGenerator;
    this.runs = parts.runs;
    this.handles = parts.handles;
    this.decisions = parts.decisions;
    const { clock, events } = parts;
    this.#handlers = new EventHandlers(events, () => clock.now());
    const [handlers, failures] = [this.#handlers, countFailures(events)];
    this.#sources = { config: this.config, parts, handlers, failures, clock, startedMs: clock.monotonic() };
    this.#cleanLater();
  }

  /**
   * Makes a session and returns its id: for `userId` (or as the options say), with limits, a mode, resources. With a mode as
   * the second argument the first is a name, and the session itself is returned. Throws INVALID_PARAMETERS, making none.
   */
  createSession(userId?: string | SessionOptions, options?: SessionOptions): string;
  createSession(name: string, mode: OrchestrationMode): OrchestrationSession;
  createSession(
    user?: string | SessionOptions,
    options?: SessionOptions | OrchestrationMode,
  ): string | OrchestrationSession {
    if (isMode(options)) return this.openSession({ name: needText("name", user), mode: options });
    return this.openSession(sessionInit(user, options)).sessionId;
  }

  /** Makes a session and returns it. It follows what happens to it in this process. Throws INVALID_PARAMETERS, making none. */
  openSession(options: SessionOptions = {}): OrchestrationSession {
    return this.#parts.sessions.create(sessionInit(options));
  }

  /** The open session of an id, or null. One that another process keeps is shown as it is stored. */
  getSession(id: string): OrchestrationSession | null {
    return typeof id === "string" ? this.#parts.sessions.find(id) : null;
  }

  /** The open sessions in the order of their creation, with `includeClosed` also those that were closed in the last 30 days. */
  listSessions(options: { readonly includeClosed?: boolean } = {}): OrchestrationSession[] {
    needOptions("the options of listSessions", options, { includeClosed: true });
    return this.#parts.sessions.list(options);
  }

  /** Ends a session: what runs in it is aborted, what it holds is given back when that has ended. False for an unknown one. */
  closeSession(id: string): boolean {
    return this.#parts.sessions.close(id, "completed");
  }

  /** The same, as cancelled. */
  cancelSession(id: string): boolean {
    return this.#parts.sessions.close(id, "cancelled");
  }

  /** Refuses new work in a session (SESSION_ERROR); what runs goes on. False for an unknown one. */
  pauseSession(id: string): boolean {
    return this.#parts.sessions.setPaused(id, true);
  }

  /** Takes {@link pauseSession} back. */
  resumeSession(id: string): boolean {
    return this.#parts.sessions.setPaused(id, false);
  }

  /**
   * Runs a workflow to its end, in a session. Never rejects for what goes wrong, which is in the envelope, unless
   * `throwOnError` says so. The third argument may be the id of a session; that (or null) may also be the second one, with
   * the parameters third.
   */
  async executeWorkflow(
    workflowName: string,
    parameters: JsonObject | string | null = {},
    options: EngineRunOptions | string | JsonObject = {},
  ): Promise<Envelope> {
    return this.#sessionRuns.workflow(workflowName, parameters, options);
  }

  /**
   * Starts a workflow in a session; resolves with its id once it is on disk. Rejects with SESSION_NOT_FOUND, SESSION_ERROR,
   * RESOURCE_UNAVAILABLE, and as `workflowManager.startWorkflow`.
   */
  startInSession(
    workflow: CompiledWorkflow,
    parameters: JsonObject,
    options: StartOptions,
  ): Promise<StartedRun> {
    return startInSession(workflow, parameters, options, this.#parts);
  }

  /**
   * Runs a task to its end, in a session: a `Task`, what one is made from, or its dict. Never rejects: what goes wrong is in
   * the envelope. The second argument may be the id of a session.
   */
  async executeTask(
    task: Task | TaskInit | JsonObject,
    options: EngineTaskOptions | string = {},
  ): Promise<TaskEnvelope> {
    return this.#sessionRuns.task(task, options);
  }

  /** Adds a task to the shared orchestrator and returns its id; with a `sessionId` it runs in that session. Throws as `addTask`, SESSION_NOT_FOUND, SESSION_ERROR. */
  submitTask(task: Task | TaskInit): string {
    return this.#sessionRuns.submit(task);
  }

  /**
   * Runs steps that have no workflow of their own, to their end: in the order of their dependencies, and group after group.
   * Never rejects. The second argument may be the id of a session.
   */
  async executeComplexWorkflow(
    definition: ComplexWorkflow,
    options: RunOptions | string = {},
  ): Promise<ComplexResult> {
    return this.#sessionRuns.complex(definition, options);
  }

  /**
   * Runs a workflow of a project to its end, in a session, with `project_name`, `project_path` and `project_config` among its
   * parameters, and counts it there. Never rejects: what goes wrong is in the envelope. The last argument may be the id of a
   * session.
   */
  async executeProjectWorkflow(
    projectName: string,
    workflowName: string,
    parameters: JsonObject = {},
    options: RunOptions | string = {},
  ): Promise<Envelope> {
    const outcome = await this.#sessionRuns.project(projectName, workflowName, parameters, options);
    if (outcome.error_code?.startsWith("PROJECT_")) this.#sources.failures.project++;
    return outcome;
  }

  /**
   * Waits for the end of a run that was started before, here or in another process. Rejects with the reason of the signal,
   * which ends the wait and not the run; all else that goes wrong is in the envelope.
   */
  async waitForWorkflow(
    executionId: string,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Envelope> {
    try {
      const execution = await this.workflowManager.waitForExecution(executionId, { signal });
      return execution === null
        ? errorEnvelope(executionNotFound(executionId))
        : executionEnvelope(execution);
    } catch (error) {
      signal?.throwIfAborted();
      return errorEnvelope(error);
    }
  }

  /** As {@link waitForWorkflow}, of a run of steps that have no workflow of their own: gives what {@link executeComplexWorkflow} does. */
  async waitForComplexWorkflow(
    executionId: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ComplexResult> {
    const envelope = await this.waitForWorkflow(executionId, options);
    const ended = this.workflowManager.getExecution(executionId);
    if (ended === null) return complexFailure(executionNotFound(executionId));
    return complexResult(ended, envelope, null);
  }

  /** Checks a definition against what there is, with its order and a graph. Runs, stores and loads nothing. */
  validateWorkflow(definition: JsonObject): DefinitionReport {
    return reportDefinition(definition, checkContextOf(this), (name) =>
      this.workflowManager.getCompiled(name),
    );
  }

  /** A workflow that is known by name: as it is written, its order, a graph. Throws WORKFLOW_NOT_FOUND. */
  describeWorkflow(name: string): WorkflowReport {
    const { workflowManager } = this;
    return reportWorkflow(workflowManager.findWorkflow(name), (each) => workflowManager.getCompiled(each));
  }

  /** Calls `handler(event, data, meta)` for each event of a name (`"*"`: all) from now on; returns the undo. Throws INVALID_PARAMETERS. */
  registerEventHandler(event: string, handler: EngineEventHandler): () => void {
    return this.#handlers.register(event, handler);
  }

  /**
   * Takes over what processes that are gone have left: sessions, executions, and tasks of their own. Steps and tasks that have
   * ended are not run again; what was in flight is, as its next attempt. Resolves when it is on disk; then looks again from
   * time to time, until {@link shutdown}. Call it once, when the modules given in code are registered.
   */
  async recover(): Promise<EngineRecovery> {
    this.#parts.sessions.needOpen();
    this.#keepsRecovering = true;
    const sessions = await this.#parts.sessions.recover();
    const { resumed, failed } = await this.workflowManager.recover();
    const tasks = await this.taskOrchestrator.recover();
    return { sessions, resumed, failed: [...failed, ...tasks.failed], tasks: tasks.adopted };
  }

  /**
   * What is going on here, as a dict. Counts are of this state directory, uptime is of this process. Executions are
   * counted as they stand: one whose process is gone is `interrupted`, not `running`.
   */
  getSystemStatus(): JsonObject {
    return statusReport(this.#sources);
  }

  /** Figures for who watches, as a dict. */
  getMetrics(): JsonObject {
    return metricsReport(this.#sources);
  }

  /** How the parts are, as a dict: healthy, degraded or unhealthy, with what is wrong in sentences. */
  healthCheck(): JsonObject {
    return healthReport(this.#sources);
  }

  /** Alias of {@link healthCheck}. */
  getHealthStatus(): JsonObject {
    return this.healthCheck();
  }

  /** Closes sessions in which nothing was run for long, and frees leases that are over, now; returns how many. */
  cleanup(): number {
    this.#parts.sessions.needOpen();
    const sessions = this.#parts.sessions.cleanup(this.config.sessionTimeoutMs);
    return sessions + this.resourceManager.cleanupExpiredAllocations();
  }

  /** Deletes what is recorded for longer than `retention` says, now; returns how much of it went. See {@link cleanup}, too. */
  sweep(): Promise<Swept> {
    return sweepState(this.#parts);
  }

  /**
   * Waits up to `graceMs` for what runs, tells the rest to stop, and closes. Sessions in which nothing runs are closed; the
   * others come back with what runs in them, see {@link recover}, as do all with `keepSessions`. A second call waits for the
   * first. Rejects with INVALID_PARAMETERS, closing nothing.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    needOptions("the options of shutdown", options, { graceMs: true, keepSessions: true });
    const { graceMs = 0, keepSessions = false } = options;
    needDuration("graceMs", graceMs);
    this.#closing ??= this.#close(graceMs, keepSessions);
    await this.#closing;
  }

  async #close(graceMs: number, keepSessions: boolean): Promise<void> {
    this.#stopCleaning();
    await this.#parts.sessions.end({ keepsAll: keepSessions });
    this.resourceManager.close();
    await this.projectManager.close();
    await this.taskOrchestrator.close({ graceMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #cleanLater(): void {
    const { clock, logger } = this.#parts;
    const failed = (error: unknown) => logger.warn(`Could not clean up: ${String(error)}`);
    const clean = () => {
      try {
        this.cleanup();
        if (this.#keepsRecovering) this.#parts.sessions.recover().catch(failed);
      } catch (error) {
        failed(error);
      }
      this.#cleanLater();
    };
    this.#stopCleaning = clock.setTimer(clean, this.config.cleanupIntervalMs, { background: true });
  }
}
