import { isObject, type JsonObject } from "@orch/core";
import { needText } from "@orch/core/base";
import type { ProjectManager } from "@orch/projects";
import {
  Task,
  TaskCancelledError,
  type TaskInit,
  type TaskOrchestrator,
  type TaskPriority,
  type TaskResult,
} from "@orch/tasks";
import {
  type CompiledWorkflow,
  type Envelope,
  errorEnvelope,
  executionEnvelope,
  type RunOptions,
  type WorkflowExecution,
  type WorkflowManager,
} from "@orch/workflows";
import { type EngineRunOptions, type InSession, optionsOf, runArguments } from "./call-arguments.ts";
import { type ComplexResult, complexFailure, complexResult, nothingToRun } from "./complex-result.ts";
import { type ComplexWorkflow, compileComplex } from "./complex-workflow.ts";
import type { Composition } from "./compose.ts";
import { withPriority } from "./run-priority.ts";
import type { SessionWork } from "./session.ts";
import { endedEnvelope, refusedEnvelope, thrownFor } from "./session-envelope.ts";
import { type SessionScope, sessionOptions } from "./session-scope.ts";
import type { Work } from "./session-work.ts";
import type { Sessions } from "./sessions.ts";
import { type TaskEnvelope, taskEnvelope, taskFailure } from "./task-call.ts";

/** How {@link OrchestrationEngine.executeTask} runs a task. */
export interface EngineTaskOptions extends InSession {
  /** Cancels the task when it aborts. */
  readonly signal?: AbortSignal | undefined;
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

/** What {@link SessionRuns} run things with. */
export type SessionRunsInit = Pick<
  Composition,
  "sessions" | "workflowManager" | "taskOrchestrator" | "projectManager"
>;

/** What an engine runs: each piece of work in a session, in one of its own where it is given none. Nothing here rejects for work that fails. */
export class SessionRuns {
  readonly #sessions: Sessions;
  readonly #workflows: WorkflowManager;
  readonly #tasks: TaskOrchestrator;
  readonly #projects: ProjectManager;

  constructor({ sessions, workflowManager, taskOrchestrator, projectManager }: SessionRunsInit) {
    this.#sessions = sessions;
    this.#workflows = workflowManager;
    this.#tasks = taskOrchestrator;
    this.#projects = projectManager;
  }

  /** See `OrchestrationEngine.executeWorkflow`. */
  async workflow(
    workflowName: string,
    parameters: JsonObject | string | null,
    options: EngineRunOptions | string | JsonObject,
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
      this.#runWorkflow(withPriority(workflowName, priority, this.#workflows), call, scope),
    );
    if (!outcome.success && throws) throw error ?? thrownFor(outcome);
    return outcome;
  }

  /** See `OrchestrationEngine.executeTask`. */
  async task(task: Task | TaskInit | JsonObject, options: EngineTaskOptions | string): Promise<TaskEnvelope> {
    let id: string | null = null;
    let work: Work | null = null;
    try {
      const { sessionId, signal } = optionsOf<EngineTaskOptions>(options);
      const made = Task.from(task as TaskInit);
      id = made.id;
      const { name, parameters, sessionId: own } = made;
      const given = sessionId ?? own;
      work = this.#sessions.begin(given ?? null, { type: "task", name, parameters });
      // Its action sees the session, also one that is made for it alone and that the caller's task is not to name.
      made.sessionId = work.session.sessionId;
      const running = runTaskInSession(made, work, this.#tasks, signal);
      made.sessionId = given;
      const result = await running;
      work.end(id, result.success);
      return work.failure && !result.success ? taskFailure(work.failure, id) : taskEnvelope(result);
    } catch (error) {
      work?.end(id, false);
      return taskFailure(work?.failure ?? error, id);
    }
  }

  /** See `OrchestrationEngine.submitTask`. */
  submit(task: Task | TaskInit): string {
    this.#sessions.needOpen();
    const made = Task.from(task);
    const submit = () => this.#tasks.submitTask(made);
    return made.sessionId ? this.#sessions.enter(made.sessionId, made.parameters, submit) : submit();
  }

  /** See `OrchestrationEngine.executeComplexWorkflow`. */
  async complex(definition: ComplexWorkflow, options: RunOptions | string): Promise<ComplexResult> {
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
      const ended = execution ?? (id === null ? null : this.#workflows.getExecution(id));
      return ended === null ? complexFailure(error) : complexResult(ended, outcome, error);
    } catch (error) {
      return complexFailure(error);
    }
  }

  /** See `OrchestrationEngine.executeProjectWorkflow`. */
  async project(
    projectName: string,
    workflowName: string,
    parameters: JsonObject,
    options: RunOptions | string,
  ): Promise<Envelope> {
    const read = (): SessionCall => ({
      type: "project_workflow",
      name: needText("workflowName", workflowName),
      parameters,
      options: optionsOf<RunOptions>(options),
    });
    const { outcome } = await this.#execute(read, async (call, scope) => {
      const own = this.#workflows.getCompiled(workflowName)?.workflow;
      const inSession = own ? sessionOptions(call.options, own, scope) : call.options;
      const ended = await this.#projects.executeProjectWorkflow(
        projectName,
        workflowName,
        parameters,
        inSession,
      );
      return { outcome: ended, execution: null, error: null };
    });
    return outcome;
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
      work = this.#sessions.begin(sessionId, call);
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
    const compiled = typeof workflow === "string" ? this.#workflows.findWorkflow(workflow) : workflow;
    const own = sessionOptions(options, compiled.workflow, scope);
    const execution = await this.#workflows.executeWorkflow(workflow, parameters, own);
    return { outcome: executionEnvelope(execution), execution, error: null };
  }
}

/** Runs a task as work of a session; it is cancelled when the session ends, or with the caller's signal. */
async function runTaskInSession(
  task: Task,
  work: Work,
  orchestrator: TaskOrchestrator,
  signal: AbortSignal | undefined,
): Promise<TaskResult> {
  const cancel = () => void orchestrator.cancelTask(task.id);
  const all = signal ? AbortSignal.any([signal, work.signal]) : work.signal;
  if (all.aborted) throw new TaskCancelledError(`Task '${task.name}' was cancelled before it began`);
  all.addEventListener("abort", cancel, { once: true });
  try {
    return await orchestrator.executeTask(task);
  } finally {
    all.removeEventListener("abort", cancel);
  }
}
