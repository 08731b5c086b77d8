import { readdirSync, readFileSync, statSync, unlinkSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { errorMessage, isObject, replaceFile, StorageError } from "@orch/core";
import { stringify } from "yaml";
import type { CompiledWorkflow, DraftWorkflow } from "./compiled-workflow.ts";
import { type CheckedDefinition, checkDefinition, checkSound, mergeProblems } from "./definition-check.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import { type DefinitionText, jsonPlacing, readJsonText } from "./definition-text.ts";
import { type ItemReading, readItems } from "./json-items.ts";
import { definitionError, readWorkflowOf } from "./workflow.ts";
import { readOwnStep, type WorkflowStep } from "./workflow-step.ts";
import { readYamlText } from "./yaml-text.ts";

/** The largest definition files that are read: YAML takes a hundred times as long as JSON. */
const MAX_BYTES = { json: 32 * 1024 * 1024, yaml: 1024 * 1024 } as const;
const EXTENSIONS: ReadonlySet<string> = new Set([".json", ".yaml", ".yml"]);

/** What was read from a file. */
export interface LoadedDefinition {
  readonly file: string;
  /** Null when there are problems. */
  readonly compiled: CompiledWorkflow | null;
  readonly problems: readonly DefinitionProblem[];
  /** What can be understood of it, to look for more; null where there is nothing. */
  readonly draft: DraftWorkflow | null;
  /** Adds line and column to problems that were found later. */
  place(problems: readonly DefinitionProblem[]): DefinitionProblem[];
}

/**
 * Reads one definition file; the problems say where in it they are. Throws STORAGE_ERROR when it cannot be read; one that
 * is no text, or too large, has a problem.
 */
export function readDefinitionFile(file: string): LoadedDefinition {
  const text = readText(file);
  return typeof text === "string" ? readDefinitionText(text, file) : refused(file, text.problem);
}

/** The text of a file, or why it has none. The bytes are gone when it returns: the text is as large again. */
function readText(file: string): string | { readonly problem: string } {
  const bytes = readBytes(file);
  const limit = isJson(file) ? MAX_BYTES.json : MAX_BYTES.yaml;
  if (typeof bytes === "number") return { problem: `has ${bytes} bytes, more than ${limit}` };
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return { problem: "is not text in UTF-8" };
    throw error;
  }
}

const refused = (file: string, message: string): LoadedDefinition => ({
  file,
  compiled: null,
  draft: null,
  problems: [{ code: "INVALID_TEXT", path: "", message }],
  place: (problems) => [...problems],
});

/**
 * Reads a definition from text: JSON where `file` ends in `.json`, else YAML. `file` names it in messages and gives the
 * name that the text lacks.
 */
export function readDefinitionText(text: string, file: string): LoadedDefinition {
  return (isJson(file) ? readSoundText(text, file) : null) ?? readAnyText(text, file);
}

/** Reads JSON whose fields have no problem, a step at a time. Null for any other. */
function readSoundText(text: string, file: string): LoadedDefinition | null {
  const read = readItems(text, STEPS);
  const workflow = read && readWorkflowOf(named(read.value, file), read.items);
  return workflow === null
    ? null
    : loaded(file, checkSound(workflow), { problems: [], place: jsonPlacing(text) });
}

const STEPS: ItemReading<WorkflowStep> = { key: "steps", read: readOwnStep };

function readAnyText(text: string, file: string): LoadedDefinition {
  const read = isJson(file) ? readJsonText(text) : readYamlText(text);
  const { value, problems, place } = read;
  if (value === undefined) return { file, compiled: null, draft: null, problems, place };
  return loaded(file, checkDefinition(isObject(value) ? named(value, file) : value, { isOwn: true }), read);
}

const named = (value: Record<string, unknown>, file: string): Record<string, unknown> =>
  value["name"] === undefined ? { ...value, name: stemOf(file) } : value;

function loaded(
  file: string,
  { compiled, problems, draft }: CheckedDefinition,
  { problems: textProblems, place }: Omit<DefinitionText, "value">,
): LoadedDefinition {
  const all = mergeProblems(textProblems, place(problems));
  return { file, compiled: all.length === 0 ? compiled : null, problems: all, draft, place };
}

/** The compiled workflow, or the error that has all problems of the file. */
export function definitionOrThrow({
  file,
  compiled,
  problems,
}: Pick<LoadedDefinition, "file" | "compiled" | "problems">): CompiledWorkflow {
  if (compiled) return compiled;
  throw definitionError(stemOf(file), problems, file);
}

/** The name of a file without its extension. */
export const stemOf = (file: string): string => basename(file, extname(file));

/** The definition files of a directory, in the order of their names; none when it does not exist. */
export function definitionFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => EXTENSIONS.has(extname(name)) && !name.startsWith("."))
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(directory, errorMessage(error), error);
  }
}

/**
 * Writes a definition, as YAML where the file's name says so; a half-written file is never seen. Makes the directory.
 * Throws STORAGE_ERROR, and leaves what was there.
 */
export function writeDefinition(directory: string, name: string, definition: unknown): void {
  const text = isJson(name) ? `${JSON.stringify(definition, null, 2)}\n` : stringify(definition);
  replaceFile(join(directory, name), text);
}

/** Deletes a definition file; one that is gone already is fine. Throws STORAGE_ERROR. */
export function removeDefinition(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (!isMissing(error))
      throw new StorageError(`${file} cannot be deleted: ${errorMessage(error)}`, {
        details: { path: file },
        cause: error,
      });
  }
}

/** When a file was last written, milliseconds since the epoch; null when nobody can say. */
export function writtenAt(file: string): number | null {
  try {
    return Math.floor(statSync(file).mtimeMs);
  } catch {
    return null;
  }
}

const isJson = (file: string): boolean => extname(file) === ".json";

/** The bytes of a file, or how many it has where these are too many. */
function readBytes(file: string): Uint8Array | number {
  try {
    const stats = statSync(file);
    // Anything else may never end.
    if (!stats.isFile()) throw new Error("it is no file");
    if (stats.size > (isJson(file) ? MAX_BYTES.json : MAX_BYTES.yaml)) return stats.size;
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, errorMessage(error), error);
  }
}

const unreadable = (path: string, reason: string, cause: unknown): StorageError =>
  new StorageError(`${path} cannot be read: ${reason}`, {
    retryable: false,
    details: { path },
    suggestions: ["Check that the file exists and may be read."],
    cause,
  });

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";
