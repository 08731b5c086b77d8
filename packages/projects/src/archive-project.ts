import { existsSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorMessage, OrchestrationError, StorageError } from "@orch/core";
import { ProjectExistsError, ProjectManagementError } from "./errors.ts";
import { remove, removeLeftovers, UNFINISHED } from "./leftovers.ts";
import { makeDirectories } from "./made-directories.ts";
import type { Project } from "./project.ts";
import { fileNameOf } from "./project-name.ts";
import { isWithin } from "./within.ts";
import { writeArchive } from "./write-archive.ts";

/** An archive that is written and has not got its name yet. */
export interface StagedArchive {
  /** Gives it its name. Throws PROJECT_EXISTS where somebody was faster. */
  settle(): void;
  /** Removes it, also when it has its name, unless it took the place of an earlier one. */
  undo(): void;
  /** Removes what was only needed to write it. */
  finish(): void;
}

/** What an archive is made with. */
export interface ArchiveRequest {
  readonly project: Project;
  /** The file that it becomes. */
  readonly target: string;
  /** Part of its name until then, which nobody else uses. */
  readonly id: string;
  readonly nowMs: number;
}

/** Writes the archive of a project under a name for the time. Throws PROJECT_ERROR, PROJECT_EXISTS, STORAGE_ERROR. */
export async function stageArchive({ project, target, id, nowMs }: ArchiveRequest): Promise<StagedArchive> {
  if (isWithin(target, project.path)) throw insideItself(project, target);
  refuseTaken(project, target);
  const folder = dirname(target);
  const temporary = join(folder, `${UNFINISHED.made}${id}.tar.gz`);
  let unmake = () => {};
  let isNew = false;
  const finish = () => remove(temporary);
  const undo = () => {
    finish();
    if (isNew) remove(target);
    unmake();
  };
  try {
    unmake = makeDirectories(folder);
    removeLeftovers(folder, nowMs);
    await writeArchive(project.path, fileNameOf(project), temporary);
  } catch (cause) {
    undo();
    throw notWritten(target, cause);
  }
  const settle = () => {
    refuseTaken(project, target);
    try {
      isNew = !existsSync(target);
      renameSync(temporary, target);
    } catch (cause) {
      throw notWritten(target, cause);
    }
  };
  return { settle, undo, finish };
}

/** An archived project's own archive is made anew; that of another one, such as an earlier one of the name, stays. */
function refuseTaken({ name, status }: Project, target: string): void {
  if (status === "archived" || !existsSync(target)) return;
  throw new ProjectExistsError(`Project '${name}' cannot be archived: ${target} already exists`, {
    details: { project: name, path: target },
    suggestions: [
      "Move that archive away, or name another file: orch project archive <name> --output <file>",
    ],
  });
}

const insideItself = ({ name, path }: Project, target: string): ProjectManagementError =>
  new ProjectManagementError(`The archive of project '${name}' cannot lie in the project itself: ${target}`, {
    details: { project: name, path: target, project_path: path },
    suggestions: ["Name a file outside of it, or leave the path out."],
  });

function notWritten(path: string, cause: unknown): OrchestrationError {
  if (cause instanceof OrchestrationError) return cause;
  return new StorageError(`The archive ${path} cannot be written: ${errorMessage(cause)}`, {
    details: { path },
    cause,
  });
}
