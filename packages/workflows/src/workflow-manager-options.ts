import { join } from "node:path";
import type { Clock, EventBus, IdGenerator, Logger, Store } from "@orch/core";
import { baseDirectory } from "@orch/core/base-directory";
import { stateDirectory, stateStore } from "@orch/core/state";
import { ResourceManager } from "@orch/resources";
import { type ModuleRegistry, registryOf, TaskOrchestrator, type TaskRuntime } from "@orch/tasks";
import type { StepProgress, WorkflowCreated, WorkflowEvent } from "./events.ts";
import type { ExecutionRetention } from "./execution-retention.ts";

/** Options of a `WorkflowManager`; none is required. */
export interface WorkflowManagerOptions {
  /** The loop that the steps run on. @default that of `taskOrchestrator` */
  readonly runtime?: TaskRuntime;
  /** Whose loop, worker limit and resources the steps use; a run starts it. @default one of its own, which {@link WorkflowManager.close} closes */
  readonly taskOrchestrator?: TaskOrchestrator;
  /** Where definitions, modules and state lie. @default `ORCH_DIR`, else the current directory */
  readonly baseDir?: string;
  /** Where the definition files are; made when something is saved. @default `config/workflows/production` in the base directory; with `runtime` null: definitions from code alone */
  readonly configDir?: string | null;
  /** Of an orchestrator of its own. @default the files of `config/modules` in the base directory */
  readonly modules?: ModuleRegistry;
  /** Of an orchestrator of its own; to be made with the same store. @default what the machine has */
  readonly resourceManager?: ResourceManager;
  /** Of an orchestrator of its own. @default `.workflows/state.db` in the base directory, made by the first run */
  readonly store?: Store;
  /** Of an orchestrator of its own. */
  readonly clock?: Clock;
  /** Of an orchestrator of its own: uniform in [0, 1), the jitter of retries. */
  readonly random?: () => number;
  /** Of an orchestrator of its own. */
  readonly logger?: Logger;
  /** Steps of one execution that run at once, where nothing else is said; of an orchestrator of its own all steps. @default 4 */
  readonly maxParallel?: number;
  /** Whether steps use the results of earlier runs with the same input, where neither they nor the run say it. @default false */
  readonly cache?: boolean;
  /** Whether times are measured and summarized. @default true */
  readonly enablePerformanceMonitoring?: boolean;
  /** How long executions that have ended are kept, and how many. @default 30 days, 10000 */
  readonly retention?: ExecutionRetention;
  /** Texts that are taken out of what steps log, also in base64, URL- and JSON-escaped; those of six characters and more. @default none */
  readonly secrets?: readonly string[];
  readonly events?: EventBus<WorkflowEvent | WorkflowCreated | StepProgress>;
  readonly idGenerator?: IdGenerator;
}

/** What a manager stands on. */
export interface Ground {
  readonly runtime: TaskRuntime;
  readonly configDir: string | null;
  /** Lets the loop start things: called by who runs something. */
  readonly wake: () => void;
  /** Ends what the manager has made for itself. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** The loop that the options name, or one made as they say. */
export function groundOf(options: WorkflowManagerOptions): Ground {
  const { runtime, taskOrchestrator, configDir } = options;
  if (runtime) return { runtime, configDir: configDir ?? null, wake: () => {}, close: async () => {} };
  const baseDir = baseDirectory(options.baseDir);
  const definitions =
    configDir === undefined ? join(baseDir, "config", "workflows", "production") : configDir;
  if (taskOrchestrator)
    return {
      runtime: taskOrchestrator.runtime,
      configDir: definitions,
      wake: () => taskOrchestrator.startExecution(),
      close: async () => {},
    };
  const own = ownOrchestrator(baseDir, options);
  return { configDir: definitions, wake: () => own.orchestrator.startExecution(), ...own };
}

function ownOrchestrator(
  baseDir: string,
  { maxParallel = 4, modules = registryOf(baseDir), ...options }: WorkflowManagerOptions,
): Pick<Ground, "runtime" | "close"> & { readonly orchestrator: TaskOrchestrator } {
  const { clock, logger, random, store = stateStore(stateDirectory(baseDir)) } = options;
  const injected = { store, ...(clock ? { clock } : {}), ...(logger ? { logger } : {}) };
  const resourceManager = options.resourceManager ?? new ResourceManager({ ...injected, baseDir });
  const orchestrator = new TaskOrchestrator({
    ...injected,
    ...(random ? { random } : {}),
    modules,
    resourceManager,
    maxWorkers: maxParallel,
  });
  const close = async (graceMs: number) => {
    if (options.resourceManager === undefined) resourceManager.close();
    await orchestrator.close({ graceMs });
  };
  return { runtime: orchestrator.runtime, orchestrator, close };
}
