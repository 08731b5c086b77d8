import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { errorMessage, InvalidParametersError } from "@orch/core";
import { z } from "zod";

const packageSchema = z.object({
  name: z.string().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  scripts: z.record(z.string(), z.string()).default({}).catch({}),
});

/** A directory with code, and what its package.json says of it, where it has one. */
export interface ProjectFolder {
  /** Absolute. */
  readonly path: string;
  /** Of the package, else of the directory. */
  readonly name: string;
  /** @default "0.0.0" */
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
}

/** Looks at a project. INVALID_PARAMETERS where the directory is none, or its package.json cannot be read. */
export async function projectFolder(path: string, field: string): Promise<ProjectFolder> {
  const full = resolve(path);
  const found = await stat(full).catch(() => null);
  if (!found?.isDirectory()) throw refused(field, `${full} is not a directory`);
  const file = join(full, "package.json");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw refused(field, `${file} cannot be read: ${errorMessage(error)}`);
  });
  const {
    name = basename(full),
    version = "0.0.0",
    scripts,
  } = packageSchema.parse(parsed(text, file, field));
  return { path: full, name, version, scripts };
}

function parsed(text: string, file: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(field, `${file} is not JSON: ${errorMessage(error)}`);
  }
}

const refused = (field: string, message: string): InvalidParametersError =>
  new InvalidParametersError(`${field}: ${message}`, {
    details: { problems: [{ path: field, message }] },
    suggestions: ["Name the directory of a project; relative paths start from the current directory."],
  });
