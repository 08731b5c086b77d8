import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { errorMessage, isObject, newId, StorageError } from "@orch/core";
import { isMap, LineCounter, parseDocument } from "yaml";
import { compileWorkflow, type CompiledWorkflow } from "./compiled-workflow.ts";
import { type DefinitionProblem, definitionError, readWorkflow } from "./workflow.ts";

/** The largest definition file that is read. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
const EXTENSIONS: ReadonlySet<string> = new Set([".json", ".yaml", ".yml"]);

/** What was read from a file. */
export interface LoadedDefinition {
  readonly file: string;
  readonly compiled: CompiledWorkflow | null;
  readonly problems: readonly DefinitionProblem[];
}

/** Reads one definition file; the problems say where in it they are. Throws STORAGE_ERROR when it cannot be read. */
export function readDefinitionFile(file: string): LoadedDefinition {
  return readDefinitionText(readText(file), file);
}

/** Reads a definition from JSON or YAML text. `file` names it in messages and gives the name that the text lacks. */
export function readDefinitionText(text: string, file: string): LoadedDefinition {
  const lines = new LineCounter();
  // JSON is YAML, and the YAML parser knows the places.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    const message = error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
    return { file, compiled: null, problems: [{ path: `line ${line}, column ${col}`, message }] };
  }
  const written: unknown = document.toJS({ maxAliasCount: 100 });
  const named = isObject(written) && written["name"] === undefined ? { ...written, name: basename(file, extname(file)) } : written;
  const { workflow, problems } = readWorkflow(named);
  const placed = (found: readonly DefinitionProblem[]) => found.map((problem) => withPlace(problem, document, lines));
  if (workflow === null) return { file, compiled: null, problems: placed(problems) };
  const compilation = compileWorkflow(workflow);
  return compilation.ok ? { file, compiled: compilation.compiled, problems: [] } : { file, compiled: null, problems: placed(compilation.problems) };
}

/** The compiled workflow, or the error that has all problems of the file. */
export function definitionOrThrow({ file, compiled, problems }: LoadedDefinition): CompiledWorkflow {
  if (compiled) return compiled;
  throw definitionError(basename(file, extname(file)), problems, file);
}

/** The definition files of a directory, in the order of their names; none when it does not exist. */
export function definitionFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => EXTENSIONS.has(extname(name)) && !name.startsWith("."))
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(directory, error);
  }
}

/** Writes a definition as JSON: to a temporary name first, so that a half-written file is never seen. */
export function writeDefinition(directory: string, name: string, definition: unknown): string {
  const file = join(directory, `${name}.json`);
  const temporary = join(directory, `.${name}.${newId()}.tmp`);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(temporary, `${JSON.stringify(definition, null, 2)}\n`, { flag: "wx" });
    renameSync(temporary, file);
    return file;
  } catch (error) {
    removeQuietly(temporary);
    throw new StorageError(`${file} cannot be written: ${errorMessage(error)}`, { details: { path: file }, cause: error });
  }
}

function removeQuietly(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It was never made, or is gone already.
  }
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_FILE_BYTES}`);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw unreadable(file, error);
  }
}

const unreadable = (path: string, error: unknown): StorageError =>
  new StorageError(`${path} cannot be read: ${errorMessage(error)}`, {
    retryable: false,
    details: { path },
    suggestions: ["Check that the file exists, is text in UTF-8, and may be read."],
    cause: error,
  });

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** Adds line and column of the nearest part of the document that exists. */
function withPlace(problem: DefinitionProblem, document: ReturnType<typeof parseDocument>, lines: LineCounter): DefinitionProblem {
  const path = problem.path === "" ? [] : problem.path.replaceAll(/\[(-?\d+)\]/g, ".$1").split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const range = isObject(node) ? (node["range"] as readonly number[] | undefined) : undefined;
    const [start] = range ?? [];
    if (start === undefined && !isMap(node)) continue;
    const { line, col } = lines.linePos(start ?? 0);
    return { path: problem.path, message: `${problem.message} (line ${line}, column ${col})` };
  }
  return problem;
}
