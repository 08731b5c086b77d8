import type { ProjectInfoInit } from "@orch/docgen";
import type { Project } from "./project.ts";
import type { ProjectTemplate } from "./project-template.ts";

/** What the documents of a project say of it; `documented`: the directories that get some. */
export const documentFacts = (
  project: Project,
  template: ProjectTemplate | null,
  documented: readonly string[],
): ProjectInfoInit => ({
  projectName: project.name,
  projectType: project.writtenType,
  description: project.description,
  version: project.version,
  author: project.author,
  createdAt: project.createdAt,
  nestedDirs: [...documented],
  template: project.template,
  docLinks: linksOf(template),
});

function linksOf(template: ProjectTemplate | null) {
  const links = template?.documentationConfig.doc_links;
  if (!links) return null;
  const { enabled = true, parent_link: parentLink = true, child_links: childLinks = true } = links;
  return { enabled, parentLink, childLinks };
}
