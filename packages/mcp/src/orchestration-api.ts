import type { JsonObject, JsonValue, OrchestrationMode } from "@orch/core";
import type { ProjectManager } from "@orch/projects";
import type { ResourceManager } from "@orch/resources";
import type { ModuleRegistry, TaskPriority } from "@orch/tasks";
import type { DefinitionProblem, WorkflowManager } from "@orch/workflows";

/** How a run is started through {@link OrchestrationApi.executeWorkflow}. */
export interface RunRequest {
  /** The id that the run gets. @default a new one */
  readonly executionId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly mode?: OrchestrationMode | undefined;
  /** Of all steps, against other runs. @default the workflow's own */
  readonly priority?: TaskPriority | undefined;
  readonly timeoutMs?: number | undefined;
  /** Cancels the run when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** How a run went, as a dict: at least these. On failure also `error_type`, `error_code`, `details` and `suggestions`. */
export interface RunOutcome {
  readonly success: boolean;
  readonly error?: string | null;
  readonly execution_id?: string | null;
  readonly error_type?: string;
  readonly error_code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly suggestions?: readonly string[];
}

/** How a task went. `result` is its dict, null where it was not even accepted. */
export interface TaskOutcome extends RunOutcome {
  readonly task_id: string | null;
  readonly result: JsonObject | null;
}

/** How steps went that have no workflow of their own. */
export interface ComplexOutcome extends RunOutcome {
  /** By step, each as the dict of a task's result. */
  readonly results: Readonly<Record<string, JsonObject>>;
}

/** What is known of a definition without running or loading anything. */
export interface DefinitionReport {
  readonly valid: boolean;
  /** Why it cannot run. */
  readonly problems: readonly DefinitionProblem[];
  /** What will probably not do what it says. */
  readonly warnings: readonly DefinitionProblem[];
  /** The names of its steps, those that can run together in one list; null where there is no order. */
  readonly levels: readonly (readonly string[])[] | null;
  /** A Mermaid graph; null where there is none. */
  readonly diagram: string | null;
}

/** A workflow that is known by name. */
export interface WorkflowReport {
  /** As it would be written to a file. */
  readonly definition: JsonObject;
  readonly levels: readonly (readonly string[])[];
  readonly diagram: string;
}

/** Steps that are run together once. */
export interface ComplexSteps {
  readonly steps: readonly JsonObject[];
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
  readonly parallel_groups: readonly (readonly string[])[];
}

/** A run that a caller asks for. */
export interface KeyedRequest {
  readonly caller: string;
  /** Null: a run of its own. */
  readonly key: string | null;
  /** A hash of what was asked for. */
  readonly digest: string;
  /** Whether the caller has put together himself what is to run. @default false */
  readonly composed?: boolean;
}

/** Which runs were started by whom; kept where the runs are, so that a restart changes nothing. */
export interface RunRegister {
  /**
   * Names a new run of a caller before it begins, durably. With a key that the caller has used: the run of that time.
   * Throws IDEMPOTENCY_CONFLICT when something else was asked for under the key.
   */
  claim(request: KeyedRequest): Promise<{ readonly executionId: string; readonly isNew: boolean }>;
  /** Who has started a run through the tools; null for any other. */
  callerOf(executionId: string): string | null;
  /** Whether a run was claimed as composed by its caller. */
  isComposed(executionId: string): boolean;
  /** Notes, durably, that a caller writes a workflow: before it is stored. */
  noteAuthor(workflow: string, caller: string): Promise<void>;
  /** Whether a caller has written the workflow of a name. */
  isAuthored(workflow: string): boolean;
}

/** What a handle stands for that a caller follows a run by. */
export interface RunHandle {
  readonly caller: string;
  /** The tool that has begun the run. */
  readonly tool: string;
  readonly executionId: string;
  /** What the call said of it. */
  readonly facts: JsonObject;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** How it has ended; null before anybody has seen that. Never changes again. */
  readonly end: HandleEnd | null;
}

/** How what a handle stands for has ended, as it was told first. */
export interface HandleEnd {
  readonly status: "completed" | "cancelled";
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What the call gave; null for one that was cancelled. */
  readonly result: JsonObject | null;
}

/** Handles of runs; kept where the runs are, so that every process on the same state knows them. */
export interface HandleRegister {
  /** How long a handle is kept behind its end, milliseconds. */
  readonly ttlMs: number;
  /** A new handle that nobody can guess, on disk when it resolves. */
  create(handle: Pick<RunHandle, "caller" | "tool" | "executionId" | "facts">): Promise<string>;
  /** What a handle stands for; null for one that there is not, that is over for longer than it is kept, or that is another caller's. */
  find(id: string, caller: string): RunHandle | null;
  /** Keeps how it has ended; gives what was kept first. */
  end(id: string, end: HandleEnd): Promise<HandleEnd>;
}

/** What people have decided; each once. */
export interface DecisionRegister {
  /** Keeps an answer to a question of a run, on disk when it resolves; gives what was kept first. */
  decide(decision: {
    readonly executionId: string;
    readonly question: string;
    readonly answer: JsonValue;
    readonly by: string;
  }): Promise<JsonValue>;
  /** What was kept, and when (milliseconds since the epoch); null for a question that is not decided. */
  find(executionId: string, question: string): { readonly answer: JsonValue; readonly at: number } | null;
}

/**
 * What the tools need of a host: an `OrchestrationEngine`, or anything with its methods. What is optional may be missing:
 * the tools that need it then say so.
 */
export interface OrchestrationApi {
  readonly config: {
    readonly baseDir: string;
    readonly projectsDir?: string;
  };
  readonly workflowManager: Pick<
    WorkflowManager,
    | "answer"
    | "createWorkflow"
    | "definitionOf"
    | "getExecution"
    | "getWorkflow"
    | "listExecutions"
    | "listWorkflowNames"
    | "listWorkflows"
    | "openQuestions"
    | "ownerOf"
    | "reloadWorkflows"
    | "requestCancel"
    | "resumeExecution"
    | "standingOf"
    | "storedEvents"
    | "why"
  >;
  readonly resourceManager: Pick<
    ResourceManager,
    | "allocateResourcesOrThrow"
    | "deallocateResources"
    | "getAllocation"
    | "getResourceUsage"
    | "getUserAllocations"
    | "renew"
    | "healthCheck"
  >;
  readonly modules: Pick<ModuleRegistry, "has" | "listActions" | "listModules" | "peek">;
  readonly projectManager?: Pick<
    ProjectManager,
    | "addProjectMilestone"
    | "archiveProject"
    | "createProject"
    | "executeProjectWorkflow"
    | "findProject"
    | "getProject"
    | "getProjectStatus"
    | "getTemplate"
    | "listProjects"
    | "listTemplates"
    | "updateProject"
  >;
  readonly runs?: RunRegister;
  /** Absent: calls are never followed by handles. */
  readonly handles?: HandleRegister;
  /** Absent: people are not asked through a client. */
  readonly decisions?: DecisionRegister;
  readonly events: {
    on(type: "*", handler: (event: object) => unknown): () => void;
  };
  /** Runs a workflow to its end. Never rejects. */
  executeWorkflow(name: string, parameters: JsonObject, options?: RunRequest): Promise<RunOutcome>;
  /** Waits for the end of a run that was started before. The signal ends the wait, not the run. */
  waitForWorkflow(
    executionId: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<RunOutcome>;
  /** As {@link waitForWorkflow}, of a run of steps that have no workflow of their own. */
  waitForComplexWorkflow(
    executionId: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<ComplexOutcome>;
  /** Runs one task to its end. Rejects only for a task that cannot be accepted. */
  executeTask(
    task: JsonObject,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<TaskOutcome>;
  /** Runs steps that have no workflow of their own. Never rejects. */
  executeComplexWorkflow(
    definition: ComplexSteps,
    options?: Pick<RunRequest, "executionId" | "sessionId" | "signal" | "mode">,
  ): Promise<ComplexOutcome>;
  validateWorkflow(definition: JsonObject): DefinitionReport;
  describeWorkflow(name: string): WorkflowReport;
  getSystemStatus(): JsonObject;
  getMetrics(): JsonObject;
  healthCheck(): JsonObject;
  /** Null for a session that is not there. Absent: there are no sessions. */
  getSession?(id: string): unknown;
  listSessions?(): readonly { toDict(): JsonObject }[];
}
