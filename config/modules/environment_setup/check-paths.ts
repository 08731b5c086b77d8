import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { virtualFileSystem } from "../shared/virtual-file-system.ts";

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found; where it is not ok, what is wrong. */
  readonly detail: string;
  /** What to try, where it is not ok. */
  readonly hint?: string;
}

/** Whether the code is there and can be read. `path` is relative to the current directory. */
export async function checkCodePath(path: string): Promise<Check> {
  const name = "code_path";
  const full = resolve(path);
  const found = await stat(full).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    const detail =
      found.code === "ENOENT"
        ? `${full} does not exist`
        : `${full} cannot be looked at (${found.code ?? found.message})`;
    return {
      name,
      ok: false,
      detail,
      hint: full.includes("\ufffd")
        ? "Its name is not in UTF-8, which Node.js cannot open: rename it, or name the directory it is in"
        : `Check the spelling; relative paths start from ${process.cwd()}`,
    };
  }
  if (!found.isDirectory())
    return {
      name,
      ok: false,
      detail: `${full} is not a directory`,
      hint: `Name the directory it is in: ${dirname(full)}`,
    };
  if (!(await mayUse(full, constants.R_OK | constants.X_OK))) {
    return {
      name,
      ok: false,
      detail: `${full} cannot be read by this user`,
      hint: "Give this user the right to read it",
    };
  }
  return { name, ok: true, detail: `${full} is a readable directory` };
}

/** Whether files can be written below `path`, which may not exist yet: then its nearest ancestor is looked at. Creates nothing. */
export async function checkOutputPath(path: string): Promise<Check> {
  const name = "output_path";
  const full = resolve(path);
  const ancestor = await nearestExisting(full);
  if (!ancestor.isDirectory) {
    return {
      name,
      ok: false,
      detail: `${full} cannot be created: ${ancestor.path} is not a directory`,
      hint: "Choose another output_path, or move that file",
    };
  }
  const virtual = await virtualFileSystem(ancestor.path);
  if (virtual !== null) {
    return {
      name,
      ok: false,
      detail: `${full} cannot be written: ${ancestor.path} shows the system (${virtual}) and takes no files`,
      hint: "Choose an output_path on a disk, such as ./output",
    };
  }
  if (!(await mayUse(ancestor.path, constants.W_OK | constants.X_OK))) {
    return {
      name,
      ok: false,
      detail: `${full} cannot be written: no right to write in ${ancestor.path}`,
      hint: "Choose an output_path that this user may write",
    };
  }
  return {
    name,
    ok: true,
    detail: ancestor.path === full ? `${full} can be written` : `${full} can be created in ${ancestor.path}`,
  };
}

async function nearestExisting(full: string): Promise<{ path: string; isDirectory: boolean }> {
  let path = full;
  for (;;) {
    const found = await stat(path).catch(() => null);
    const parent = dirname(path);
    if (found || parent === path) return { path, isDirectory: found?.isDirectory() ?? false };
    path = parent;
  }
}

async function mayUse(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
