import { type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { JsonValue } from "@orch/core";
import type { ParameterDeclaration } from "./parameter-declaration.ts";
import { shown, type ValueProblem } from "./value-schema.ts";

/** What a text can be declared to name by its `format`, and whether something is that. */
const FORMATS = {
  "existing-directory": { what: "an existing directory", is: (found: Stats) => found.isDirectory() },
  "existing-file": { what: "an existing file", is: (found: Stats) => found.isFile() },
  "existing-path": { what: "an existing file or directory", is: () => true },
} as const;

/** Formats of texts that are looked at in the file system when a run begins, relative to the current directory. */
export const PATH_FORMATS: readonly string[] = Object.keys(FORMATS);

/**
 * What is wrong with the paths in the value of a parameter: of a text that its declaration gives one of {@link PATH_FORMATS},
 * or of the texts in a list whose `items` have one. Other values are for others to refuse.
 */
export function pathProblems(value: JsonValue, declaration: ParameterDeclaration): ValueProblem[] {
  const { format, items } = declaration as { readonly format?: unknown; readonly items?: unknown };
  if (!Array.isArray(value)) return problemsOf(value, format, "");
  const each = (items as { readonly format?: unknown } | null | undefined)?.format;
  return value.flatMap((one, at) => problemsOf(one, each, String(at)));
}

function problemsOf(value: JsonValue, format: unknown, path: string): ValueProblem[] {
  if (typeof value !== "string" || typeof format !== "string" || !Object.hasOwn(FORMATS, format)) return [];
  const { what, is } = FORMATS[format as keyof typeof FORMATS];
  const file = resolve(value);
  const found = lookAt(file);
  if (typeof found !== "string" && is(found)) return [];
  const why = typeof found === "string" ? found : found.isDirectory() ? "is a directory" : "is a file";
  return [
    { path, message: `must be ${what}, was ${shown(value)} (${value === file ? "" : `${file} `}${why})` },
  ];
}

function lookAt(file: string): Stats | string {
  try {
    return statSync(file, { throwIfNoEntry: false }) ?? "does not exist";
  } catch (error) {
    return `cannot be looked at: ${(error as { readonly code?: string }).code ?? "unknown"}`;
  }
}
