import { type EventBus, isObject, type JsonObject, type OrchestrationMode } from "@orch/core";
import { needDuration, needOptions, needText } from "@orch/core/base";
import type { DocumentationGenerator } from "@orch/docgen";
import type { ProjectManager } from "@orch/projects";
import type { ResourceManager } from "@orch/resources";
import {
  type ModuleRegistry,
  Task,
  type TaskInit,
  type TaskOrchestrator,
  type TaskPriority,
} from "@orch/tasks";
import {
  type CompiledWorkflow,
  type Envelope,
  errorEnvelope,
  executionEnvelope,
  executionNotFound,
  type Recovered,
  type RunOptions,
  type WorkflowExecution,
  type WorkflowManager,
} from "@orch/workflows";
import {
  type EngineRunOptions,
  type InSession,
  isMode,
  optionsOf,
  runArguments,
  type SessionOptions,
  sessionInit,
} from "./call-arguments.ts";
import { type ComplexResult, complexFailure, complexResult, nothingToRun } from "./complex-result.ts";
import { type ComplexWorkflow, compileComplex } from "./complex-workflow.ts";
import { type Composition, type CompositionOptions, compose } from "./compose.ts";
import { type ConfigArguments, loadConfig, type OrchestrationConfig } from "./config.ts";
import {
  checkContextOf,
  type DefinitionReport,
  reportDefinition,
  reportWorkflow,
  type WorkflowReport,
} from "./definition-report.ts";
import { type EngineEventHandler, EventHandlers } from "./event-handlers.ts";
import type { EngineEvent } from "./events.ts";
import { countFailures } from "./failure-count.ts";
import { healthReport, metricsReport, type ReportSources, statusReport } from "./reports.ts";
import { withPriority } from "./run-priority.ts";
import type { RunRegister } from "./run-register.ts";
import type { OrchestrationSession, SessionWork } from "./session.ts";
import { endedEnvelope, refusedEnvelope, thrownFor } from "./session-envelope.ts";
import { runTaskInSession, type SessionScope, sessionOptions } from "./session-runs.ts";
import type { Work } from "./session-work.ts";
import { type TaskEnvelope, taskEnvelope, taskFailure } from "./task-call.ts";

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

/** Something that is run in a session. */
interface SessionCall {
  readonly type: SessionWork["type"];
  readonly name: string;
  readonly parameters: JsonObject;
  readonly options: RunOptions;
}

/** How it ended: `execution` where there is one to look at, `error` where that is why. */
interface RunEnd {
  readonly outcome: Envelope;
  readonly execution: WorkflowExecution | null;
  readonly error: unknown;
}

/** How {@link OrchestrationEngine.executeTask} runs a task. */
export interface EngineTaskOptions extends InSession {
  /** Cancels the task when it aborts. */
  readonly signal?: AbortSignal | undefined;
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
  /** What is to be said of the state that was found, such as that its file is empty; null for nothing. It was logged, too. */
  readonly stateNote: string | null;
  readonly #parts: Composition;
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
    this.stateNote = parts.stateNote;
    this.events = parts.events;
    this.modules = parts.modules;
    this.resourceManager = parts.resourceManager;
    this.taskOrchestrator = parts.taskOrchestrator;
    this.workflowManager = parts.workflowManager;
    this.projectManager = parts.projectManager;
    this.documentationGenerator = parts.documentationGenerator;
    this.runs = parts.runs;
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
    let throws = isObject(options) && options["throwOnError"] === true;
    let priority: TaskPriority | undefined;
    const read = (): SessionCall => {
      const call = runArguments(parameters, options);
      const { throwOnError = false, priority: asked, ...rest } = call.options;
      [throws, priority] = [throwOnError, asked];
      const name = needText("workflowName", workflowName);
      return { type: "workflow", name, parameters: call.parameters, options: rest };
    };
    const { outcome, error } = await this.#execute(read, (call, scope) =>
      this.#runWorkflow(withPriority(workflowName, priority, this.workflowManager), call, scope),
    );
    if (!outcome.success && throws) throw error ?? thrownFor(outcome);
    return outcome;
  }

  /**
   * Runs a task to its end, in a session: a `Task`, what one is made from, or its dict. Never rejects: what goes wrong is in
   * the envelope. The second argument may be the id of a session.
   */
  async executeTask(
    task: Task | TaskInit | JsonObject,
    options: EngineTaskOptions | string = {},
  ): Promise<TaskEnvelope> {
    let id: string | null = null;
    let work: Work | null = null;
    try {
      const { sessionId, signal } = optionsOf<EngineTaskOptions>(options);
      const made = Task.from(task as TaskInit);
      id = made.id;
      const { name, parameters } = made;
      const inSession = sessionId ?? made.sessionId ?? null;
      work = await this.#parts.sessions.begin(inSession, { type: "task", name, parameters });
      if (inSession !== null) made.sessionId = inSession;
      const result = await runTaskInSession(made, work, this.taskOrchestrator, signal);
      work.end(id, result.success);
      return work.failure && !result.success ? taskFailure(work.failure, id) : taskEnvelope(result);
    } catch (error) {
      work?.end(id, false);
      return taskFailure(work?.failure ?? error, id);
    }
  }

  /** Adds a task to the shared orchestrator and returns its id; with a `sessionId` it runs in that session. Throws as `addTask`, SESSION_NOT_FOUND, SESSION_ERROR. */
  submitTask(task: Task | TaskInit): string {
    this.#parts.sessions.needOpen();
    const made = Task.from(task);
    if (made.sessionId) this.#parts.sessions.enter(made.sessionId, made.parameters);
    return this.taskOrchestrator.submitTask(made);
  }

  /**
   * Runs steps that have no workflow of their own, to their end: in the order of their dependencies, and group after group.
   * Never rejects. The second argument may be the id of a session.
   */
  async executeComplexWorkflow(
    definition: ComplexWorkflow,
    options: RunOptions | string = {},
  ): Promise<ComplexResult> {
    try {
      const run = optionsOf<RunOptions>(options);
      const workflow = compileComplex(definition);
      if (workflow === null) return nothingToRun();
      const { name } = workflow.workflow;
      const { outcome, execution, error } = await this.#execute(
        () => ({ type: "complex_workflow", name, parameters: {}, options: run }),
        (call, scope) => this.#runWorkflow(workflow, call, scope),
      );
      const id = outcome.execution_id;
      // One whose time is over is thrown, and can be looked at all the same.
      const ended = execution ?? (id === null ? null : this.workflowManager.getExecution(id));
      return ended === null ? complexFailure(error) : complexResult(ended, outcome, error);
    } catch (error) {
      return complexFailure(error);
    }
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
    const { projectManager, workflowManager } = this;
    const read = (): SessionCall => ({
      type: "project_workflow",
      name: needText("workflowName", workflowName),
      parameters,
      options: optionsOf<RunOptions>(options),
    });
    const { outcome } = await this.#execute(read, async (call, scope) => {
      const own = workflowManager.getCompiled(workflowName)?.workflow;
      const inSession = own ? sessionOptions(call.options, own, scope) : call.options;
      const ended = await projectManager.executeProjectWorkflow(
        projectName,
        workflowName,
        parameters,
        inSession,
      );
      return { outcome: ended, execution: null, error: null };
    });
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
    this.#parts.sessions.end({ keepsAll: keepSessions });
    this.resourceManager.close();
    await this.taskOrchestrator.close({ graceMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Runs what `read` makes of its arguments in a session, and ends the session that was made for it. */
  async #execute(
    read: () => SessionCall,
    run: (call: SessionCall, session: SessionScope) => Promise<RunEnd>,
  ): Promise<RunEnd> {
    let call: SessionCall;
    let sessionId: string | null = null;
    let work: Work;
    try {
      call = read();
      sessionId = call.options.sessionId ?? null;
      work = await this.#parts.sessions.begin(sessionId, { ...call, signal: call.options.signal });
    } catch (error) {
      return { outcome: refusedEnvelope(error, sessionId), execution: null, error };
    }
    const { session, signal } = work;
    const { options } = call;
    let end: RunEnd;
    try {
      const all = options.signal ? AbortSignal.any([options.signal, signal]) : signal;
      const inSession = { ...options, sessionId: session.sessionId, signal: all };
      end = await run({ ...call, options: inSession }, { session, isImplicit: sessionId === null });
    } catch (error) {
      end = { outcome: errorEnvelope(error), execution: null, error };
    }
    work.end(end.outcome.execution_id, end.outcome.success);
    const outcome = { ...end.outcome, session_id: session.sessionId };
    return work.failure && !outcome.success
      ? { ...end, outcome: endedEnvelope(outcome, work.failure), error: work.failure }
      : { ...end, outcome };
  }

  async #runWorkflow(
    workflow: string | CompiledWorkflow,
    { parameters, options }: SessionCall,
    scope: SessionScope,
  ): Promise<RunEnd> {
    const { workflowManager } = this;
    const compiled = typeof workflow === "string" ? workflowManager.findWorkflow(workflow) : workflow;
    const own = sessionOptions(options, compiled.workflow, scope);
    const execution = await workflowManager.executeWorkflow(workflow, parameters, own);
    return { outcome: executionEnvelope(execution), execution, error: null };
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
