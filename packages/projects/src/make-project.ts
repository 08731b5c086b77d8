import { dirname, join, resolve } from "node:path";
import {
  type Clock,
  errorMessage,
  type IdGenerator,
  OrchestrationError,
  StorageError,
  type Store,
  toDate,
} from "@orch/core";
import { wrongArgument } from "@orch/core/base";
import type { DocumentationGenerator } from "@orch/docgen";
import { buildProject } from "./build-project.ts";
import type { CreateRequest } from "./create-request.ts";
import { projectExists, templateNotFound } from "./errors.ts";
import { exclusively } from "./exclusively.ts";
import { removeLeftovers } from "./leftovers.ts";
import { mergeConfig } from "./merge-config.ts";
import { siteOf, stageProject } from "./place.ts";
import { Project } from "./project.ts";
import { projectText } from "./project-file.ts";
import type { ProjectIndex } from "./project-index.ts";
import { ARCHIVES } from "./project-name.ts";
import type { ProjectTemplate } from "./project-template.ts";
import { rememberPath } from "./remembered.ts";
import { PLAIN_SCAFFOLD, planScaffold } from "./scaffold.ts";
import type { TemplateLibrary } from "./template-library.ts";
import { isWithin } from "./within.ts";

/** Where and with what projects are made. */
export interface Workshop {
  readonly baseDir: string;
  readonly projectsDir: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly newId: IdGenerator;
  readonly index: ProjectIndex;
  readonly templates: TemplateLibrary;
  readonly documentation: DocumentationGenerator;
}

/**
 * Makes a project: beside its place and then into it, so that nobody ever sees half of one, also where the process is killed.
 * All that can be refused is refused before anything is written; what fails later leaves what was there before. Throws
 * PROJECT_EXISTS, TEMPLATE_NOT_FOUND, INVALID_PARAMETERS, PERMISSION_DENIED, PROJECT_ERROR, STORAGE_ERROR, STORE_LOCKED.
 */
export function makeProject(request: CreateRequest, shop: Workshop): Project {
  const { name } = request;
  const template = templateOf(request, shop.templates);
  const scaffold = planScaffold(template ?? PLAIN_SCAFFOLD);
  const project = projectOf(request, template, shop);
  refusePlace(project.path, shop);
  projectText(project);
  refuseName(name, shop.index);
  try {
    siteOf(name, project.path);
    removeLeftovers(shop.projectsDir, shop.clock.now());
    place(project, shop, (directory) =>
      buildProject(directory, { project, scaffold, template, documentation: shop.documentation }),
    );
    return project;
  } catch (cause) {
    if (cause instanceof OrchestrationError) throw cause;
    throw new StorageError(`Project '${name}' cannot be made in ${project.path}: ${errorMessage(cause)}`, {
      details: { project: name, path: project.path },
      cause,
    });
  }
}

function place(
  project: Project,
  { projectsDir, store, newId, index }: Workshop,
  build: (at: string) => void,
): void {
  const { name, path } = project;
  const staged = stageProject(name, path, newId());
  try {
    build(staged.directory);
    exclusively(store, (tx) => {
      // Somebody may have been faster.
      refuseName(name, index);
      staged.settle();
      if (dirname(path) !== projectsDir) rememberPath(tx, name, path);
    });
  } catch (error) {
    staged.discard();
    throw error;
  }
  staged.finish();
}

function templateOf({ templateName }: CreateRequest, templates: TemplateLibrary): ProjectTemplate | null {
  if (templateName === null) return null;
  const template = templates.get(templateName);
  if (template === null) throw templateNotFound(templateName, templates.names());
  return template;
}

/** With a type alone a project is under way already. */
function projectOf(request: CreateRequest, template: ProjectTemplate | null, shop: Workshop): Project {
  const { name, description, author, tags, type, path, config } = request;
  const at = toDate(shop.clock.now());
  const isUnderWay = template === null && type !== null;
  return new Project({
    name,
    description,
    type: type ?? template?.writtenType ?? "custom",
    path: path === null ? join(shop.projectsDir, name) : resolve(shop.baseDir, path),
    status: isUnderWay ? "active" : "planning",
    version: isUnderWay ? "0.1.0" : "1.0.0",
    template: template?.name ?? null,
    config: mergeConfig(template?.defaultConfig ?? {}, config),
    workflows: template?.workflows ?? [],
    requiredModules: template?.requiredModules ?? [],
    author,
    tags: [...tags],
    createdAt: at,
    updatedAt: at,
  });
}

function refuseName(name: string, index: ProjectIndex): void {
  const found = index.find(name);
  if (found !== null) throw projectExists(name, found.path);
}

/** A project around all others, or among what is not a project's, would take them along when it is deleted. */
function refusePlace(path: string, { baseDir, projectsDir }: Workshop): void {
  const around = [baseDir, projectsDir].find((each) => isWithin(each, path));
  const among = [join(baseDir, ".workflows"), join(projectsDir, ARCHIVES)].find((each) =>
    isWithin(path, each),
  );
  if (around === undefined && among === undefined) return;
  const why = around === undefined ? `that does not lie in ${among}` : `that does not hold ${around}`;
  throw wrongArgument("path", `a directory ${why}`, path, {
    suggestions: [`Leave it out: ${projectsDir} is where projects are made.`],
  });
}
