import { cleanText, toIso } from "@orch/core";
import type { DirectoryPath } from "./directory-path.ts";
import { getDirectoryAgentPurpose, getDirectoryPurpose } from "./directory-purpose.ts";
import { DocumentKind, fileOf } from "./document-kind.ts";
import type { ProjectInfo } from "./project-info.ts";
import type { TemplateVariables } from "./template.ts";

/** What the variables of a document in a directory are made of. */
interface NestedPage {
  readonly info: ProjectInfo;
  readonly directory: DirectoryPath;
  /** The name of the project's folder; null: nothing leads there. */
  readonly parent: string | null;
}

/** What other documents of the same place are called in a list. */
const LABELS: Readonly<Record<DocumentKind, string>> = {
  README: "what this is",
  AGENTS: "for agents that work here",
  SPEC: "specification",
  PAI: "integration notes",
};

/** The variables of a document of the whole project. What comes from outside is on one line. */
export function rootVariables(kind: DocumentKind, info: ProjectInfo): TemplateVariables {
  return {
    ...common(info),
    description: description(info),
    version: cleanText(info.version),
    author: cleanText(info.author),
    created_at: toIso(info.createdAt.getTime()).replace(".000+", "+"),
    active_components: components(info),
    related_documents: list(links(kind, info)),
  };
}

/** The variables of a document in a directory of the project. */
export function nestedVariables(
  kind: DocumentKind,
  { info, directory, parent }: NestedPage,
): TemplateVariables {
  const { name, up } = directory;
  const isForAgents = kind === DocumentKind.AGENTS;
  const purpose = cleanText(
    isForAgents
      ? getDirectoryAgentPurpose(name, info.projectName)
      : getDirectoryPurpose(name, info.projectType),
  );
  const shown = parent === null || info.docLinks?.parentLink === false ? null : linkText(parent);
  const above = shown === null ? [] : links(null, info, up).map((line) => `${line}, of the project`);
  return {
    ...common(info),
    directory_name: cleanText(name),
    purpose,
    purpose_lower: purpose.toLowerCase(),
    parent_link: shown === null ? "" : parentLink(isForAgents, shown, up),
    related_documents: list([...links(kind, info), ...above]),
  };
}

const common = ({ projectName, projectType }: ProjectInfo) => ({
  project_name: cleanText(projectName),
  project_type: cleanText(projectType),
});

const description = ({ description: given, projectType }: ProjectInfo): string =>
  cleanText(given) || `${titleCase(cleanText(projectType))} project`;

/** `data_science` → `Data Science`. */
const titleCase = (words: string): string =>
  words
    .split(/[\s_-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join(" ");

function components({ nestedDirs, docLinks }: ProjectInfo): string {
  if (docLinks?.childLinks === false) return "";
  const lines = nestedDirs.map((directory) => {
    const name = directory.replace(/\/+$/, "");
    return cleanText(`- \`${name}/\` – ${getDirectoryPurpose(name)}`);
  });
  return lines.join("\n") || "No active components specified";
}

const parentLink = (isForAgents: boolean, name: string, up: string): string =>
  isForAgents
    ? `\n- **Parent Agents**: [${name} AGENTS.md](${up}AGENTS.md)`
    : `\n- **Parent Directory**: [${name}](${up}README.md)`;

/** A line for each of the other documents in a place. */
const links = (self: DocumentKind | null, { documents }: ProjectInfo, up = ""): string[] =>
  [...new Set(documents)]
    .filter((kind) => kind !== self)
    .map((kind) => `- [${up}${fileOf(kind)}](${up}${fileOf(kind)}) – ${LABELS[kind]}`);

const list = (lines: readonly string[]): string => lines.join("\n") || "No related documents";

/** A name between square brackets: with none of its own. */
const linkText = (name: string): string => cleanText(name).replaceAll(/[[\]\\]/g, "\\$&");
