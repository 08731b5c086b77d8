import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Clock,
  EventBus,
  type IdGenerator,
  type Logger,
  memoryStore,
  noopLogger,
  type Store,
  systemClock,
} from "@orch/core";
import type { Durability } from "@orch/core/sqlite";
import { emptyStateNote, stateStore } from "@orch/core/state";
import { DocumentationGenerator } from "@orch/docgen";
import { ProjectManager } from "@orch/projects";
import { ResourceManager } from "@orch/resources";
import { defaultModuleRegistry, ModuleRegistry, type ProcessProbe, TaskOrchestrator } from "@orch/tasks";
import { WorkflowManager } from "@orch/workflows";
import type { OrchestrationConfig } from "./config.ts";
import type { EngineEvent } from "./events.ts";

/** What the parts of an engine are made with, beside the configuration. */
export interface CompositionOptions {
  /** @default a registry over the module files, with what was registered in `defaultModuleRegistry` below it */
  readonly modules?: ModuleRegistry;
  /** State on disk; false: in memory only. @default true */
  readonly persist?: boolean;
  /** @default "full" */
  readonly durability?: Durability;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly idGenerator?: IdGenerator;
  readonly logger?: Logger;
  readonly probe?: ProcessProbe;
}

/** One shared set of parts: what is made through one of them is seen by all. */
export interface Composition {
  /** What is to be said of the state that was found; null for nothing. */
  readonly stateNote: string | null;
  readonly store: Store;
  readonly modules: ModuleRegistry;
  readonly events: EventBus<EngineEvent>;
  readonly resourceManager: ResourceManager;
  readonly taskOrchestrator: TaskOrchestrator;
  readonly workflowManager: WorkflowManager;
  readonly documentationGenerator: DocumentationGenerator;
  readonly projectManager: ProjectManager;
  readonly clock: Clock;
}

/** Makes the parts of an engine and joins them: the only place where that happens. */
export function compose(config: OrchestrationConfig, options: CompositionOptions = {}): Composition {
  const { clock = systemClock, logger = noopLogger, persist = true, durability } = options;
  const injected = { clock, logger, ...given("random", options.random), ...given("probe", options.probe) };
  const store = persist ? stateStore(config.stateDir, given("durability", durability)) : memoryStore();
  const stateNote = persist ? emptyStateNote(config.stateDir, clock.now()) : null;
  const modules =
    options.modules ?? new ModuleRegistry({ modulesDir: config.modulesDir, parent: defaultModuleRegistry });
  const events = new EventBus<EngineEvent>({ logger });
  const resourceManager = new ResourceManager({
    baseDir: config.baseDir,
    store,
    clock,
    logger,
    events: busFor(events),
  });
  const taskOrchestrator = new TaskOrchestrator({
    ...injected,
    store,
    modules,
    resourceManager,
    maxWorkers: config.maxWorkers,
    runners: config.runners,
    retention: config.retention,
    events: busFor(events),
  });
  taskOrchestrator.startExecution();
  const workflowManager = new WorkflowManager({
    runtime: taskOrchestrator.runtime,
    configDir: config.workflowsDir,
    maxParallel: config.maxWorkers,
    retention: {
      ...given("maxAgeMs", config.retention.maxAgeMs),
      ...given("maxCount", config.retention.maxCount),
    },
    events: busFor(events),
    ...given("idGenerator", options.idGenerator),
  });
  const documentationGenerator = documentation(config, logger);
  const projectManager = new ProjectManager({
    ...{ baseDir: config.baseDir, projectsDir: config.projectsDir, templatesDir: config.templatesDir },
    ...{ workflowManager, documentationGenerator, store, clock, logger },
    events: busFor(events),
  });
  return {
    ...{ stateNote, store, modules, events, clock },
    ...{ resourceManager, taskOrchestrator, workflowManager, documentationGenerator, projectManager },
  };
}

/** Looking leaves no trace: the directory of templates is not made here. */
function documentation({ baseDir }: OrchestrationConfig, logger: Logger): DocumentationGenerator {
  const templatesDir = join(baseDir, "config", "doc_templates");
  return new DocumentationGenerator({ logger, ...(existsSync(templatesDir) ? { templatesDir } : {}) });
}

/** The engine's bus as the one of a part: it carries the part's events and those of the others. */
const busFor = <Bus>(events: EventBus<EngineEvent>): Bus => events as unknown as Bus;

/** `{key: value}`, or nothing for an undefined value: an option that is left out has its default. */
const given = <Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> =>
  value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, Value>>);
