import { didYouMean, type ErrorCode, nearestNames, OrchestrationError } from "@orch/core";
import { shownName } from "@orch/core/base";

/** A project cannot do what was asked for. Details: `project`. */
export class ProjectManagementError extends OrchestrationError {
  static override readonly code: ErrorCode = "PROJECT_ERROR";
  static override readonly retryable: boolean = false;
}

/** The name or the directory of a new project is taken. Details: `project`, `path`. */
export class ProjectExistsError extends ProjectManagementError {
  static override readonly code: ErrorCode = "PROJECT_EXISTS";
}

/** No project has the name. Details: `project`, `available`, `near`. */
export class ProjectNotFoundError extends ProjectManagementError {
  static override readonly code: ErrorCode = "PROJECT_NOT_FOUND";
}

/** No template has the name. Details: `template`, `available`, `near`. */
export class TemplateNotFoundError extends ProjectManagementError {
  static override readonly code: ErrorCode = "TEMPLATE_NOT_FOUND";
}

/** The error for a name that a project has already. */
export const projectExists = (project: string, path: string): ProjectExistsError =>
  new ProjectExistsError(`Project '${project}' already exists`, {
    details: { project, path },
    suggestions: ["Take another name.", `Look at it: orch project show ${project}`],
  });

/** The error for a directory that is no place for a new project: `why` it is not. */
export const directoryTaken = (project: string, path: string, why = "is not empty"): ProjectExistsError =>
  new ProjectExistsError(`Directory '${path}' already exists and ${why}`, {
    details: { project, path },
    suggestions: ["Name another directory with path, or move away what is there."],
  });

/** The error for an unknown project, with what was probably meant. */
export function projectNotFound(project: string, available: readonly string[]): ProjectNotFoundError {
  const near = nearestNames(project, available);
  return new ProjectNotFoundError(`Project "${project}" not found`, {
    details: { project, available, near },
    suggestions: [
      ...didYouMean(near),
      available.length === 0
        ? "There is none yet; make one: orch project create <name>"
        : `Available: ${available.join(", ")}.`,
    ],
  });
}

/** The error for an unknown template, with what was probably meant. */
export function templateNotFound(template: string, available: readonly string[]): TemplateNotFoundError {
  const near = nearestNames(template, available);
  return new TemplateNotFoundError(`Template ${shownName(template)} not found`, {
    details: { template, available, near },
    suggestions: [...didYouMean(near), `Available: ${available.join(", ")}.`],
  });
}

/** The error for a workflow that a project does not have. */
export function workflowNotAvailable(
  project: string,
  workflow: string,
  available: readonly string[],
): ProjectManagementError {
  const near = nearestNames(workflow, available);
  return new ProjectManagementError(`Workflow "${workflow}" not available for project "${project}"`, {
    details: { project, workflow, available, near },
    suggestions: [
      ...didYouMean(near),
      `Add it: orch project update ${project} --workflow ${workflow}`,
      ...(available.length === 0 ? [] : [`Those of the project: ${available.join(", ")}.`]),
    ],
  });
}

/** The error for a move out of `archived`. */
export const staysArchived = (project: string, status: string): ProjectManagementError =>
  new ProjectManagementError(`Project '${project}' is archived, and cannot become ${status}`, {
    details: { project, status: "archived", wanted: status },
    suggestions: ["Unpack its archive, and create a project from it under another name."],
  });
