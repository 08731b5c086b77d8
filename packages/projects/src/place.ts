import { lstatSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PermissionDeniedError } from "@orch/core";
import { directoryTaken } from "./errors.ts";
import { remove, UNFINISHED } from "./leftovers.ts";
import { makeDirectories } from "./made-directories.ts";
import { PROJECT_FOLDER } from "./project-file.ts";

/** What is where a project is to be: nothing, or a directory without anything in it. */
export type Site = "free" | "empty";

/**
 * Looks at where a project is to be. Throws PROJECT_EXISTS where something is there already, PERMISSION_DENIED for a link,
 * which could lead anywhere.
 */
export function siteOf(project: string, path: string): Site {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "free";
  if (found.isSymbolicLink())
    throw new PermissionDeniedError(`${path} is a link, and no project is made through one`, {
      details: { project, path },
      suggestions: ["Remove the link, or name the directory that it leads to with path."],
    });
  if (!found.isDirectory()) throw directoryTaken(project, path, "is no directory");
  if (readdirSync(path).some((name) => !name.startsWith(UNFINISHED.made)))
    throw directoryTaken(project, path);
  return "empty";
}

/** A project that is being made beside its place, so that nobody ever sees half of it. */
export interface Staged {
  /** Where it is made. */
  readonly directory: string;
  /** Puts it in its place, at once where nothing was there. Throws PROJECT_EXISTS where somebody was faster. */
  settle(): void;
  /** Removes all that was made, also what was put in its place: what was there stays. */
  discard(): void;
  /** Removes what was only needed to make it. */
  finish(): void;
}

/** Begins to make a project. What lies around it for the time has a name with `id`, which nobody else uses. */
export function stageProject(project: string, path: string, id: string): Staged {
  const site = siteOf(project, path);
  // In an empty directory that is there: the one above it may belong to somebody else.
  const around = site === "empty" ? path : dirname(path);
  const unmake = makeDirectories(around);
  const shell = join(around, `${UNFINISHED.made}${id}`);
  const directory = join(shell, basename(path));
  const placed: string[] = [];
  const discard = () => {
    for (const name of placed) remove(name);
    remove(shell);
    unmake();
  };
  try {
    mkdirSync(shell);
  } catch (error) {
    discard();
    throw error;
  }
  const settle = () => {
    if (siteOf(project, path) === "free") {
      renameSync(directory, path);
      placed.push(path);
      return;
    }
    for (const name of inOrder(readdirSync(directory))) {
      renameSync(join(directory, name), join(path, name));
      placed.push(join(path, name));
    }
  };
  return { directory, settle, discard, finish: () => remove(shell) };
}

/** The folder that makes a directory a project comes last. */
const inOrder = (names: readonly string[]): string[] => [
  ...names.filter((name) => name !== PROJECT_FOLDER),
  ...names.filter((name) => name === PROJECT_FOLDER),
];
