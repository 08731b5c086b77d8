import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { errorMessage, type Logger, makeDirectory, noopLogger, StorageError } from "@orch/core";
import { needOptions, needText } from "@orch/core/base";
import { type DirectoryPath, directoryPath } from "./directory-path.ts";
import { getDirectoryAgentPurpose, getDirectoryPurpose } from "./directory-purpose.ts";
import { type DirectoryInfo, type ScanOptions, scanDirectory } from "./directory-scan.ts";
import { DocumentKind, fileOf } from "./document-kind.ts";
import { nestedVariables, rootVariables } from "./page.ts";
import { marked, type PageOutcome, writePage } from "./page-file.ts";
import { ProjectInfo, type ProjectInfoInit } from "./project-info.ts";
import { renderTemplate, type TemplateVariables } from "./template.ts";
import { TemplateLibrary } from "./template-library.ts";

/** What a {@link DocumentationGenerator} works with. */
export interface DocumentationGeneratorOptions {
  /** Where templates of the user's own are; made if it is missing. @default none: the built-in ones */
  readonly templatesDir?: string;
  /** Is told why a document was not written. @default nobody */
  readonly logger?: Logger;
}

/** What is said of the document of a directory. */
export type NestedInfo = ProjectInfo | (ProjectInfoInit & { readonly parentPath?: string });

const OPTIONS = { templatesDir: 0, logger: 0 };

/** Where a document goes: into `at`, and nothing outside of `root`. */
interface Target {
  readonly at: string;
  readonly root: string;
  readonly isNested?: boolean;
  /** Nothing is written. */
  readonly isDry: boolean;
}

/** A document of a directory; without a `root` nothing leads up from it. */
interface Nested {
  readonly at: string;
  readonly directory: DirectoryPath;
  readonly root: string | null;
  readonly isDry?: boolean;
}

/**
 * Writes the documents of projects from templates: README, AGENTS, SPEC, PAI, of the whole and of its directories. A
 * document ends with a mark; a file without it was written by somebody and is never touched.
 */
export class DocumentationGenerator {
  readonly #library: TemplateLibrary;
  readonly #logger: Logger;

  /** Throws INVALID_PARAMETERS, and STORAGE_ERROR when the directory of templates cannot be made. */
  constructor(options: DocumentationGeneratorOptions = {}) {
    needOptions("options", options, OPTIONS);
    const { templatesDir, logger = noopLogger } = options;
    this.#logger = logger;
    const directory = templatesDir === undefined ? null : resolve(needText("templatesDir", templatesDir));
    if (directory !== null) makeTemplates(directory);
    this.#library = new TemplateLibrary(directory);
  }

  /** Writes README.md of a project; false when it cannot be written, or is somebody's own. Throws INVALID_PARAMETERS. */
  generateRootReadme(projectPath: string, info: ProjectInfo | ProjectInfoInit): boolean {
    return isDone(this.#root(DocumentKind.README, needText("projectPath", projectPath), infoOf(info)));
  }

  /** The same for AGENTS.md. */
  generateRootAgents(projectPath: string, info: ProjectInfo | ProjectInfoInit): boolean {
    return isDone(this.#root(DocumentKind.AGENTS, needText("projectPath", projectPath), infoOf(info)));
  }

  /**
   * Writes README.md of the directory `directoryPath`, which is `directoryName` (`data/raw`) below the project. With
   * `parentPath`, the project's own path, it leads up there. False when it cannot be written, or is somebody's own.
   */
  generateNestedReadme(directoryPath: string, directoryName: string, info: NestedInfo): boolean {
    return this.#nestedAt(DocumentKind.README, directoryPath, directoryName, info);
  }

  /** The same for AGENTS.md. */
  generateNestedAgents(directoryPath: string, directoryName: string, info: NestedInfo): boolean {
    return this.#nestedAt(DocumentKind.AGENTS, directoryPath, directoryName, info);
  }

  /**
   * Writes all documents of a project and of those of its directories that exist; none is made. False when one of them
   * could not be written, or is somebody's own: the others are written all the same. Throws INVALID_PARAMETERS.
   */
  generateAllDocumentation(projectPath: string, info: ProjectInfo | ProjectInfoInit): boolean {
    return this.generateDocuments(projectPath, info).every(isDone);
  }

  /** The same; says what has become of each document. */
  generateDocuments(projectPath: string, info: ProjectInfo | ProjectInfoInit): readonly PageOutcome[] {
    return this.#all(projectPath, info, false);
  }

  /** What {@link generateDocuments} would do: `written` is what would be. Writes nothing. */
  checkDocuments(projectPath: string, info: ProjectInfo | ProjectInfoInit): readonly PageOutcome[] {
    return this.#all(projectPath, info, true);
  }

  #all(projectPath: string, info: ProjectInfo | ProjectInfoInit, isDry: boolean): readonly PageOutcome[] {
    const root = needText("projectPath", projectPath);
    const about = infoOf(info);
    // All are read before anything is written.
    const nested = about.nestedDirs.map((given, at) => directoryPath(`nestedDirs[${at}]`, given));
    const kinds = [...new Set(about.documents)];
    const wanted =
      about.docLinks?.enabled === false ? [] : nested.filter(({ name }) => existsSync(join(root, name)));
    return [
      ...kinds.map((kind) => this.#root(kind, root, about, isDry)),
      ...wanted.flatMap((directory) =>
        kinds.map((kind) =>
          this.#nested(kind, { at: join(root, directory.name), directory, root, isDry }, about),
        ),
      ),
    ];
  }

  /** What is in a directory: see {@link scanDirectory}. */
  scanDirectory(path: string, options: ScanOptions = {}): DirectoryInfo {
    return scanDirectory(path, options);
  }

  /** `content` with its `{{names}}` replaced: see {@link renderTemplate}. */
  substituteVariables(content: string, variables: TemplateVariables): string {
    return renderTemplate(content, variables);
  }

  /** See {@link getDirectoryPurpose}. */
  getDirectoryPurpose(name: string, projectType?: string): string {
    return getDirectoryPurpose(name, projectType);
  }

  /** See {@link getDirectoryAgentPurpose}. */
  getDirectoryAgentPurpose(name: string, projectName: string): string {
    return getDirectoryAgentPurpose(name, projectName);
  }

  #root(kind: DocumentKind, root: string, info: ProjectInfo, isDry = false): PageOutcome {
    return this.#write(kind, { at: root, root, isDry }, info, rootVariables(kind, info));
  }

  #nestedAt(kind: DocumentKind, path: string, name: string, given: NestedInfo): boolean {
    const at = needText("directoryPath", path);
    const directory = directoryPath("directoryName", needText("directoryName", name));
    const info = infoOf(given);
    const parent = info.extra["parentPath"] ?? info.extra["parent_path"] ?? null;
    const root = parent === null ? null : needText("parentPath", parent);
    return isDone(this.#nested(kind, { at, directory, root }, info));
  }

  #nested(
    kind: DocumentKind,
    { at, directory, root, isDry = false }: Nested,
    info: ProjectInfo,
  ): PageOutcome {
    const parent = root === null ? null : basename(resolve(root));
    const variables = nestedVariables(kind, { info, directory, parent });
    return this.#write(kind, { at, root: root ?? at, isNested: true, isDry }, info, variables);
  }

  #write(
    kind: DocumentKind,
    target: Target,
    { template: name }: ProjectInfo,
    variables: TemplateVariables,
  ): PageOutcome {
    const done = this.#writeFrom(kind, name, variables, target);
    if (done.outcome === "kept") this.#logger.warn(`${done.path} was not written: ${done.reason}`);
    return done;
  }

  #writeFrom(
    kind: DocumentKind,
    name: string | null,
    variables: TemplateVariables,
    { at, root, isNested = false, isDry }: Target,
  ): PageOutcome {
    try {
      const text = marked(renderTemplate(this.#library.find(kind, { name, isNested }), variables));
      return writePage(at, fileOf(kind), text, { root, isDry });
    } catch (error) {
      return { outcome: "kept", path: join(at, fileOf(kind)), reason: errorMessage(error) };
    }
  }
}

const isDone = ({ outcome }: PageOutcome): boolean => outcome !== "kept";

const infoOf = (info: ProjectInfo | ProjectInfoInit): ProjectInfo => ProjectInfo.from(info);

function makeTemplates(directory: string): void {
  try {
    makeDirectory(directory);
  } catch (cause) {
    throw new StorageError(`The directory of templates ${directory} cannot be made: ${errorMessage(cause)}`, {
      details: { path: directory },
      cause,
    });
  }
}
