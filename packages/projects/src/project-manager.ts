import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  findLossy,
  InvalidParametersError,
  isObject,
  type JsonObject,
  type StoreTransaction,
  toDate,
  toIso,
} from "@orch/core";
import { needText, wrongArgument } from "@orch/core/base";
import {
  bindParameters,
  type CompiledWorkflow,
  type Envelope,
  errorEnvelope,
  executionEnvelope,
  type RunOptions,
  type WorkflowManager,
} from "@orch/workflows";
import { stageArchive } from "./archive-project.ts";
import { type CreateProjectOptions, readCreateRequest } from "./create-request.ts";
import { deleteProject } from "./delete-project.ts";
import { ProjectManagementError, projectNotFound } from "./errors.ts";
import { exclusively, type Patience, patiently } from "./exclusively.ts";
import { makeProject } from "./make-project.ts";
import { changedProject, type Project, type ProjectChanges } from "./project.ts";
import { restoreProject, writeProject } from "./project-file.ts";
import type { ProjectManagerOptions } from "./project-manager-options.ts";
import { ARCHIVES, fileNameOf } from "./project-name.ts";
import { ProjectReader } from "./project-reader.ts";
import { ProjectStatus } from "./project-status.ts";
import { changesOf, type ProjectUpdate, readUpdate } from "./project-update.ts";
import { deleteNote, putNote, readNote } from "./run-note.ts";

/** A run that is noted and has not begun. */
interface NotedStart {
  readonly id: string;
  readonly parameters: JsonObject;
  readonly options: RunOptions;
}

/**
 * Makes projects from templates and keeps what is known of them: each in a directory, with a file that says how it stands.
 * Every change is on disk before anything is told of it. Several managers and processes may work on one base: a change is
 * read, made and written while nobody else changes a project.
 */
export class ProjectManager extends ProjectReader {
  /** Ends of runs that are being counted. */
  readonly #counting = new Set<Promise<void>>();

  /** Reads and writes nothing before it is asked to. Throws INVALID_PARAMETERS for options that are none. */
  constructor(options: ProjectManagerOptions = {}) {
    super(options);
    if (options.workflowManager) this.follow(options.workflowManager);
  }

  /**
   * Makes a project: from a template with what that says; with a type alone under way, else planned, with the directories
   * src, tests, config and docs. A text as second argument is a template, or a type where no template has that name; a third
   * one the path with a template, the description with a type. Nothing is written before all checks have passed, and what
   * fails later leaves nothing. Throws INVALID_PARAMETERS, PROJECT_EXISTS, TEMPLATE_NOT_FOUND, PERMISSION_DENIED,
   * PROJECT_ERROR, STORAGE_ERROR, STORE_LOCKED.
   */
  createProject(
    name: string,
    template?: string | CreateProjectOptions | null,
    pathOrDescription?: string | null,
  ): Project {
    const { parts, baseDir, projectsDir, documentationGenerator: documentation } = this;
    const isTemplate = (given: string) => parts.templates.get(given) !== null;
    const request = readCreateRequest(name, template ?? {}, pathOrDescription, isTemplate);
    const project = makeProject(request, { ...parts, baseDir, projectsDir, documentation });
    this.events.emit({
      type: "project_created",
      ...this.#about(project),
      project_type: project.writtenType,
      path: project.path,
      template: project.template,
    });
    return project;
  }

  /**
   * Forgets a project; with `removeFiles` its directory is removed, else all files stay where they are. Its archive stays.
   * False for an unknown one. Throws PERMISSION_DENIED, STORAGE_ERROR, STORE_LOCKED.
   */
  deleteProject(name: string, removeFiles = false): boolean {
    const { baseDir, projectsDir, parts } = this;
    const deleted = deleteProject(needText("name", name), removeFiles, {
      ...parts,
      kept: [baseDir, projectsDir],
    });
    if (deleted === null) return false;
    this.events.emit({
      type: "project_deleted",
      project_name: name,
      at: parts.clock.now(),
      status: deleted.status,
      files_removed: removeFiles,
    });
    deleted.finish();
    return true;
  }

  /**
   * Writes all of a project to a `.tar.gz` and makes it archived, for good; its directory stays. Of one that is archived
   * already the archive is made anew. False for an unknown one. Throws PROJECT_EXISTS where another project's archive has
   * the name, PROJECT_ERROR for one in the project itself, STORAGE_ERROR, STORE_LOCKED.
   * @param archivePath relative to the base directory. Default `<projectsDir>/archives/<name>.tar.gz`
   */
  async archiveProject(name: string, archivePath?: string): Promise<boolean> {
    const project = this.getProject(name);
    if (project === null) return false;
    const target =
      archivePath === undefined
        ? join(this.projectsDir, ARCHIVES, `${fileNameOf(project)}.tar.gz`)
        : resolve(this.baseDir, needText("archivePath", archivePath));
    const { newId, clock } = this.parts;
    const staged = await stageArchive({ project, target, id: newId(), nowMs: clock.now() });
    try {
      const archived = this.#change(name, (_, write) => {
        write({ status: ProjectStatus.ARCHIVED });
        staged.settle();
      });
      if (archived === null) throw projectNotFound(name, this.listProjects());
      this.events.emit({ type: "project_archived", ...this.#about(archived), archive: target });
      staged.finish();
      return true;
    } catch (error) {
      staged.undo();
      throw error;
    }
  }

  /** Sets the status of a project; false for an unknown one. Throws INVALID_PARAMETERS, PROJECT_ERROR for a move out of `archived`. */
  updateProjectStatus(name: string, status: ProjectStatus): boolean {
    return this.updateProject(name, { status });
  }

  /** Sets metrics, which take the place of those of the same names; false for an unknown project. Throws INVALID_PARAMETERS. */
  updateProjectMetrics(name: string, metrics: JsonObject): boolean {
    return this.updateProject(name, { metrics });
  }

  /** Changes what is given of a project, at once; false for an unknown one. Throws INVALID_PARAMETERS, PROJECT_ERROR, STORAGE_ERROR, STORE_LOCKED. */
  updateProject(name: string, update: ProjectUpdate): boolean {
    const read = readUpdate(update);
    let changed: string[] = [];
    const project = this.#change(needText("name", name), (before, write) => {
      const changes = changesOf(before, read);
      changed = Object.keys(changes);
      write(changes);
    });
    if (project !== null) this.#tellUpdated(project, changed);
    return project !== null;
  }

  /**
   * Notes that something was reached: `data`, with `completed_at` (now, as ISO text) where it has none. One of the same name is
   * replaced. False for an unknown project. Throws INVALID_PARAMETERS, STORAGE_ERROR, STORE_LOCKED.
   */
  addProjectMilestone(name: string, milestoneName: string, data: JsonObject = {}): boolean {
    const milestone = needText("milestoneName", milestoneName);
    if (milestone.trim() === "") throw wrongArgument("milestoneName", "a text with letters", milestone);
    const lossy = isObject(data) ? findLossy(data) : null;
    if (!isObject(data) || lossy !== null)
      throw wrongArgument(`data${lossy?.path ?? ""}`, "an object that JSON can hold", data);
    const at = toIso(this.parts.clock.now());
    const project = this.#change(needText("name", name), (before, write) =>
      write({ milestones: { ...before.milestones, [milestone]: { completed_at: at, ...data } } }),
    );
    if (project === null) return false;
    const about = this.#about(project);
    this.events.emit({ type: "project_milestone_added", ...about, milestone_name: milestone });
    return true;
  }

  /**
   * Runs one of a project's workflows to its end, with the parameters `project_name`, `project_path` and `project_config`
   * beside those given; meanwhile it is among the active ones, and afterwards counted. Never rejects: what goes wrong is in
   * the envelope, `Project "x" not found` and `Workflow "w" not available for project "p"` included.
   */
  async executeProjectWorkflow(
    projectName: string,
    workflowName: string,
    params: JsonObject = {},
    options: RunOptions = {},
  ): Promise<Envelope> {
    try {
      const start = await this.#noteStart(projectName, workflowName, params, options);
      try {
        const { workflowManager } = this;
        return executionEnvelope(
          await workflowManager.executeWorkflow(workflowName, start.parameters, start.options),
        );
      } finally {
        await this.#settle(start.id);
      }
    } catch (error) {
      return error instanceof ProjectManagementError ? errorEnvelope(error, "") : errorEnvelope(error);
    }
  }

  /**
   * Starts one of a project's workflows as {@link executeProjectWorkflow} does, and resolves with the id of its execution
   * once it is on disk. Rejects with PROJECT_NOT_FOUND, PROJECT_ERROR, WORKFLOW_NOT_FOUND, INVALID_PARAMETERS, STORAGE_ERROR,
   * STORE_LOCKED; then nothing was started.
   */
  async startProjectWorkflow(
    projectName: string,
    workflowName: string,
    params: JsonObject = {},
    options: RunOptions = {},
  ): Promise<string> {
    const start = await this.#noteStart(projectName, workflowName, params, options);
    try {
      return await this.workflowManager.startWorkflow(workflowName, start.parameters, start.options);
    } catch (error) {
      await this.#settle(start.id);
      throw error;
    }
  }

  /** Closes what it made itself, when the ends of runs that it was told of are counted; what runs can be resumed. A second call waits for the first. */
  override async close(): Promise<void> {
    await Promise.all(this.#counting);
    await super.close();
  }

  /** Counts the runs of projects as they end, whoever has started them. @internal */
  protected override follow(workflowManager: WorkflowManager): void {
    workflowManager.events.on("workflow_completed", ({ execution_id }) => {
      if (readNote(execution_id, this.parts.store) === null) return;
      // Behind what else follows from the end: nobody waits for the file of a project.
      const counted = setImmediate().then(() => this.#settle(execution_id));
      this.#counting.add(counted);
      void counted.then(() => this.#counting.delete(counted));
    });
  }

  async #noteStart(
    projectName: string,
    workflowName: string,
    params: JsonObject,
    options: RunOptions,
  ): Promise<NotedStart> {
    const compiled = this.findProjectWorkflow(projectName, workflowName);
    if (!isObject(params)) throw wrongArgument("params", "an object", params);
    refuseParameters(compiled, { ...params, ...aboutOf(this.findProject(projectName)) });
    const { newId, clock } = this.parts;
    const id = options.executionId ?? newId();
    if (this.workflowManager.getExecution(id, { outputs: false }) !== null)
      throw wrongArgument("executionId", "the id of no execution yet", id);
    const note = {
      project: projectName,
      workflow: workflowName,
      noted_at: clock.now(),
      count: null,
      ended_at: null,
    };
    const noted = await patiently(clock, (patience) =>
      this.#change(
        projectName,
        (before, write, tx) => {
          putNote(tx, { id, note });
          write({ active_workflows: [...new Set([...before.activeWorkflows, workflowName])] });
        },
        patience,
      ),
    );
    if (noted === null) throw projectNotFound(projectName, this.listProjects());
    this.#tellUpdated(noted, ["active_workflows"]);
    const about = aboutOf(noted);
    const given = { ...options, executionId: id, impliedParameters: Object.keys(about) };
    return { id, parameters: { ...params, ...about }, options: given };
  }

  /** Takes an execution that has ended, or never began, out of the active ones; what fails is done with the next change. */
  async #settle(executionId: string): Promise<void> {
    const { clock, logger } = this.parts;
    try {
      await patiently(clock, (patience) => this.#settleNow(executionId, patience));
    } catch (error) {
      logger.warn(`The end of ${executionId} is not counted yet: ${String(error)}`, {
        execution_id: executionId,
      });
    }
  }

  #settleNow(executionId: string, patience: Patience): void {
    const { store } = this.parts;
    const note = readNote(executionId, store);
    if (note === null) return;
    const forget = () => exclusively(store, (tx) => deleteNote(tx, executionId), patience);
    const isKnown = this.workflowManager.getExecution(executionId, { outputs: false }) !== null;
    if (!isKnown) forget();
    const project = this.#change(note.project, (_, write) => write({}), patience);
    if (project === null) forget();
    else this.#tellUpdated(project, isKnown ? ["active_workflows", "metrics"] : ["active_workflows"]);
  }

  /**
   * Reads a project, has `work` write changes of it and returns it as it is then; null for an unknown one. Nobody else changes
   * a project meanwhile.
   */
  #change(
    name: string,
    work: (project: Project, write: (changes: ProjectChanges) => void, tx: StoreTransaction) => void,
    patience: Patience = {},
  ): Project | null {
    const { store, index, runs, clock } = this.parts;
    const find = () => index.find(name);
    runs.noteEnds(name, find, patience);
    let undo = () => {};
    try {
      const change = (tx: StoreTransaction) => {
        const found = find();
        if (found === null) return null;
        const settled = runs.settled(tx, found);
        let project = settled;
        const write = (changes: ProjectChanges) => {
          project = changedProject(settled, { ...changes, updated_at: toDate(clock.now()) });
          writeProject(project);
          undo = () => restoreProject(found, project);
        };
        work(settled, write, tx);
        return project;
      };
      return exclusively(store, change, patience);
    } catch (error) {
      undo();
      throw error;
    }
  }

  #tellUpdated(project: Project, changed: readonly string[]): void {
    this.events.emit({ type: "project_updated", ...this.#about(project), changed });
  }

  #about({ name, status }: Project) {
    return { project_name: name, at: this.parts.clock.now(), status } as const;
  }
}

/** What each step of a project's run sees of the project. */
const aboutOf = ({ name, path, config }: Project): JsonObject => ({
  project_name: name,
  project_path: path,
  project_config: config,
});

/** Throws INVALID_PARAMETERS for what would not begin: before it is noted, so that nothing has changed. */
function refuseParameters({ workflow }: CompiledWorkflow, given: JsonObject): void {
  const lossy = findLossy(given);
  if (lossy !== null)
    throw new InvalidParametersError(`params${lossy.path} cannot be stored: it is ${lossy.reason}`);
  bindParameters(workflow.name, workflow.parameters, given);
}
