import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { errorMessage, isObject, type Logger, replaceFile } from "@orch/core";
import { ProjectTemplate, type ProjectTemplateInit } from "./project-template.ts";
import { readText } from "./read-text.ts";
import { planScaffold } from "./scaffold.ts";
import { SHIPPED_TEMPLATES } from "./shipped-templates.ts";

/** The templates that projects are made from: the user's own files, and those that come with the package. */
export class TemplateLibrary {
  readonly #directory: string;
  readonly #logger: Logger;
  /** Files of which it was said what is wrong. */
  readonly #told = new Set<string>();

  /** `directory` holds the user's, `<name>.json`; it need not exist. */
  constructor(directory: string, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /** Their names, in order. A file that cannot be used is skipped with a warning. */
  names(): string[] {
    return [...this.#all().keys()].sort();
  }

  /** The template of a name, the user's own before one that comes with the package; null for none. */
  get(name: string): ProjectTemplate | null {
    return this.#all().get(name) ?? null;
  }

  /** Writes a template, replacing one of its name. Throws INVALID_PARAMETERS, also for paths that leave a project; STORAGE_ERROR. */
  save(given: ProjectTemplate | ProjectTemplateInit): void {
    const template = ProjectTemplate.from(given);
    planScaffold(template);
    const text = `${JSON.stringify(template.toDict(), null, 2)}\n`;
    replaceFile(join(this.#directory, `${template.name}.json`), text);
  }

  /** A template of the user's own wins over a shipped one. */
  #all(): ReadonlyMap<string, ProjectTemplate> {
    const shipped = SHIPPED_TEMPLATES.map((dict) => ProjectTemplate.fromDict(dict));
    return new Map([...shipped, ...this.#own()].map((template) => [template.name, template]));
  }

  #own(): ProjectTemplate[] {
    return filesIn(this.#directory).flatMap((file) => {
      const path = join(this.#directory, file);
      try {
        const read: unknown = JSON.parse(readText(path) ?? "null");
        const template = ProjectTemplate.fromDict(
          isObject(read) ? { name: basename(file, ".json"), ...read } : read,
        );
        planScaffold(template);
        return [template];
      } catch (error) {
        this.#skip(path, errorMessage(error));
        return [];
      }
    });
  }

  #skip(path: string, why: string): void {
    const message = `The template ${path} is skipped: ${why}`;
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#logger.warn(message, { path, skipped: true });
  }
}

/** The files of templates in a directory, in order; none where there is no directory. */
function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((file) => file.endsWith(".json") && !file.startsWith("."))
      .sort();
  } catch {
    return [];
  }
}
