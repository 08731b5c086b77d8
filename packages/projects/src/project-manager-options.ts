import type { Clock, EventBus, IdGenerator, Logger, Store } from "@orch/core";
import { needOptions, needPort, needText } from "@orch/core/base";
import type { DocumentationGenerator } from "@orch/docgen";
import type { ModuleRegistry } from "@orch/tasks";
import type { WorkflowManager } from "@orch/workflows";
import type { ProjectEvent } from "./events.ts";

/** Options of a `ProjectManager`. */
export interface ProjectManagerOptions {
  /** Base of all other paths, and of the state. @default `ORCH_DIR`, else the current directory */
  readonly baseDir?: string;
  /** Where projects are made. @default `<baseDir>/projects` */
  readonly projectsDir?: string;
  /** Templates of the user's own, which win over shipped ones. @default `<baseDir>/config/templates` */
  readonly templatesDir?: string;
  /** Who runs workflows. @default one over the same base and store, made when it is first used */
  readonly workflowManager?: WorkflowManager;
  /** Who writes documents. @default one with the templates in `<baseDir>/config/doc_templates`, if there are any */
  readonly documentationGenerator?: DocumentationGenerator;
  /** What the manager that is made at first use can run. @default files in `<baseDir>/config/modules`, and what is registered for all */
  readonly modules?: ModuleRegistry;
  /** Where it is told what happens to projects. @default a bus of its own */
  readonly events?: EventBus<ProjectEvent>;
  /** Where it is remembered which projects lie elsewhere and which runs are under way. @default `<baseDir>/.workflows/state.db`, made when something is written */
  readonly store?: Store;
  readonly clock?: Clock;
  readonly idGenerator?: IdGenerator;
  readonly logger?: Logger;
}

const OPTIONS = {
  baseDir: true,
  projectsDir: true,
  templatesDir: true,
  workflowManager: true,
  documentationGenerator: true,
  modules: true,
  events: true,
  store: true,
  clock: true,
  idGenerator: true,
  logger: true,
} as const satisfies Record<keyof ProjectManagerOptions, true>;

/** Throws INVALID_PARAMETERS for options that are none. */
export function checkOptions(options: ProjectManagerOptions): void {
  needOptions("the options of a ProjectManager", options, OPTIONS);
  for (const name of ["baseDir", "projectsDir", "templatesDir"] as const)
    if (options[name] !== undefined) needText(name, options[name]);
  const { workflowManager, documentationGenerator, store, events } = options;
  if (workflowManager !== undefined)
    needPort<WorkflowManager>("workflowManager", "a workflow manager", workflowManager, ["executeWorkflow"]);
  if (documentationGenerator !== undefined)
    needPort<DocumentationGenerator>(
      "documentationGenerator",
      "a documentation generator",
      documentationGenerator,
      ["generateDocuments"],
    );
  if (store !== undefined) needPort<Store>("store", "a store", store, ["transact", "get", "list", "close"]);
  if (events !== undefined)
    needPort<EventBus<ProjectEvent>>("events", "an event bus", events, ["emit", "on"]);
}
