import { didYouMean, InvalidParametersError, isObject, nearestNames } from "@orch/core";

/** Shown of a value that is refused: texts in quotes, anything larger by its kind. */
const shownKind = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "symbol" || typeof value === "bigint") return String(value);
  return typeof value === "object" && value !== null
    ? "an object"
    : typeof value === "function"
      ? "a function"
      : `${value}`;
};

/** INVALID_PARAMETERS for a value that is not what it must be. */
export function wrongValue(path: string, rule: string, value: unknown): InvalidParametersError {
  const message = `${path} must be ${rule}, was ${shownKind(value)}`;
  return new InvalidParametersError(message, { details: { problems: [{ path, message }] } });
}

/**
 * Throws INVALID_PARAMETERS unless `options` is an object, and for a key that is near one of `known`: an option that is
 * misspelt would be one that was never given. Keys of a wider object that look like none of them are left alone.
 */
export function checkOptions(what: string, options: unknown, known: Readonly<Record<string, true>>): void {
  if (!isObject(options)) throw wrongValue(what, "an object", options);
  for (const name of Object.keys(options)) {
    const near = Object.hasOwn(known, name) ? [] : nearestNames(name, Object.keys(known));
    if (near.length === 0) continue;
    const message = `${what} have no '${name}'`;
    throw new InvalidParametersError(message, {
      details: { problems: [{ path: name, message }], near },
      suggestions: didYouMean(near),
    });
  }
}

/** A duration in milliseconds, 0 and no end included. Throws INVALID_PARAMETERS. */
export function checkDuration(path: string, ms: unknown): number {
  if (typeof ms === "number" && ms >= 0) return ms;
  throw wrongValue(path, "a number of milliseconds from 0", ms);
}

/** How many at once: a whole number from 1. Throws INVALID_PARAMETERS. */
export function checkCount(path: string, count: unknown): number {
  if (Number.isSafeInteger(count) && Number(count) >= 1) return Number(count);
  throw wrongValue(path, "a whole number from 1", count);
}

/** Texts in a list. Throws INVALID_PARAMETERS. */
export function checkTexts(path: string, texts: unknown): readonly string[] {
  if (!Array.isArray(texts)) throw wrongValue(path, "an array", texts);
  for (const [at, text] of texts.entries())
    if (typeof text !== "string") throw wrongValue(`${path}[${at}]`, "a text", text);
  return texts;
}

/** A signal, if any. Throws INVALID_PARAMETERS. */
export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw wrongValue("signal", "an AbortSignal", signal);
}
