import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toIso } from "@orch/core";
import { type DocumentationGenerator, renderTemplate } from "@orch/docgen";
import { documentFacts } from "./document-facts.ts";
import { ProjectManagementError } from "./errors.ts";
import type { Project } from "./project.ts";
import { PROJECT_FOLDER, projectText } from "./project-file.ts";
import type { ProjectTemplate } from "./project-template.ts";
import type { Scaffold } from "./scaffold.ts";

/** What a project is built from. */
export interface Blueprint {
  /** As it will be, with the path that it will have. */
  readonly project: Project;
  readonly scaffold: Scaffold;
  readonly template: ProjectTemplate | null;
  readonly documentation: DocumentationGenerator;
}

/**
 * Makes all directories, files and documents of a project in `directory`, a new one in which nobody else writes. Throws
 * STORAGE_ERROR, PROJECT_ERROR where a document cannot be made, INVALID_PARAMETERS.
 */
export function buildProject(
  directory: string,
  { project, scaffold, template, documentation }: Blueprint,
): void {
  const folders = ["", PROJECT_FOLDER, ...scaffold.directories, ...[...scaffold.files.keys()].map(dirname)];
  for (const path of folders) mkdirSync(join(directory, path), { recursive: true });
  const facts = documentFacts(project, template, scaffold.documented);
  const outcomes = documentation.generateDocuments(directory, facts);
  const failed = outcomes.filter(({ outcome }) => outcome === "kept");
  if (failed.length > 0) throw noDocuments(project, directory, failed);
  const variables = variablesOf(project);
  // Last: a document that the template brings itself is the one that is wanted.
  for (const [path, content] of scaffold.files)
    writeFileSync(join(directory, path), renderTemplate(content, variables));
  writeFileSync(join(directory, PROJECT_FOLDER, "project.json"), projectText(project), { flag: "wx" });
}

/** What stands for the names in files of a template. */
const variablesOf = ({ name, writtenType, description, version, author, template, createdAt }: Project) => ({
  project_name: name,
  project_type: writtenType,
  description,
  version,
  author,
  template,
  created_at: toIso(createdAt.getTime()),
});

function noDocuments(
  { name }: Project,
  directory: string,
  failed: readonly { readonly path: string; readonly reason?: string }[],
): ProjectManagementError {
  const problems = failed.map(({ path, reason = "" }) => ({
    path: path.slice(directory.length + 1),
    message: reason,
  }));
  const text = problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return new ProjectManagementError(`The documents of project '${name}' cannot be made: ${text}`, {
    details: { project: name, problems },
    suggestions: ["Correct the templates of documents, or move them away to use the built-in ones."],
  });
}
