import { findLossy, MAX_JSON_DEPTH } from "@orch/core";
import { isNode, LineCounter, parseDocument } from "yaml";
import { deeperThan, duplicateKeys, type JsonPlaces, jsonPlaces } from "./json-places.ts";
import type { DefinitionProblem } from "./workflow.ts";

/** A definition file's text as a value, or what keeps it from being one. */
export interface DefinitionText {
  readonly value: unknown;
  /** Problems of the text itself; with any, the value is not to be used. */
  readonly problems: readonly DefinitionProblem[];
  /** Adds line and column to a problem: those of the nearest part of the text that exists. */
  place(problem: DefinitionProblem): DefinitionProblem;
}

/** An alias may stand for what others stand for: past this many in all, a short text would become a huge value. */
const MOST_ALIASES = 100;

/**
 * Reads JSON text. The problems are those that `JSON.parse` names, keys that stand twice, and more than
 * `MAX_JSON_DEPTH` levels, which are refused before anything is parsed.
 */
export function readJsonText(text: string): DefinitionText {
  const at = (offset: number) => placeText(linePosition(text, offset));
  // First of all: a path is as long as its place is deep, so that finding them takes time in the square of the depth.
  const tooDeep = deeperThan(text, MAX_JSON_DEPTH);
  if (tooDeep !== undefined)
    return unusable(`is nested too deeply: more than ${MAX_JSON_DEPTH} levels ${at(tooDeep)}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unusable(`is not JSON: ${jsonMessage(error, text)}`);
  }
  // The places are found when somebody asks for one: most files have no problem.
  let places: JsonPlaces | null = null;
  const offsetOf: JsonPlaces = (path) => {
    places ??= jsonPlaces(text);
    return places(path);
  };
  const problems = duplicateKeys(text).map(({ key, offset, path }) => ({
    path: path.slice(1).replaceAll("/", "."),
    message: `has the key ${JSON.stringify(key)} twice ${at(offset)}`,
  }));
  const place = (problem: DefinitionProblem) => placed(problem, offsetOf, at);
  return checked(value, { problems, place });
}

const unusable = (message: string): DefinitionText => ({
  value: null,
  problems: [{ path: "", message }],
  place: (problem) => problem,
});

/** Reads YAML text: one document of plain values. */
export function readYamlText(text: string): DefinitionText {
  const lines = new LineCounter();
  const at = (offset: number) => placeText(lines.linePos(offset));
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "error",
  });
  const problems = document.errors.map(({ message, pos: [offset] }) => ({
    path: "",
    message: `is not YAML: ${message.startsWith("Maximum call stack") ? "it is nested too deeply" : message} ${at(offset)}`,
  }));
  const offsetOf = (path: readonly (string | number)[]) => {
    const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
    return isNode(node) ? node.range?.[0] : undefined;
  };
  const place = (problem: DefinitionProblem) => placed(problem, offsetOf, at);
  if (problems.length > 0) return { value: null, problems, place };
  try {
    return checked(document.toJS({ maxAliasCount: MOST_ALIASES }), { problems, place });
  } catch (error) {
    // An alias without its anchor, or too many of them.
    const message = error instanceof Error ? error.message : String(error);
    return { value: null, problems: [{ path: "", message: `is not YAML: ${message}` }], place };
  }
}

/** Refuses what JSON cannot hold: YAML has cycles, binary data and numbers that are none; JSON text has `__proto__`. */
function checked(value: unknown, { problems, place }: Omit<DefinitionText, "value">): DefinitionText {
  const lossy = problems.length === 0 ? findLossy(value) : null;
  if (lossy === null) return { value, problems, place };
  const path = lossy.path
    .slice(1)
    .replaceAll("/", ".")
    .replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]");
  return {
    value,
    problems: [place({ path, message: `is ${lossy.reason}, which a definition cannot hold` })],
    place,
  };
}

const POSITION = / ?(?:in JSON )?at position (\d+)(?: \(line \d+ column \d+\))?/;

/** What `JSON.parse` says, with line and column. */
function jsonMessage(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const position = POSITION.exec(message);
  const [said] = message
    .replace(POSITION, "")
    .replace(/, (?:\.{3})?"[\s\S]* is not valid JSON$/, "")
    .replace(/ in JSON$/, "")
    .split("\n");
  return `${said} ${placeText(linePosition(text, position ? Number(position[1]) : firstBad(text)))}`;
}

/** Where a text stops being the beginning of JSON, for messages that do not say it. O(length × log length). */
function firstBad(text: string): number {
  let [good, bad] = [0, text.length];
  while (good < bad) {
    const middle = (good + bad + 1) >>> 1;
    if (isBeginning(text.slice(0, middle))) good = middle;
    else bad = middle - 1;
  }
  return good;
}

function isBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = POSITION.exec(message);
    return position ? Number(position[1]) >= text.length : /^Unexpected end|^Unterminated/.test(message);
  }
}

const placeText = ({ line, col }: { readonly line: number; readonly col: number }): string =>
  `(line ${line}, column ${col})`;

function linePosition(text: string, offset: number): { line: number; col: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, col: offset - before.lastIndexOf("\n") };
}

function placed(
  problem: DefinitionProblem,
  offsetOf: (path: readonly (string | number)[]) => number | undefined,
  at: (offset: number) => string,
): DefinitionProblem {
  const parts = problem.path
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .filter((part) => part !== "");
  const path = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  for (let length = path.length; length >= 0; length--) {
    const offset = offsetOf(path.slice(0, length));
    if (offset !== undefined) return { path: problem.path, message: `${problem.message} ${at(offset)}` };
  }
  return problem;
}
