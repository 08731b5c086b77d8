import { lstatSync, renameSync } from "node:fs";
import { join } from "node:path";
import { errorMessage, replaceFile, StorageError } from "@orch/core";
import { ProjectManagementError } from "./errors.ts";
import { changedProject, Project } from "./project.ts";
import { MAX_FILE_BYTES, readText } from "./read-text.ts";

/** The folder in a project that makes it one. */
export const PROJECT_FOLDER = ".codomyrmex";
/** Its file in there. */
const FILE = "project.json";
/** What that is called when the project was deleted and its files were not. */
const DELETED_FILE = "project.deleted.json";

/** Files in the folder of a project that are never a template's. */
export const OWN_FILES: ReadonlySet<string> = new Set(
  [FILE, DELETED_FILE].map((file) => `${PROJECT_FOLDER}/${file}`),
);

const fileIn = (directory: string): string => join(directory, PROJECT_FOLDER, FILE);

/**
 * The project in a directory; null where there is none. Its path is where it was found, whatever the file says. Throws
 * STORAGE_ERROR for a file that cannot be read, and for a link in its place.
 */
export function readProject(directory: string): Project | null {
  if (!hasFolder(directory)) return null;
  const path = fileIn(directory);
  try {
    const text = readText(path);
    if (text === null) return null;
    return changedProject(Project.fromDict(JSON.parse(text)), { path: directory });
  } catch (cause) {
    throw new StorageError(`${path} cannot be read: ${errorMessage(cause)}`, {
      details: { path },
      suggestions: ["Correct the file, or bring it back from a copy."],
      retryable: false,
      cause,
    });
  }
}

/**
 * What tells one content of a project's file from another, without reading it; null where there is none. Throws STORAGE_ERROR
 * for a link in its place.
 */
export function projectSignature(directory: string): string | null {
  if (!hasFolder(directory)) return null;
  const found = lstatSync(fileIn(directory), { throwIfNoEntry: false, bigint: true });
  return found === undefined ? null : [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join();
}

/** The file of a project as text. Throws LIMIT_EXCEEDED where nobody would read it again. */
export function projectText(project: Project): string {
  const text = `${JSON.stringify(project.toDict(), null, 2)}\n`;
  if (Buffer.byteLength(text) <= MAX_FILE_BYTES) return text;
  throw new ProjectManagementError(
    `What is kept of project '${project.name}' would be more than ${MAX_FILE_BYTES} bytes`,
    {
      code: "LIMIT_EXCEEDED",
      details: { project: project.name, limit: MAX_FILE_BYTES },
      suggestions: ["Write large data to files of the project, and keep their paths."],
    },
  );
}

/**
 * Writes the file of a project, whole or not at all, through no link. Throws STORAGE_ERROR, LIMIT_EXCEEDED; then what was
 * there stays.
 */
export function writeProject(project: Project): void {
  const text = projectText(project);
  hasFolder(project.path);
  replaceFile(fileIn(project.path), text);
}

/** Writes what a file said `before` a change that failed behind it; not where somebody has changed it `since`. */
export function restoreProject(before: Project, since: Project): void {
  if (readText(fileIn(since.path)) === projectText(since)) writeProject(before);
}

/** Makes a directory with all its files no project any more: they stay, and so does what was known of it, beside its place. */
export function unmakeProject(directory: string): () => void {
  const [from, to] = [fileIn(directory), join(directory, PROJECT_FOLDER, DELETED_FILE)];
  hasFolder(directory);
  renameSync(from, to);
  return () => renameSync(to, from);
}

/** Whether the folder is there. Throws STORAGE_ERROR for a link in its place or in that of the project: it could lead anywhere. */
function hasFolder(directory: string): boolean {
  const folder = join(directory, PROJECT_FOLDER);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return false;
  for (const path of [directory, folder]) if (lstatSync(path).isSymbolicLink()) throw isLink(path);
  return found.isDirectory();
}

const isLink = (path: string): StorageError =>
  new StorageError(`${path} is a link, and links are not followed`, {
    details: { path },
    suggestions: ["Replace the link by the directory that it leads to."],
    retryable: false,
  });
