import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Clock,
  EventBus,
  type IdGenerator,
  type Logger,
  memoryStore,
  newId,
  noopLogger,
  type Store,
  systemClock,
} from "@orch/core";
import type { Durability } from "@orch/core/sqlite";
import { emptyStateNote, stateStore } from "@orch/core/state";
import { DocumentationGenerator } from "@orch/docgen";
import { ProjectManager } from "@orch/projects";
import { ResourceManager } from "@orch/resources";
import {
  type ActionGate,
  defaultModuleRegistry,
  type Isolation,
  isTerminalStatus,
  ModuleRegistry,
  type ProcessProbe,
  TaskOrchestrator,
} from "@orch/tasks";
import { WorkflowManager } from "@orch/workflows";
import type { OrchestrationConfig } from "./config.ts";
import { DecisionRegister } from "./decision-register.ts";
import type { EngineEvent } from "./events.ts";
import { HandleRegister } from "./handle-register.ts";
import { RunRegister } from "./run-register.ts";
import { Sessions } from "./sessions.ts";
import type { SessionsInit } from "./sessions-init.ts";

/** What the parts of an engine are made with, beside the configuration. */
export interface CompositionOptions {
  /** @default a registry over the module files, with what was registered in `defaultModuleRegistry` below it */
  readonly modules?: ModuleRegistry;
  /** Where actions of module files run at least that ask for less. @default "inline" */
  readonly moduleIsolation?: Isolation;
  /** Which actions may be called in this process: asked before each attempt. @default all that are registered */
  readonly actionGate?: ActionGate;
  /** State on disk; false: in memory only. @default true */
  readonly persist?: boolean;
  /** @default "full" */
  readonly durability?: Durability;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly idGenerator?: IdGenerator;
  readonly logger?: Logger;
  readonly probe?: ProcessProbe;
  /** The values of its variables `ORCH_SECRET_…` are taken out of what steps log. @default that of the process */
  readonly environment?: Readonly<Record<string, string | undefined>>;
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
  /** @internal */
  readonly sessions: Sessions;
  readonly runs: RunRegister;
  readonly handles: HandleRegister;
  readonly decisions: DecisionRegister;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes the parts of an engine and joins them: the only place where that happens. */
export function compose(config: OrchestrationConfig, options: CompositionOptions = {}): Composition {
  const { clock = systemClock, logger = noopLogger, persist = true, durability } = options;
  const injected = { clock, logger, ...given("random", options.random), ...given("probe", options.probe) };
  const store = persist ? stateStore(config.stateDir, given("durability", durability)) : memoryStore();
  const stateNote = persist ? emptyStateNote(config.stateDir, clock.now()) : null;
  const modules =
    options.modules ??
    new ModuleRegistry({
      modulesDir: config.modulesDir,
      parent: defaultModuleRegistry,
      ...given("isolation", options.moduleIsolation),
      ...(options.moduleIsolation === "process" ? given("env", config.runners.processEnv) : {}),
    });
  const events = new EventBus<EngineEvent>({ logger });
  const resourceManager = new ResourceManager({
    baseDir: config.baseDir,
    ...given("resourceConfig", config.resourceConfig ?? undefined),
    store,
    clock,
    logger,
    events: busFor(events),
  });
  const sessions: Sessions = new Sessions({
    clock,
    logger,
    newId: options.idGenerator ?? newId,
    events: busFor(events),
    resourceManager,
    runtime: () => taskOrchestrator.runtime,
    ...workOfSessions(() => ({ taskOrchestrator, workflowManager })),
  });
  const taskOrchestrator: TaskOrchestrator = new TaskOrchestrator({
    ...injected,
    store,
    modules,
    resourceManager,
    maxWorkers: config.maxWorkers,
    runners: config.runners,
    retention: config.retention,
    events: busFor(events),
    sessions: sessions.access,
    ...given("gate", options.actionGate),
  });
  taskOrchestrator.startExecution();
  const workflowManager: WorkflowManager = new WorkflowManager({
    runtime: taskOrchestrator.runtime,
    configDir: config.workflowsDir,
    maxParallel: config.maxWorkers,
    enablePerformanceMonitoring: config.performanceMonitoring,
    retention: {
      ...given("maxAgeMs", config.retention.maxAgeMs),
      ...given("maxCount", config.retention.maxCount),
    },
    events: busFor(events),
    secrets: secretsIn(options.environment ?? process.env),
    ...given("idGenerator", options.idGenerator),
  });
  const documentationGenerator = documentation(config, logger);
  const projectManager = new ProjectManager({
    ...{ baseDir: config.baseDir, projectsDir: config.projectsDir, templatesDir: config.templatesDir },
    ...{ workflowManager, documentationGenerator, store, clock, logger },
    events: busFor(events),
  });
  const runs = new RunRegister({ store, clock, newId: options.idGenerator ?? newId });
  const handles = new HandleRegister({ store, clock });
  const decisions = new DecisionRegister({ store, clock });
  return {
    ...{ stateNote, store, modules, events, clock, logger, sessions, runs, handles, decisions },
    ...{ resourceManager, taskOrchestrator, workflowManager, documentationGenerator, projectManager },
  };
}

/** Looking leaves no trace: the directory of templates is not made here. */
function documentation({ baseDir }: OrchestrationConfig, logger: Logger): DocumentationGenerator {
  const templatesDir = join(baseDir, "config", "doc_templates");
  return new DocumentationGenerator({ logger, ...(existsSync(templatesDir) ? { templatesDir } : {}) });
}

/** What of tasks and executions runs in a session, and how it is ended. */
const workOfSessions = (
  parts: () => Pick<Composition, "taskOrchestrator" | "workflowManager">,
): Pick<SessionsInit, "cancelAll" | "cancelHere" | "goOn" | "hasOpenWork"> => {
  const openTasks = (id: string) =>
    parts()
      .taskOrchestrator.listTasks()
      .filter(({ sessionId, status }) => sessionId === id && !isTerminalStatus(status));
  const openExecutions = (id: string) =>
    parts()
      .workflowManager.listExecutions({ status: "running" })
      .filter(({ record }) => record.session_id === id);
  return {
    cancelAll(id) {
      const { taskOrchestrator, workflowManager } = parts();
      for (const task of openTasks(id)) taskOrchestrator.cancelTask(task.id);
      // Those of other processes.
      const others = taskOrchestrator
        .listStoredTasks({ unfinished: true })
        .filter(({ sessionId }) => sessionId === id);
      const asked = [
        ...others.map((task) => taskOrchestrator.requestCancel(task.id)),
        ...openExecutions(id).map((execution) => workflowManager.requestCancel(execution.id)),
      ];
      // It may have ended meanwhile; what holds it up is told to who waits for it.
      return Promise.allSettled(asked);
    },
    cancelHere(id) {
      const { taskOrchestrator, workflowManager } = parts();
      for (const task of openTasks(id)) taskOrchestrator.cancelTask(task.id);
      for (const execution of openExecutions(id)) workflowManager.cancelExecution(execution.id);
    },
    goOn() {
      const { taskOrchestrator, workflowManager } = parts();
      workflowManager.lookAtSessions();
      taskOrchestrator.runtime.lookAgain();
    },
    hasOpenWork: (id) => openTasks(id).length > 0 || openExecutions(id).length > 0,
  };
};

/** The values of the variables that hold secrets. */
const secretsIn = (environment: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && name.startsWith("ORCH_SECRET_") ? [value] : [],
  );

/** The engine's bus as the one of a part: it carries the part's events and those of the others. */
const busFor = <Bus>(events: EventBus<EngineEvent>): Bus => events as unknown as Bus;

/** `{key: value}`, or nothing for an undefined value: an option that is left out has its default. */
const given = <Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> =>
  value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, Value>>);
