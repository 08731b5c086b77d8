import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidParametersError } from "@orch/core";
import { cleanText } from "@orch/core/base";
import { baseDirectory } from "@orch/core/base-directory";
import { commandText } from "../command-text.ts";
import type { GlobalOptions } from "../options.ts";
import { STARTER_BASE } from "../starter-base.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";
import { writeNew } from "../write-new.ts";

/** Makes a base directory to begin with: a module, a workflow, settings. What is there stays as it is. */
export async function initBase(
  directory: string | undefined,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  if (directory !== undefined && options.baseDir !== undefined)
    throw new InvalidParametersError("Name the directory once: as an argument, or with --base-dir");
  const base = directory === undefined ? baseDirectory(options.baseDir) : resolve(directory);
  if (existsSync(base) && !statSync(base).isDirectory())
    throw new InvalidParametersError(`${base} is no directory`, { details: { path: base } });
  const files = [...STARTER_BASE].map(([path, text]) => ({ path, isNew: writeNew(join(base, path), text) }));
  const [created, kept] = [true, false].map((isNew) =>
    files.filter((file) => file.isNew === isNew).map(({ path }) => path),
  );
  const next = ["run hello -p who=you", "workflow show hello", "doctor"].map((text) =>
    commandIn(directory, text),
  );
  const lines = [
    ...files.map(({ path, isNew }) => `  ${path}${isNew ? "" : " was there, and stays"}`),
    "",
    "What to do next:",
    ...next.map((command) => `  ${cleanText(command)}`),
  ];
  const result = { base_dir: base, created, kept, suggestions: next };
  return tellResult(result, [`In ${cleanText(base)}:`, ...lines].join("\n"), options, terminal);
}

/** The command with the directory that was named, unless that is the current one. */
function commandIn(directory: string | undefined, text: string): string {
  if (directory === undefined || resolve(directory) === process.cwd()) return commandText(text);
  const quoted = /^[\w./:@%+=,-]+$/.test(directory) ? directory : `'${directory.replaceAll("'", "'\\''")}'`;
  return commandText(`--base-dir ${quoted} ${text}`);
}
