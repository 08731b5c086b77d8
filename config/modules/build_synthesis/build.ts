import { randomUUID } from "node:crypto";
import { cp, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { errorMessage, InvalidParametersError, StorageError } from "@orch/core";
import { TaskExecutionError } from "@orch/tasks";
import type { ProjectFolder } from "../shared/project-folder.ts";
import { lastWords, type ProgramResult, runProgram } from "../shared/run-program.ts";
import { virtualFileSystem } from "../shared/virtual-file-system.ts";
import { scan } from "../static_analysis/scan.ts";
import { MANIFEST, type Manifest, manifestOf, measureFile } from "./manifest.ts";

/** Directories that build scripts write to, in the order in which they are looked for. */
const BUILT = ["dist", "build", "out"];

/** Runs the `build` script of a project; null where it has none. TASK_EXECUTION_FAILED with the end of its output. */
export async function runBuildScript(
  { path, scripts }: ProjectFolder,
  signal: AbortSignal,
): Promise<ProgramResult | null> {
  if (scripts["build"] === undefined) return null;
  // Node runs the script as a package manager would, and is there in any case.
  const result = await runProgram({
    command: process.execPath,
    args: ["--run", "build"],
    cwd: path,
    signal,
  });
  if (result.exitCode === 0) return result;
  const output = `${result.stdout}\n${result.stderr}`.trim();
  const said = lastWords(result);
  const failed = `The build of ${path} ended with exit code ${String(result.exitCode)}`;
  throw new TaskExecutionError(said === "" ? failed : `${failed}: ${said}`, {
    retryable: false,
    details: { path, script: scripts["build"], exit_code: result.exitCode, output: output.slice(-4000) },
    suggestions: [`See all that it writes: cd ${path} && npm run build`],
  });
}

/**
 * Puts the files of a project together as an artifact: `<output>/<name>-<version>` with a manifest and the files: what
 * its build script made, else everything that .gitignore does not leave out. The artifact appears whole or not at all, in
 * place of an earlier one.
 */
export async function packArtifact(
  { path, name, version }: ProjectFolder,
  outputPath: string,
  { isBuilt, signal }: { readonly isBuilt: boolean; readonly signal: AbortSignal },
): Promise<{ readonly artifact: string; readonly manifest: Manifest }> {
  const output = resolve(outputPath);
  const files = await filesOf(path, output, isBuilt, signal);
  if (files.length === 0) throw nothingToPack(path);
  const artifact = join(output, `${fileName(name)}-${fileName(version)}`);
  const temporary = `${artifact}.${randomUUID()}.tmp`;
  try {
    const virtual = await virtualFileSystem(output);
    if (virtual !== null) throw new Error(`it lies in ${virtual}, which takes no files`);
    const measured = [];
    for (const file of files) {
      signal.throwIfAborted();
      const target = join(temporary, "files", file);
      await mkdir(dirname(target), { recursive: true });
      await cp(join(path, file), target);
      measured.push(await measureFile(target, file, signal));
    }
    const manifest = manifestOf(name, version, measured);
    await writeFile(join(temporary, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(artifact, { recursive: true, force: true });
    await rename(temporary, artifact);
    return { artifact, manifest };
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    signal.throwIfAborted();
    throw new StorageError(`The artifact ${artifact} cannot be written: ${errorMessage(cause)}`, {
      details: { path: artifact },
      cause,
    });
  }
}

/** Paths below the project, sorted. Never those of the output, which may lie in the project. */
async function filesOf(
  path: string,
  output: string,
  isBuilt: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const inside = relative(path, output).split(sep).join("/");
  const exclude = inside !== "" && !inside.startsWith("..") ? [`/${inside}/`] : [];
  if (isBuilt) {
    for (const folder of BUILT) {
      const files = await everyFile(join(path, folder));
      if (files.length > 0) return files.map((file) => `${folder}/${file}`);
    }
  }
  const { files } = await scan(path, { include: [], exclude, signal });
  return [...files];
}

/** All files below a folder, sorted: what is built is left out of version control as a rule. None where it is not there. */
async function everyFile(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** A name as part of a path: a package's may have a scope. */
const fileName = (name: string): string =>
  name
    .replace(/^@/, "")
    .replaceAll(/[^\w.-]+/g, "-")
    .replace(/^\.+/, "") || "project";

const nothingToPack = (path: string): InvalidParametersError =>
  new InvalidParametersError(`There is nothing to build in ${path}`, {
    details: { problems: [{ path: "path", message: "has no files, or .gitignore leaves all of them out" }] },
    suggestions: ["Name a directory with files."],
  });
