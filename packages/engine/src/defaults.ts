import type { JsonObject } from "@orch/core";
import { Project, type ProjectManager, ProjectType } from "@orch/projects";
import type { ResourceManager } from "@orch/resources";
import { Task, type TaskInit, type TaskOrchestrator, type TaskResult } from "@orch/tasks";
import { type StepInput, type WorkflowExecution, type WorkflowManager, WorkflowStep } from "@orch/workflows";
import { OrchestrationEngine } from "./engine.ts";

/** The one engine of this process that nobody has made himself. */
let defaultEngine: OrchestrationEngine | null = null;

/** The default engine, made at first use with what environment and configuration file say; the same object each time. */
export function getOrchestrationEngine(): OrchestrationEngine {
  defaultEngine ??= new OrchestrationEngine();
  return defaultEngine;
}

/** The workflows of the default engine. */
export const getWorkflowManager = (): WorkflowManager => getOrchestrationEngine().workflowManager;

/** The tasks of the default engine. */
export const getTaskOrchestrator = (): TaskOrchestrator => getOrchestrationEngine().taskOrchestrator;

/** The projects of the default engine. */
export const getProjectManager = (): ProjectManager => getOrchestrationEngine().projectManager;

/** The resources of the default engine. */
export const getResourceManager = (): ResourceManager => getOrchestrationEngine().resourceManager;

/** Shuts the default engine down and forgets it; the next use makes another one. */
export async function resetDefaultEngine(): Promise<void> {
  const engine = defaultEngine;
  defaultEngine = null;
  await engine?.shutdown();
}

/** A project in memory alone: nothing is written. With a template that is called as a type it has that type. */
export function createProject(name: string, description = "", template: string | null = null): Project {
  const type = Object.values(ProjectType).find((each) => each === template) ?? ProjectType.CUSTOM;
  return new Project({ name, description, template, type });
}

/** A task in memory alone: it is added nowhere. Throws INVALID_PARAMETERS. */
export const createTask = (name: string, module: string, action: string, parameters: JsonObject = {}): Task =>
  new Task({ name, module, action, parameters });

/**
 * Steps from dicts or inits; with a name before them they become a workflow of the default engine of that name, and true is
 * returned. Throws INVALID_PARAMETERS, and as `createWorkflow`.
 */
export function createWorkflowSteps(steps: readonly StepInput[]): WorkflowStep[];
export function createWorkflowSteps(name: string, steps: readonly StepInput[]): true;
export function createWorkflowSteps(
  first: string | readonly StepInput[],
  steps: readonly StepInput[] = [],
): WorkflowStep[] | true {
  if (typeof first === "string") return getWorkflowManager().createWorkflow(first, steps);
  return first.map((step) => WorkflowStep.from(step));
}

/** Runs a workflow of the default engine to its end; rejects as `WorkflowManager.executeWorkflow`. */
export const executeWorkflow = (name: string, parameters: JsonObject = {}): Promise<WorkflowExecution> =>
  getWorkflowManager().executeWorkflow(name, parameters);

/** Runs a task in the default engine to its end; rejects as `TaskOrchestrator.executeTask`. */
export const executeTask = (task: Task | TaskInit): Promise<TaskResult> =>
  getTaskOrchestrator().executeTask(task);
