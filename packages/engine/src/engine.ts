import { type EventBus, type JsonObject, toIso } from "@orch/core";
import type { DocumentationGenerator } from "@orch/docgen";
import type { ProjectManager } from "@orch/projects";
import type { ResourceManager } from "@orch/resources";
import type { ModuleRegistry, TaskOrchestrator } from "@orch/tasks";
import {
  CONTROL_MODULES,
  type Envelope,
  errorEnvelope,
  executionEnvelope,
  type Recovered,
  type RunOptions,
  type WorkflowManager,
} from "@orch/workflows";
import { type CompositionOptions, compose } from "./compose.ts";
import { type ConfigArguments, loadConfig, type OrchestrationConfig } from "./config.ts";
import type { EngineEvent } from "./events.ts";

/** What {@link OrchestrationEngine.recover} found. */
export interface EngineRecovery extends Recovered {
  /** Ids of the tasks that were taken over, of no execution. */
  readonly tasks: readonly string[];
}

/** Everything composed: workflows, tasks, resources and projects over one store. */
export class OrchestrationEngine implements AsyncDisposable {
  readonly config: OrchestrationConfig;
  readonly events: EventBus<EngineEvent>;
  readonly modules: ModuleRegistry;
  readonly resourceManager: ResourceManager;
  readonly taskOrchestrator: TaskOrchestrator;
  readonly workflowManager: WorkflowManager;
  readonly projectManager: ProjectManager;
  readonly documentationGenerator: DocumentationGenerator;
  /** What is to be said of the state that was found, such as that its file is empty; null for nothing. It was logged, too. */
  readonly stateNote: string | null;
  readonly #startedMs: number;
  readonly #monotonic: () => number;
  readonly #now: () => number;
  #closing: Promise<void> | null = null;

  /** Throws CONFIG_INVALID. Nothing is written until something is run. */
  constructor(options: ConfigArguments & CompositionOptions = {}) {
    this.config = loadConfig(options);
    for (const warning of this.config.warnings) options.logger?.warn(warning);
    const { stateNote, clock, ...parts } = compose(this.config, options);
    if (stateNote !== null) options.logger?.warn(stateNote);
    this.stateNote = stateNote;
    this.events = parts.events;
    this.modules = parts.modules;
    this.resourceManager = parts.resourceManager;
    this.taskOrchestrator = parts.taskOrchestrator;
    this.workflowManager = parts.workflowManager;
    this.projectManager = parts.projectManager;
    this.documentationGenerator = parts.documentationGenerator;
    this.#monotonic = () => clock.monotonic();
    this.#now = () => clock.now();
    this.#startedMs = this.#monotonic();
  }

  /** Runs a workflow to its end. Never rejects: what goes wrong is in the envelope. */
  async executeWorkflow(
    workflowName: string,
    parameters: JsonObject = {},
    options: RunOptions = {},
  ): Promise<Envelope> {
    try {
      return executionEnvelope(await this.workflowManager.executeWorkflow(workflowName, parameters, options));
    } catch (error) {
      return errorEnvelope(error);
    }
  }

  /**
   * Runs a workflow of a project to its end, with `project_name`, `project_path` and `project_config` among its parameters, and
   * counts it there. Never rejects: what goes wrong is in the envelope. The last argument may be the id of a session alone.
   */
  async executeProjectWorkflow(
    projectName: string,
    workflowName: string,
    parameters: JsonObject = {},
    options: RunOptions | string = {},
  ): Promise<Envelope> {
    const run = typeof options === "string" ? { sessionId: options } : options;
    return this.projectManager.executeProjectWorkflow(projectName, workflowName, parameters, run);
  }

  /**
   * Takes over what processes that are gone have left: executions, and tasks of their own. Steps and tasks that have ended
   * are not run again; what was in flight is, as its next attempt. Resolves when it is on disk; then looks again from time to
   * time, until {@link shutdown}. Call it once, when the modules given in code are registered.
   */
  async recover(): Promise<EngineRecovery> {
    const { resumed, failed } = await this.workflowManager.recover();
    const tasks = await this.taskOrchestrator.recover();
    return { resumed, failed: [...failed, ...tasks.failed], tasks: tasks.adopted };
  }

  /**
   * What is going on here, as a dict. Counts are of this state directory, uptime is of this process. Executions are
   * counted as they stand: one whose process is gone is `interrupted`, not `running`. A directory of projects that cannot be
   * written makes it unhealthy, anything else that is wrong degraded.
   */
  getSystemStatus(): JsonObject {
    const { workflowManager } = this;
    const byStanding: Record<string, number> = {};
    for (const { record } of workflowManager.listExecutions()) {
      const standing = workflowManager.standingOf(record);
      byStanding[standing] = (byStanding[standing] ?? 0) + 1;
    }
    const projects = this.projectManager.getProjectsSummary();
    const health = this.projectManager.healthCheck();
    const issues = [...(this.stateNote === null ? [] : [this.stateNote]), ...health.issues];
    const broken = workflowManager.loadProblems.map(
      ({ file, problems }) =>
        `${file}: ${problems.map(({ path, message }) => `${path} ${message}`.trim()).join("; ")}`,
    );
    issues.push(...broken);
    return {
      timestamp: toIso(this.#now()),
      overall_status:
        health.status === "unhealthy" ? health.status : issues.length === 0 ? "healthy" : "degraded",
      base_dir: this.config.baseDir,
      uptime_seconds: (this.#monotonic() - this.#startedMs) / 1000,
      workflow_manager: {
        total_workflows: workflowManager.listWorkflowNames().length,
        running_workflows: byStanding["running"] ?? 0,
        executions: byStanding,
      },
      project_manager: projects,
      total_projects: projects["total_projects"] ?? 0,
      modules: this.modules.listModules(),
      control_modules: [...CONTROL_MODULES].sort(),
      resource_manager: this.resourceManager.getResourceUsage() as JsonObject,
      issues,
    };
  }

  /** Waits up to `graceMs` for what runs, tells the rest to stop, and closes. A second call waits for the first. */
  shutdown({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    this.resourceManager.close();
    await this.taskOrchestrator.close({ graceMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
