import { homedir } from "node:os";
import { cleanText, isObject, type JsonObject, type JsonValue } from "@orch/core";

const MOST_CHARACTERS = 500;
const MOST_PROBLEMS = 8;
const MOST_ENTRIES = 50;
const DEEPEST = 4;
/** Where a stack begins that somebody has put into a message. */
const STACK = /\n\s*at\s[\s\S]*$/;
/** A path from the root of a disk, of two parts or more; not the rest of a URL. */
const PATH = /(?<![\w:/.~\\-])(?:(?:\/[^\s/'"`<>|,;()[\]{}]+){2,}\/?|[A-Za-z]:\\[^\s'"`<>|,;()[\]{}]+)/g;

/**
 * Text of an error as a caller may see it: one line without escape sequences, stacks and paths outside of the base
 * directory, 500 characters at most. A path keeps its last part; below the base directory it is told from there.
 */
export function replyText(text: string, baseDir: string): string {
  const plain = cleanText(
    text.replace(STACK, "").replaceAll(PATH, (path) => shortPath(path, baseDir)),
  ).trim();
  return plain.length <= MOST_CHARACTERS ? plain : `${plain.slice(0, MOST_CHARACTERS - 1)}…`;
}

/** Details of an error as a caller may see them: short lists, shallow, every text as {@link replyText}. */
export function replyDetails(details: Readonly<Record<string, unknown>>, baseDir: string): JsonObject {
  return shown(details, baseDir, 0) as JsonObject;
}

/** A report of our own as a caller may see it: no text in it has a path from the root of a disk. */
export function withoutPaths(report: JsonObject, baseDir: string): JsonObject {
  return textsAs(report, (text) => replyText(text, baseDir)) as JsonObject;
}

function textsAs(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => textsAs(each, change));
  if (!isObject(value)) return value;
  const entries = Object.entries(value as JsonObject);
  return Object.fromEntries(entries.map(([key, each]) => [key, textsAs(each, change)]));
}

function shortPath(path: string, baseDir: string): string {
  const base = baseDir === "/" ? "" : baseDir;
  if (base !== "" && (path === base || path === `${base}/`)) return "the base directory";
  if (base !== "" && path.startsWith(`${base}/`)) return path.slice(base.length + 1);
  if (path === homedir()) return "the home directory";
  const last = path
    .replace(/[/\\]+$/, "")
    .split(/[/\\]/)
    .at(-1);
  return `…/${last}`;
}

function shown(value: unknown, baseDir: string, depth: number): JsonValue {
  if (typeof value === "string") return replyText(value, baseDir);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean") return value;
  if (depth >= DEEPEST) return null;
  if (Array.isArray(value))
    return value.slice(0, MOST_ENTRIES).map((each) => shown(each, baseDir, depth + 1));
  if (!isObject(value)) return null;
  const entries = Object.entries(value).filter(([key, each]) => each !== undefined && key !== "stack");
  return Object.fromEntries(
    entries
      .slice(0, MOST_ENTRIES)
      .map(([key, each]) => [
        key,
        shown(
          key === "problems" && Array.isArray(each) ? each.slice(0, MOST_PROBLEMS) : each,
          baseDir,
          depth + 1,
        ),
      ]),
  );
}
