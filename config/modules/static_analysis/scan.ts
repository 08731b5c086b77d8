import { type Dirent, existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Ignore } from "ignore";
import { addSkipped } from "./add-file.ts";
import {
  DEFAULT_IGNORED,
  enterDirectory,
  type IgnoreScope,
  isIgnored,
  rulesOf,
  scopeAbove,
} from "./ignore-rules.ts";
import { byText, emptyTally, type SkipReason, type Tally, trimTally } from "./tally.ts";

/** What to look for, in the syntax of .gitignore. */
export interface ScanOptions {
  /** Count only files that match one of these; all when empty. */
  readonly include: readonly string[];
  /** Leave out what matches one of these, files and directories. */
  readonly exclude: readonly string[];
  readonly signal: AbortSignal;
}

/** The files of a tree. */
export interface Scan {
  /** Paths from the root with `/`, sorted by code unit. */
  readonly files: readonly string[];
  /** Directories that were looked into, the root among them. */
  readonly directories: number;
  /** What was left out. */
  readonly skipped: Tally;
}

interface Place {
  readonly path: string;
  readonly prefix: string;
  readonly scope: IgnoreScope | null;
}

/**
 * Walks the tree below `root` (a directory): no links followed, nothing that .gitignore files (of the tree and of the
 * repository around it), the default list or `exclude` leave out. A directory that cannot be read counts as unreadable.
 * Throws the reason of `signal` when it aborts. The order does not depend on the file system.
 */
export async function scan(root: string, { include, exclude, signal }: ScanOptions): Promise<Scan> {
  const files: string[] = [];
  const skipped = emptyTally();
  const [wanted, unwanted] = [rulesOf(include), rulesOf(exclude)];
  const above = scopeAbove(root, (directory) => existsSync(join(directory, ".git")));
  const open: Place[] = [{ path: root, prefix: "", scope: above }];
  let directories = 0;
  for (let place = open.pop(); place; place = open.pop()) {
    signal.throwIfAborted();
    const entries = await readdir(place.path, { withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => error,
    );
    if (entries instanceof Error) {
      addSkipped(skipped, {
        file: place.prefix || ".",
        reason: "unreadable",
        detail: entries.code ?? entries.message,
      });
      continue;
    }
    directories++;
    const scope = enterDirectory(place.path, place.scope);
    for (const entry of entries) {
      const file = place.prefix + entry.name;
      const reason = reasonToSkip(entry, { file, path: join(place.path, entry.name), scope, unwanted });
      if (reason) addSkipped(skipped, { file: entry.isDirectory() ? `${file}/` : file, reason });
      else if (entry.isDirectory())
        open.push({ path: join(place.path, entry.name), prefix: `${file}/`, scope });
      else if (!wanted || wanted.ignores(file)) files.push(file);
    }
  }
  trimTally(skipped);
  return { files: files.sort(byText), directories, skipped };
}

interface EntryPlace {
  readonly file: string;
  readonly path: string;
  readonly scope: IgnoreScope | null;
  readonly unwanted: Ignore | null;
}

function reasonToSkip(entry: Dirent, { file, path, scope, unwanted }: EntryPlace): SkipReason | null {
  const isDirectory = entry.isDirectory();
  if (isDirectory && DEFAULT_IGNORED.has(entry.name)) return "ignored";
  if (unwanted?.ignores(isDirectory ? `${file}/` : file)) return "ignored";
  if (isIgnored(path, isDirectory, scope)) return "ignored";
  if (entry.isSymbolicLink()) return "symlink";
  return isDirectory || entry.isFile() ? null : "special";
}
