import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type Clock,
  EventBus,
  type IdGenerator,
  type JsonObject,
  type Logger,
  newId,
  noopLogger,
  type Store,
  systemClock,
} from "@orch/core";
import { needText } from "@orch/core/base";
import { baseDirectory } from "@orch/core/base-directory";
import { stateDirectory, stateStore } from "@orch/core/state";
import { DocumentationGenerator, type ProjectInfoInit } from "@orch/docgen";
import { type CompiledWorkflow, WorkflowManager } from "@orch/workflows";
import { documentFacts } from "./document-facts.ts";
import { projectNotFound, templateNotFound, workflowNotAvailable } from "./errors.ts";
import type { ProjectEvent } from "./events.ts";
import type { Project } from "./project.ts";
import { type ProjectHealth, projectHealth } from "./project-health.ts";
import { ProjectIndex } from "./project-index.ts";
import { checkOptions, type ProjectManagerOptions } from "./project-manager-options.ts";
import { projectStatusDict, projectsSummaryDict } from "./project-report.ts";
import { ProjectRuns } from "./project-runs.ts";
import type { ProjectTemplate, ProjectTemplateInit } from "./project-template.ts";
import { PLAIN_SCAFFOLD, planScaffold } from "./scaffold.ts";
import { TemplateLibrary } from "./template-library.ts";

/** Projects and templates and how they stand: the part of a manager that changes no project. */
export class ProjectReader implements AsyncDisposable {
  /** Base of all other paths, absolute. */
  readonly baseDir: string;
  /** Where projects are made, absolute. */
  readonly projectsDir: string;
  /** Where templates of the user's own are, absolute. */
  readonly templatesDir: string;
  /** Told what happens to projects, after it is stored. */
  readonly events: EventBus<ProjectEvent>;
  /** @internal */
  protected readonly parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly newId: IdGenerator;
    readonly index: ProjectIndex;
    readonly runs: ProjectRuns;
    readonly templates: TemplateLibrary;
  };
  readonly #options: ProjectManagerOptions;
  #workflows: WorkflowManager | null = null;
  #documentation: DocumentationGenerator | null;
  #closing: Promise<void> | null = null;

  constructor(options: ProjectManagerOptions = {}) {
    checkOptions(options);
    const { clock = systemClock, logger = noopLogger, idGenerator = newId } = options;
    this.#options = options;
    this.baseDir = baseDirectory(options.baseDir);
    this.projectsDir = resolve(this.baseDir, options.projectsDir ?? "projects");
    this.templatesDir = resolve(this.baseDir, options.templatesDir ?? join("config", "templates"));
    this.events = options.events ?? new EventBus({ logger });
    this.#documentation = options.documentationGenerator ?? null;
    const store = options.store ?? stateStore(stateDirectory(this.baseDir));
    this.parts = {
      store,
      clock,
      logger,
      newId: idGenerator,
      index: new ProjectIndex({ directory: this.projectsDir, store, logger }),
      runs: new ProjectRuns({ store, clock, executions: () => this.workflowManager }),
      templates: new TemplateLibrary(this.templatesDir, logger),
    };
  }

  /** Who runs the workflows of projects; made at first use if none was given. */
  get workflowManager(): WorkflowManager {
    if (this.#options.workflowManager) return this.#options.workflowManager;
    if (this.#workflows === null) {
      const { store, clock, logger } = this.parts;
      const { modules } = this.#options;
      const own = { baseDir: this.baseDir, store, clock, logger, ...(modules ? { modules } : {}) };
      this.#workflows = new WorkflowManager(own);
      this.follow(this.#workflows);
    }
    return this.#workflows;
  }

  /** Who writes the documents of projects. */
  get documentationGenerator(): DocumentationGenerator {
    const templatesDir = join(this.baseDir, "config", "doc_templates");
    this.#documentation ??= new DocumentationGenerator({
      logger: this.parts.logger,
      ...(existsSync(templatesDir) ? { templatesDir } : {}),
    });
    return this.#documentation;
  }

  /** A project as it stands on disk now, or null. Changing the object changes nothing. */
  getProject(name: string): Project | null {
    const project = this.parts.index.find(needText("name", name));
    return project && this.parts.runs.seen(project);
  }

  /** The same; throws PROJECT_NOT_FOUND, with those that were probably meant, where there is none. */
  findProject(name: string): Project {
    const project = this.getProject(name);
    if (project === null) throw projectNotFound(name, this.listProjects());
    return project;
  }

  /**
   * A workflow that can be run in a project. Throws PROJECT_NOT_FOUND, PROJECT_ERROR where the project has it not,
   * WORKFLOW_NOT_FOUND where nobody has.
   */
  findProjectWorkflow(projectName: string, workflowName: string): CompiledWorkflow {
    const { workflows } = this.findProject(projectName);
    const workflow = needText("workflowName", workflowName);
    if (!workflows.includes(workflow)) throw workflowNotAvailable(projectName, workflow, workflows);
    return this.workflowManager.findWorkflow(workflow);
  }

  /** What the documents of a project say of it, and which of its directories get some. Throws PROJECT_NOT_FOUND. */
  documentFacts(name: string): ProjectInfoInit {
    const project = this.findProject(name);
    const template = project.template === null ? null : this.getTemplate(project.template);
    return documentFacts(project, template, planScaffold(template ?? PLAIN_SCAFFOLD).documented);
  }

  /** The names of all projects, in order. O(projects). */
  listProjects(): string[] {
    return [...this.parts.index.all().keys()];
  }

  /** How a project stands, as a dict of 12 keys; null for an unknown one. */
  getProjectStatus(name: string): JsonObject | null {
    const project = this.getProject(name);
    return project && projectStatusDict(project);
  }

  /** How many projects there are, by status and type, and the ten that changed last. O(projects). */
  getProjectsSummary(): JsonObject {
    return projectsSummaryDict([...this.parts.index.all().values()]);
  }

  /** Whether projects can be made, and which of them cannot be used. O(projects). */
  healthCheck(): ProjectHealth {
    return projectHealth(this.projectsDir, this.parts.index.look());
  }

  /** The names of all templates, in order: those that come with the package and the user's own. */
  listTemplates(): string[] {
    return this.parts.templates.names();
  }

  /** A template, or null. */
  getTemplate(name: string): ProjectTemplate | null {
    return this.parts.templates.get(needText("name", name));
  }

  /** The same; throws TEMPLATE_NOT_FOUND, with those that were probably meant, where there is none. */
  findTemplate(name: string): ProjectTemplate {
    const template = this.getTemplate(name);
    if (template === null) throw templateNotFound(name, this.listTemplates());
    return template;
  }

  /**
   * Writes a template to the user's own, replacing one of its name. Throws INVALID_PARAMETERS, also where a path of it leaves
   * the project; STORAGE_ERROR.
   */
  saveTemplate(template: ProjectTemplate | ProjectTemplateInit): boolean {
    this.parts.templates.save(template);
    return true;
  }

  /** Closes what it made itself; what runs can be resumed. A second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Told of a manager whose runs may be of projects. @internal */
  protected follow(_workflowManager: WorkflowManager): void {}

  async #close(): Promise<void> {
    await this.#workflows?.close();
    if (this.#options.store === undefined) this.parts.store.close();
  }
}
