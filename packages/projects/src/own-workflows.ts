import { join } from "node:path";
import type { Clock, Logger, Store } from "@orch/core";
import { ResourceManager } from "@orch/resources";
import { defaultModuleRegistry, ModuleRegistry, TaskOrchestrator } from "@orch/tasks";
import { WorkflowManager } from "@orch/workflows";

/** A workflow manager that was made for projects alone. */
export interface OwnWorkflows {
  readonly workflowManager: WorkflowManager;
  /** Ends what runs; its executions can be resumed. */
  close(): Promise<void>;
}

/** Makes one over the definitions, modules and resources of a base directory. */
export function ownWorkflows(given: {
  readonly baseDir: string;
  readonly store: Store;
  readonly modules: ModuleRegistry | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}): OwnWorkflows {
  const { baseDir, store, clock, logger } = given;
  const modules =
    given.modules ??
    new ModuleRegistry({ modulesDir: join(baseDir, "config", "modules"), parent: defaultModuleRegistry });
  const resourceManager = new ResourceManager({ baseDir, store, clock, logger });
  const orchestrator = new TaskOrchestrator({ store, modules, resourceManager, clock, logger });
  orchestrator.startExecution();
  const workflowManager = new WorkflowManager({
    runtime: orchestrator.runtime,
    configDir: join(baseDir, "config", "workflows", "production"),
  });
  const close = async () => {
    resourceManager.close();
    await orchestrator.close();
  };
  return { workflowManager, close };
}
