export type { CreateProjectOptions } from "./create-request.ts";
export {
  ProjectExistsError,
  ProjectManagementError,
  ProjectNotFoundError,
  TemplateNotFoundError,
} from "./errors.ts";
export type { ProjectEvent } from "./events.ts";
export { Project, type ProjectInit } from "./project.ts";
export type { ProjectHealth } from "./project-health.ts";
export { ProjectManager } from "./project-manager.ts";
export type { ProjectManagerOptions } from "./project-manager-options.ts";
export { ProjectReader } from "./project-reader.ts";
export { ProjectStatus } from "./project-status.ts";
export { ProjectTemplate, type ProjectTemplateInit } from "./project-template.ts";
export { ProjectType } from "./project-type.ts";
export type { ProjectUpdate } from "./project-update.ts";
