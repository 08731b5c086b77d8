import { type Dirent, lstatSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { errorMessage, StorageError } from "@orch/core";
import { needObject, needText, wrongArgument } from "@orch/core/base";

/** What is in a directory. */
export interface DirectoryInfo {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Names of its files, links and others included, in the order of their letters. */
  readonly files: readonly string[];
  /** In the order of their names. */
  readonly directories: readonly DirectoryInfo[];
  /** In it and below, as far as was looked. */
  readonly fileCount: number;
  readonly totalBytes: number;
  /** Why nothing is known of what is in it: it lies too deep, or cannot be read. */
  readonly unknown?: "too deep" | "unreadable";
}

/** How a directory is looked at. */
export interface ScanOptions {
  /** How many levels below it are looked into, from 0. @default 3 */
  readonly maxDepth?: number;
}

/** What nobody documents. */
const SKIPPED: ReadonlySet<string> = new Set([".git", "node_modules"]);
const DEFAULT_DEPTH = 3;

/**
 * What is in a directory and below it. Links are files, and never followed; `.git` and `node_modules` are left out.
 * Throws STORAGE_ERROR for what is no directory or cannot be read; INVALID_PARAMETERS for another depth.
 */
export function scanDirectory(path: string, options: ScanOptions = {}): DirectoryInfo {
  const root = resolve(needText("path", path));
  const { maxDepth = DEFAULT_DEPTH } = needObject("options", options) as ScanOptions;
  const isDepth = maxDepth === Number.POSITIVE_INFINITY || (Number.isInteger(maxDepth) && maxDepth >= 0);
  if (!isDepth) throw wrongArgument("maxDepth", "a whole number from 0", maxDepth);
  try {
    if (!statSync(root).isDirectory()) throw new Error("it is no directory");
    return look(root, readdirSync(root, { withFileTypes: true }), maxDepth);
  } catch (cause) {
    throw new StorageError(`The directory ${root} cannot be read: ${errorMessage(cause)}`, {
      details: { path: root },
      cause,
    });
  }
}

function look(path: string, entries: readonly Dirent[], depth: number): DirectoryInfo {
  const sorted = entries.filter(({ name }) => !SKIPPED.has(name)).sort(byName);
  const files = sorted.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const directories = sorted
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => lookBelow(join(path, name), depth - 1));
  return {
    name: basename(path),
    path,
    files,
    directories,
    fileCount: directories.reduce((sum, { fileCount }) => sum + fileCount, files.length),
    totalBytes: directories.reduce(
      (sum, { totalBytes }) => sum + totalBytes,
      files.reduce((sum, file) => sum + bytesOf(join(path, file)), 0),
    ),
  };
}

function lookBelow(path: string, depth: number): DirectoryInfo {
  const nothing = { name: basename(path), path, files: [], directories: [], fileCount: 0, totalBytes: 0 };
  if (depth < 0) return { ...nothing, unknown: "too deep" };
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return { ...nothing, unknown: "unreadable" };
  }
  return look(path, entries, depth);
}

/** Of a link its own; none of a file that is gone by now. */
const bytesOf = (path: string): number => lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
