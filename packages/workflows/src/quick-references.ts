import { isObject, type JsonValue, placeholdersIn } from "@orch/core";
import { readReference, STEP_PARTS } from "./reference.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** A search through the steps of a workflow, one after the other. */
export interface ReferenceSearch {
  /** Parameters whose first use is known. */
  readonly parameters: { has(name: string): boolean };
  /** Names of steps, in order of appearance; only the first `count` are those of the step that was searched last. */
  readonly found: string[];
  count: number;
  hasItem: boolean;
}

/** Taken for a step until the graph says that there is none. */
export const anyStep = (): boolean => true;

/**
 * Finds the names of the steps that a step refers to, as `referencesOf` does where every name is one of a step. False
 * where that is needed for more: for parameters that are not among the known ones, for conditions and undos. It makes no
 * paths, places or lists, since of most steps nobody asks for them. O(size of the step).
 */
export function searchStep(
  { parameters, foreach, runIf, undo }: WorkflowStep,
  search: ReferenceSearch,
): boolean {
  search.count = 0;
  search.hasItem = foreach !== null;
  if (runIf !== null || undo !== null || !addIn(parameters, search)) return false;
  search.hasItem = false;
  return foreach === null || addIn(foreach, search);
}

/** False as soon as there is something to look closer at. */
function addIn(value: JsonValue, search: ReferenceSearch): boolean {
  if (typeof value === "string") return !value.includes("{") || addText(value, search);
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (!addIn(value[at] as JsonValue, search)) return false;
  } else if (isObject(value)) {
    for (const key in value) if (!addIn(value[key] as JsonValue, search)) return false;
  }
  return true;
}

/** Most texts with braces are one placeholder of the simplest form: its characters tell what it means. */
function addText(text: string, search: ReferenceSearch): boolean {
  const end = endOfSimple(text);
  if (end < 0) return addPlaceholders(text, search);
  const endOfName = endOfPart(text, OPENING);
  const name = text.slice(OPENING, endOfName);
  if (search.hasItem && (name === "item" || name === "index")) return true;
  if (!hasStepPart(text, endOfName + 1, end)) return search.parameters.has(name);
  search.found[search.count++] = name;
  return true;
}

function addPlaceholders(text: string, search: ReferenceSearch): boolean {
  const { parameters, found, hasItem } = search;
  for (const placeholder of placeholdersIn(text)) {
    const reference = readReference(placeholder, { isStep: anyStep, hasItem });
    if (reference.kind === "step") found[search.count++] = reference.step;
    else if (reference.kind === "unknown_step") found[search.count++] = reference.name;
    else if (reference.kind === "parameter" && !parameters.has(reference.name)) return false;
  }
  return true;
}

/** `{{`. */
const OPENING = 2;
const [DOT, DASH, CLOSE] = [0x2e, 0x2d, 0x7d];
/** Of a text that is one placeholder; longer ones stand for themselves. */
const LONGEST = 516;

/** Where the braces of a text close that is nothing but `{{name.part.part}}`; −1 where it is something else. */
function endOfSimple(text: string): number {
  const end = text.length - 2;
  if (text.length > LONGEST || !text.startsWith("{{") || text.charCodeAt(OPENING) === DASH) return -1;
  let at = OPENING;
  for (;;) {
    const next = endOfPart(text, at);
    if (next === at || next > end) return -1;
    if (next === end) return text.charCodeAt(end) === CLOSE && text.charCodeAt(end + 1) === CLOSE ? end : -1;
    if (text.charCodeAt(next) !== DOT) return -1;
    at = next + 1;
  }
}

/** By character code: whether a name may have it. */
const IN_NAMES = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
  IN_NAMES[char.charCodeAt(0)] = 1;

function endOfPart(text: string, start: number): number {
  let at = start;
  while (IN_NAMES[text.charCodeAt(at)] === 1) at++;
  return at;
}

/** Whether the first part from `start` on is one of a step. */
function hasStepPart(text: string, start: number, end: number): boolean {
  if (start >= end) return false;
  const length = endOfPart(text, start) - start;
  for (const part of STEP_PARTS) if (part.length === length && text.startsWith(part, start)) return true;
  return false;
}
