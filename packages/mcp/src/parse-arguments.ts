import { didYouMean, isObject, type JsonObject, nearestNames } from "@orch/core";
import { shownValue } from "@orch/core/base";
import type { z } from "zod";
import { canonicalArguments } from "./argument-alias.ts";
import { limitExceeded, type Problem, wrongArguments } from "./errors.ts";

/** Bytes of the arguments of a call, as JSON. */
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;

/** What arguments are parsed for. */
interface Parsing {
  readonly name: string;
  readonly input: z.ZodObject;
}

/**
 * The arguments of a call, checked: under their own names, with defaults. Throws INVALID_PARAMETERS with all problems,
 * LIMIT_EXCEEDED for more than 1 MiB or 64 levels.
 */
export function parseArguments({ name, input }: Parsing, given: unknown): JsonObject {
  const known = Object.keys(input.shape);
  const { values, problems } = canonicalArguments(ownCopy(name, given), known);
  const unknown = Object.keys(values).filter((key) => !known.includes(key));
  const strangers = unknown.map((key): Problem => {
    const [near] = nearestNames(key, known);
    const meant = near === undefined ? "" : `; did you mean '${near}'?`;
    return { path: key.slice(0, 64), message: `is no argument of ${name}${meant}` };
  });
  for (const key of unknown) delete values[key];
  const parsed = input.safeParse(values, { reportInput: true });
  const found = parsed.success ? [] : parsed.error.issues.flatMap(problemsOf);
  const all = [...problems, ...strangers, ...found];
  if (parsed.success && all.length === 0) return parsed.data as JsonObject;
  throw wrongArguments(name, all, suggestionsFor(input, unknown, known));
}

/** A copy that is plain JSON, so that nobody changes it later and -0 is 0. */
function ownCopy(name: string, given: unknown): JsonObject {
  if (given === undefined || given === null) return {};
  const text = jsonOf(given);
  if (text === null || !isObject(given) || Array.isArray(given))
    throw wrongArguments(name, [{ path: "", message: "must be an object of JSON" }]);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) throw limitExceeded("Bytes of arguments", MAX_BYTES, bytes);
  const depth = depthOf(text);
  if (depth > MAX_DEPTH) throw limitExceeded("Levels of arguments", MAX_DEPTH, depth);
  return JSON.parse(text) as JsonObject;
}

function jsonOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
}

/** How deep objects and arrays of a JSON text stand in each other. */
function depthOf(text: string): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map(String).join(".").slice(0, 200);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: path ? `${path}.${key}` : key, message: "is no known key" }));
  return [{ path, message: said(issue) }];
}

const MISSING = /^Invalid input: expected (.+), received undefined$/;

function said(issue: z.core.$ZodIssue): string {
  const missing = MISSING.exec(issue.message)?.[1];
  if (missing !== undefined) return `is required, of type ${missing}`;
  const { input } = issue;
  const was = ["string", "number", "boolean"].includes(typeof input) ? `, was ${shownValue(input)}` : "";
  if (issue.code !== "invalid_value") return `${issue.message}${was}`;
  const near = typeof input === "string" ? nearestNames(input, issue.values.map(String)) : [];
  return [`must be one of ${issue.values.join(", ")}${was}`, ...didYouMean(near)].join(". ");
}

function suggestionsFor(input: z.ZodObject, unknown: readonly string[], known: readonly string[]): string[] {
  const near = unknown.flatMap((key) => nearestNames(key, known).slice(0, 1));
  const listed = Object.entries(input.shape).map(([key, schema]) =>
    (schema as z.ZodType).safeParse(undefined).success ? key : `${key}*`,
  );
  return [...didYouMean(near), `Arguments (* required): ${listed.join(", ") || "none"}.`];
}
