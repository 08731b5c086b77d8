import { errorMessage, InvalidParametersError, OrchestrationError } from "./errors.ts";
import { didYouMean, nearestNames } from "./near.ts";

/** A hundred years in milliseconds: a longer time is a mistake, and its end could not be written as a date some day. */
export const LONGEST_MS = 3_155_760_000_000;

/** Longer texts are cut in a message. */
const SHOWN_LENGTH = 60;
/** Names say which thing it is: they are cut later. */
const SHOWN_NAME_LENGTH = 128;

/**
 * `value` as a message shows it: a text as JSON, cut after 60 letters; a number, `true`, `null` or `undefined` as it is
 * written; anything larger by its kind. Never runs code of the value and never throws.
 */
export function shownValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(cut(value, SHOWN_LENGTH));
    case "number":
      return Object.is(value, -0) ? "-0" : `${value}`;
    case "bigint":
      return cut(`${value}`, SHOWN_LENGTH);
    case "symbol":
    case "function":
      return `a ${typeof value}`;
    case "object":
      return value === null ? "null" : isArray(value) ? "an array" : "an object";
    default:
      return `${value}`;
  }
}

/** A name as a message shows it: `'deploy'`, with whatever could not be printed escaped; anything else as {@link shownValue}. */
export function shownName(name: unknown): string {
  if (typeof name !== "string") return shownValue(name);
  return `'${JSON.stringify(cut(name, SHOWN_NAME_LENGTH)).slice(1, -1).replaceAll('\\"', '"')}'`;
}

/**
 * INVALID_PARAMETERS for a value that is not what it must be: "`path` must be `rule`, was …". Details: `path`, `value` and
 * `problems` with the one problem.
 */
export function wrongArgument(
  path: string,
  rule: string,
  value: unknown,
  { suggestions = [], near }: { suggestions?: readonly string[]; near?: readonly string[] } = {},
): InvalidParametersError {
  const message = `must be ${rule}, was ${shownValue(value)}`;
  const details = { path, value: plain(value), problems: [{ path, message }], ...(near && { near }) };
  return new InvalidParametersError(`${path} ${message}`, { details, suggestions });
}

/** `value`, which must be an array. Throws INVALID_PARAMETERS. */
export function needArray(path: string, value: unknown): readonly unknown[] {
  if (isArray(value)) return value;
  throw wrongArgument(path, "an array", value);
}

/** `value`, which must be iterable, a text or anything else. Throws INVALID_PARAMETERS. */
export function needIterable(path: string, value: unknown): Iterable<unknown> {
  const given = value as Iterable<unknown> | null | undefined;
  if (readArgument(path, () => typeof given?.[Symbol.iterator] === "function"))
    return given as Iterable<unknown>;
  throw wrongArgument(path, "iterable", value);
}

/** `value`, which must be an object and no array, as options are. Throws INVALID_PARAMETERS. */
export function needObject(path: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !isArray(value)) return value as Record<string, unknown>;
  throw wrongArgument(path, "an object", value);
}

/** `value`, which must be a text. Throws INVALID_PARAMETERS. */
export function needText(path: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw wrongArgument(path, "a text", value);
}

/** `value`, which must be an array of texts. Throws INVALID_PARAMETERS for the first that is none. */
export function needTexts(path: string, value: unknown): readonly string[] {
  const texts = needArray(path, value);
  readArgument(path, () => {
    for (const [at, text] of texts.entries()) needText(`${path}[${at}]`, text);
  });
  return texts as readonly string[];
}

/** `value`, which must be a function. Throws INVALID_PARAMETERS. */
export function needFunction(path: string, value: unknown): (...args: never) => unknown {
  if (typeof value === "function") return value as (...args: never) => unknown;
  throw wrongArgument(path, "a function", value);
}

/**
 * `value`, which must have the methods that make it `what` (a store, a clock), its own or inherited. Throws
 * INVALID_PARAMETERS.
 */
export function needPort<Port extends object>(
  path: string,
  what: string,
  value: unknown,
  methods: readonly (keyof Port & string)[],
): Port {
  const given = value as Record<string, unknown> | null | undefined;
  const isPort = readArgument(path, () => methods.every((name) => typeof given?.[name] === "function"));
  if (isPort && typeof value === "object") return value as Port;
  throw wrongArgument(path, what, value);
}

/** `value`, which must be one of `words`. Throws INVALID_PARAMETERS with those that were probably meant. */
export function needWord<Word extends string>(path: string, value: unknown, words: readonly Word[]): Word {
  if (words.includes(value as Word)) return value as Word;
  const near = typeof value === "string" ? nearestNames(value, words) : [];
  const suggestions = near.length > 0 ? didYouMean(near) : [`Use ${words.join(" or ")}`];
  throw wrongArgument(path, `one of ${words.join(", ")}`, value, { suggestions, near });
}

/** A duration in milliseconds, 0 and no end included. Throws INVALID_PARAMETERS. */
export function needDuration(path: string, value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  throw wrongArgument(path, "a number of milliseconds from 0", value);
}

/** A whole number from 1, such as how many at once. Throws INVALID_PARAMETERS. */
export function needCount(path: string, value: unknown): number {
  if (Number.isSafeInteger(value) && Number(value) >= 1) return Number(value);
  throw wrongArgument(path, "a whole number from 1", value);
}

/** `value`, which must be a signal, if anything. Throws INVALID_PARAMETERS. */
export function needSignal(path: string, value: unknown): AbortSignal | undefined {
  if (value === undefined || isInstance(value, AbortSignal)) return value;
  throw wrongArgument(path, "an AbortSignal", value);
}

/**
 * Throws INVALID_PARAMETERS unless `options` is an object, and for a key that is near one of `known`: an option that is
 * misspelt would be one that was never given. Keys that look like none of them are left alone: the object may have other uses.
 */
export function needOptions(what: string, options: unknown, known: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(known);
  const given = needObject(what, options);
  for (const name of readArgument(what, () => Object.keys(given)))
    if (!Object.hasOwn(known, name) && nearestNames(name, names).length > 0)
      throw unknownKey(what, name, names);
}

/** INVALID_PARAMETERS for a key that `what`, a plural, has not, with those of `known` that were probably meant. */
export function unknownKey(what: string, name: string, known: readonly string[]): InvalidParametersError {
  const near = nearestNames(name, known);
  const message = `${what} have no ${shownName(name)}`;
  return new InvalidParametersError(message, {
    details: { path: name, problems: [{ path: name, message }], near },
    suggestions: didYouMean(near),
  });
}

/**
 * What `read` makes of a value that the caller gave. When looking at the value throws (a getter, a proxy), the call is
 * refused as {@link unreadable} says.
 */
export function readArgument<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** INVALID_PARAMETERS for a value that threw `error` when it was looked at, which is its cause; an error of ours as it is. */
export function unreadable(path: string, error: unknown): OrchestrationError {
  if (isInstance(error, OrchestrationError)) return error;
  const message = `cannot be read: ${errorMessage(error)}`;
  const details = { path, problems: [{ path, message }] };
  return new InvalidParametersError(`${path} ${message}`, { details, cause: error });
}

/** `Array.isArray` throws for a proxy that was revoked. */
function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** `instanceof` runs the traps of a proxy. */
function isInstance<Instance>(
  value: unknown,
  Class: abstract new (...args: never) => Instance,
): value is Instance {
  try {
    return value instanceof Class;
  } catch {
    return false;
  }
}

/** `text` cut to `length`, never within a letter. */
const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "")}…` : text;

/** What `details` hold of a value: JSON, and not too large. */
function plain(value: unknown): string | number | boolean | null {
  if (typeof value === "string") return cut(value, SHOWN_LENGTH);
  if (value === null || typeof value === "boolean") return value;
  return typeof value === "number" && Number.isFinite(value) ? value : shownValue(value);
}
