import { Project, type ProjectManager, ProjectType } from "@orch/projects";
import type { ResourceManager } from "@orch/resources";
import type { TaskOrchestrator } from "@orch/tasks";
import type { WorkflowManager } from "@orch/workflows";
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
