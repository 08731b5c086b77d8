import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { errorMessage, type Logger, type StoreReader } from "@orch/core";
import { changedProject, type Project } from "./project.ts";
import { projectSignature, readProject } from "./project-file.ts";
import { ARCHIVES, isProjectName } from "./project-name.ts";
import { rememberedPaths } from "./remembered.ts";

/** A project that is there and cannot be used. */
interface ProjectProblem {
  /** Its directory. */
  readonly path: string;
  readonly reason: string;
}

/** What was found when somebody looked. */
export interface FoundProjects {
  /** By name, in order of the names. */
  readonly projects: ReadonlyMap<string, Project>;
  readonly problems: readonly ProjectProblem[];
}

/** Where projects are looked for. */
export interface ProjectIndexInit {
  /** The directory of projects; it need not exist. */
  readonly directory: string;
  /** Where those are remembered that lie elsewhere. */
  readonly store: StoreReader;
  readonly logger: Logger;
}

/**
 * The projects of a base: those one level below the directory of projects, and those elsewhere that are remembered. Looks at
 * the disk whenever it is asked, so that what other processes do is seen.
 */
export class ProjectIndex {
  readonly #init: ProjectIndexInit;
  /** What was warned of already. */
  readonly #told = new Set<string>();
  /** What was read, by directory, and what tells whether it is still so. */
  readonly #read = new Map<string, { readonly signature: string; readonly seen: Seen | null }>();

  constructor(init: ProjectIndexInit) {
    this.#init = init;
  }

  /** The project of a name, or null: a copy. Mostly one file is read; else O(projects). */
  find(name: string): Project | null {
    const likely = isProjectName(name) ? this.#look(join(this.#init.directory, name)) : null;
    const found = likely?.project?.name === name ? likely.project : this.all().get(name);
    return found ? changedProject(found, {}) : null;
  }

  /** All projects, not to be changed. O(projects). What cannot be used is left out, with a warning the first time. */
  all(): ReadonlyMap<string, Project> {
    const { projects, problems } = this.look();
    for (const { path, reason } of problems) {
      const message = `The project in ${path} is skipped: ${reason}`;
      if (!this.#told.has(message)) this.#init.logger.warn(message, { path, skipped: true });
      this.#told.add(message);
    }
    return projects;
  }

  /** All projects, and what is there and cannot be used. O(projects). */
  look(): FoundProjects {
    const { directory, store } = this.#init;
    const { names, problems } = namesIn(directory);
    const near = names.map((name) => this.#look(join(directory, name)));
    const far = [...rememberedPaths(store).values()].map((path) => this.#look(path) ?? gone(path));
    const seen = [...near, ...far].filter((each) => each !== null);
    const projects = new Map<string, Project>();
    // Of several with one name the one whose directory is called so counts, then the first.
    for (const { path, project, reason } of [
      ...seen.filter(isNamedSo),
      ...seen.filter((each) => !isNamedSo(each)),
    ]) {
      const other = project && projects.get(project.name);
      if (reason !== null) problems.push({ path, reason });
      else if (project && !other) projects.set(project.name, project);
      else if (other && other.path !== path)
        problems.push({ path, reason: `'${other.name}' is the name of the one in ${other.path}, too` });
    }
    return { projects: new Map([...projects].sort(([a], [b]) => (a < b ? -1 : 1))), problems };
  }

  /** What is in a directory; a file is read again only when it is another one than before. */
  #look(path: string): Seen | null {
    try {
      const signature = projectSignature(path);
      if (signature === null) return null;
      const known = this.#read.get(path);
      if (known?.signature === signature) return known.seen;
      const seen = look(path);
      this.#read.set(path, { signature, seen });
      return seen;
    } catch (error) {
      return { path, project: null, reason: errorMessage(error) };
    }
  }
}

/** What is in one directory. */
type Seen =
  | { readonly path: string; readonly project: Project; readonly reason: null }
  | { readonly path: string; readonly project: null; readonly reason: string };

const gone = (path: string): Seen => ({ path, project: null, reason: "it is not there any more" });

/** In a directory of the same name. */
const isNamedSo = ({ path, project }: Seen): boolean => project?.name === basename(path);

/** The project in a directory, or why it cannot be used; null where there is none. */
function look(path: string): Seen | null {
  try {
    const project = readProject(path);
    return project && { path, project, reason: null };
  } catch (error) {
    return { path, project: null, reason: errorMessage(error) };
  }
}

/** What can be a project in a directory, in order. */
function namesIn(directory: string): {
  readonly names: readonly string[];
  readonly problems: ProjectProblem[];
} {
  try {
    const names = readdirSync(directory)
      .filter((name) => !name.startsWith(".") && name.toLowerCase() !== ARCHIVES)
      .sort();
    return { names, problems: [] };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return { names: [], problems: isMissing ? [] : [{ path: directory, reason: errorMessage(error) }] };
  }
}
