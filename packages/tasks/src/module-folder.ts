import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorMessage, isObject } from "@orch/core/base";
import { TaskExecutionError } from "./errors.ts";
import { ISOLATIONS, type ModuleDefinition } from "./module.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const EXTENSIONS = [".ts", ".js", ".mjs"];

/** The module files of a directory: `<name>.ts|.js|.mjs` or `<name>/index.*`. Only names are read, once, at first use. */
export class ModuleFolder {
  readonly #directory: string;
  #files: ReadonlyMap<string, URL> | null = null;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The modules' names, in order. */
  names(): string[] {
    return [...this.#found().keys()];
  }

  /** The file of a module. */
  find(name: string): URL | undefined {
    return this.#found().get(name);
  }

  #found(): ReadonlyMap<string, URL> {
    this.#files ??= scan(this.#directory);
    return this.#files;
  }
}

function scan(directory: string): ReadonlyMap<string, URL> {
  const files = new Map<string, URL>();
  if (!existsSync(directory)) return files;
  for (const entry of readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const extension = EXTENSIONS.find((each) => entry.name.endsWith(each)) ?? "";
    const name = entry.isDirectory() ? entry.name : entry.name.slice(0, entry.name.length - extension.length);
    if (!NAME.test(name) || (!entry.isDirectory() && extension === "")) continue;
    const candidates = entry.isDirectory()
      ? EXTENSIONS.map((each) => join(directory, name, `index${each}`))
      : [join(directory, entry.name)];
    const file = candidates.find((path) => existsSync(path));
    if (file !== undefined && !files.has(name)) files.set(name, pathToFileURL(file));
  }
  return files;
}

/** Runs the file's code and reads its default export. Throws MODULE_LOAD_FAILED with file and reason. */
export async function loadModuleFile(name: string, file: URL): Promise<ModuleDefinition> {
  let exported: unknown;
  try {
    exported = ((await import(file.href)) as { default?: unknown }).default;
  } catch (cause) {
    throw loadFailed(name, file, errorMessage(cause), cause);
  }
  const problem = safeProblemOf(exported);
  if (problem !== null) throw loadFailed(name, file, problem);
  return exported as ModuleDefinition;
}

/** The same for an export that throws when it is looked at. */
function safeProblemOf(exported: unknown): string | null {
  try {
    return problemOf(exported);
  } catch (error) {
    return errorMessage(error);
  }
}

function problemOf(exported: unknown): string | null {
  if (!isObject(exported) || !isObject(exported["actions"]))
    return "its default export is no module: use defineModule({ name, actions })";
  for (const [action, definition] of Object.entries(exported["actions"])) {
    const problem = problemOfAction(action, definition);
    if (problem !== null) return problem;
  }
  return null;
}

function problemOfAction(action: string, definition: unknown): string | null {
  if (!isObject(definition))
    return `its action '${action}' must be an object with a function 'run', was ${kindOf(definition)}`;
  const { run, isolation } = definition;
  if (typeof run !== "function") return `its action '${action}' has no function 'run': it was ${kindOf(run)}`;
  if (isolation === undefined || ISOLATIONS.some((each) => each === isolation)) return null;
  return `its action '${action}' has the unknown isolation ${kindOf(isolation)}: choose ${ISOLATIONS.join(", ")}`;
}

/** A value in a few words: it may be anything. */
const kindOf = (value: unknown): string =>
  typeof value === "string"
    ? `'${value.slice(0, 50)}'`
    : typeof value === "number"
      ? `${value}`
      : `a value of type ${typeof value}`;

/** What may make a file load: what it lacks, as far as the reason names it. */
function whatToTry(reason: string, path: string): string[] {
  const missing = /^Cannot find package '([^']+)'/.exec(reason)?.[1];
  const rest = `See the whole error: node ${path}`;
  if (missing === undefined) return [rest];
  const plain =
    "Or import nothing: export default { actions: { hello: { run: ({ who }) => `hello ${who}` } } }";
  return [
    `Install ${missing} where the file is found: a node_modules folder beside it or above it.`,
    ...(missing.startsWith("@orch/") ? [plain] : []),
    rest,
  ];
}

/** The error of a file that cannot be loaded. */
export const loadFailed = (module: string, file: URL, reason: string, cause?: unknown): TaskExecutionError =>
  new TaskExecutionError(
    `Module '${module}' cannot be loaded from ${decodeURIComponent(file.pathname)}: ${reason}`,
    {
      code: "MODULE_LOAD_FAILED",
      retryable: false,
      details: { module, file: file.href, reason },
      suggestions: whatToTry(reason, fileURLToPath(file)),
      cause,
    },
  );
