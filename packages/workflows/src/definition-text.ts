import { findLossy, type LossyValue, MAX_JSON_DEPTH } from "@orch/core";
import type { DefinitionProblem } from "./definition-problem.ts";
import { duplicateKeys, jsonPlaces, jsonShape } from "./json-places.ts";
import { jsonSyntaxError } from "./json-syntax.ts";
import { lookAtJson } from "./json-value.ts";
import { lineIndex, placeText, type TextPosition } from "./line-index.ts";

/** A definition file's text as a value, or what keeps it from being one. */
export interface DefinitionText {
  /** Undefined where there is none. With problems it is there to look for more, and not to be used. */
  readonly value: unknown;
  /** Problems of the text itself. */
  readonly problems: readonly DefinitionProblem[];
  /** Adds line and column to problems: those of the nearest part of the text that exists. O(length) for all together. */
  place(problems: readonly DefinitionProblem[]): DefinitionProblem[];
}

/**
 * Reads JSON text. The problems are those that `JSON.parse` names, keys that stand twice, and more than
 * `MAX_JSON_DEPTH` levels, which are refused before anything is parsed. O(length).
 */
export function readJsonText(text: string): DefinitionText {
  const positionOf = lineIndex(text);
  // First of all: a path is as long as its place is deep, so that finding them takes time in the square of the depth.
  const { tooDeep, keys } = jsonShape(text, MAX_JSON_DEPTH);
  if (tooDeep !== undefined)
    return unusable(`is nested too deeply: more than ${MAX_JSON_DEPTH} levels`, positionOf(tooDeep));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const { message, offset } = jsonSyntaxError(error, text);
    return unusable(`is not JSON: ${message}`, positionOf(offset));
  }
  const look = lookAtJson(value);
  // Looking closer, at the text and at the value, is for those that need it: it takes several times as long.
  const duplicates = look.keys === keys ? [] : duplicateKeys(text);
  const problems = duplicates.map(({ key, offset, path }) => {
    const message = `has the key ${JSON.stringify(key)} twice`;
    return problemAt({ code: "DUPLICATE_KEY", path, message }, positionOf(offset));
  });
  const place = jsonPlacing(text, positionOf);
  return look.isLossy ? checkText(value, { problems, place }) : { value, problems, place };
}

/** What adds line and column to problems of a JSON text; it keeps the text. */
export const jsonPlacing =
  (text: string, positionOf = lineIndex(text)): DefinitionText["place"] =>
  (found) => {
    if (found.length === 0) return [];
    const offsets = jsonPlaces(text, found.map(partsOf));
    return found.map((problem, index) => problemAt(problem, positionOf(offsets[index] ?? 0)));
  };

const unusable = (message: string, position: TextPosition): DefinitionText => ({
  value: undefined,
  problems: [problemAt({ code: "INVALID_TEXT", path: "", message }, position)],
  place: (problems) => [...problems],
});

/** Refuses what JSON cannot hold: YAML has cycles, binary data and numbers that are none; JSON text has `__proto__`. */
export function checkText(
  value: unknown,
  { problems, place }: Omit<DefinitionText, "value">,
): DefinitionText {
  const lossy = findLossy(value);
  if (lossy === null) return { value, problems, place };
  return { value, problems: problems.concat(place([lossyProblem(lossy)])), place };
}

const lossyProblem = ({ path, reason }: LossyValue): DefinitionProblem => ({
  code: "INVALID_FIELD",
  path: path
    .slice(1)
    .replaceAll("/", ".")
    .replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]"),
  message: `is ${reason}, which a definition cannot hold`,
});

/** A problem with its place, also in the message. */
export const problemAt = (
  { code, path, message }: DefinitionProblem,
  position: TextPosition,
): DefinitionProblem => ({ code, path, message: `${message} ${placeText(position)}`, ...position });

/** The parts of a path: `steps[1].name` is `steps`, `1`, `name`. */
export const partsOf = ({ path }: DefinitionProblem): string[] =>
  path
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .filter((part) => part !== "");
