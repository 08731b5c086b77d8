import { findLossy, type JsonObject, parseTemplate } from "@orch/core";
import { TaskResource } from "@orch/tasks";
import { isDelay, isLimit } from "./duration-field.ts";
import { isJsonObject } from "./json-field.ts";
import { StepRetry } from "./step-retry.ts";
import { StepUndo } from "./step-undo.ts";

/** A name of a step: it stands in references, so it has no dot, and is a key of results. */
export const STEP_NAME = /^(?!(?:__proto__|constructor|prototype)$)[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/;

/** The most further attempts that a step can have. */
export const MOST_RETRIES = 20;

type IsPlain = (value: unknown) => boolean;

const isFilledText: IsPlain = (value) => typeof value === "string" && value !== "";

/** An index for each item, so that holes are looked at, too. */
function isListOf(list: unknown, isOne: IsPlain): boolean {
  if (!Array.isArray(list)) return false;
  for (let at = 0; at < list.length; at++) if (!isOne(list[at])) return false;
  return true;
}

const isWhole = (value: unknown, least: number, most: number): boolean =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;

/** Whether a value can be the list of a `foreach`: a list, or one placeholder that stands for one. */
export const isItems = (value: unknown): boolean =>
  value === null || Array.isArray(value) || isOnePlaceholder(value);

function isOnePlaceholder(value: unknown): boolean {
  if (typeof value !== "string") return false;
  const [only, ...others] = parseTemplate(value);
  return only !== undefined && typeof only !== "string" && others.length === 0;
}

/** Stands for parameters that are known to be JSON while a step is made; it is not looked at each time. */
export const NO_PARAMETERS: JsonObject = Object.freeze({});

/**
 * By field of a step, what tells that its schema would take a value as it is, for those that are more than texts, words
 * and truth values: a step whose values are all so is made without asking the schema, which costs most. What these
 * refuse the schema may still take; what they take it never refuses.
 */
export const PLAIN_STEP = {
  name: (value) => typeof value === "string" && STEP_NAME.test(value),
  module: isFilledText,
  action: isFilledText,
  parameters: (value) => value === NO_PARAMETERS || isJsonObject(value),
  dependencies: (value) => isListOf(value, (each) => typeof each === "string"),
  timeoutMs: isLimit,
  retryCount: (value) => Object.is(value, 0),
  maxRetries: (value) => isWhole(value, 0, MOST_RETRIES),
  retryDelayMs: isDelay,
  retry: (value) => value === null || value instanceof StepRetry,
  foreach: (value) => isItems(value) && findLossy(value) === null,
  maxParallel: (value) => value === null || isWhole(value, 1, Number.MAX_SAFE_INTEGER),
  resources: (value) => isListOf(value, (each) => each instanceof TaskResource),
  undo: (value) => value === null || value instanceof StepUndo,
} as const satisfies Readonly<Record<string, IsPlain>>;
