import { type DataObject, didYouMean, InvalidParametersError, nearestNames } from "@orch/core";
import { shownValue } from "./quantity.ts";

/** INVALID_PARAMETERS for an argument that is not what it must be. */
export function wrongArgument(path: string, rule: string, value: unknown): InvalidParametersError {
  const message = `${path} must be ${rule}, was ${shownValue(value)}`;
  return new InvalidParametersError(message, { details: { problems: [{ path, message }] } });
}

/** `value`, which must be a text. Throws INVALID_PARAMETERS. */
export function needText(value: unknown, path: string): string {
  if (typeof value !== "string") throw wrongArgument(path, "a text", value);
  return value;
}

/** Throws INVALID_PARAMETERS unless `value` is an object, as options are. */
export function needObject(value: unknown, path: string): void {
  if (typeof value !== "object" || value === null) throw wrongArgument(path, "an object", value);
}

/**
 * Throws INVALID_PARAMETERS when `data`, which was made from options, has keys that it does not know: one that is misspelt
 * would be one that was never given.
 */
export function refuseUnknown({ extra }: DataObject, known: readonly string[], what: string): void {
  const [unknown] = Object.keys(extra);
  if (unknown === undefined) return;
  const near = nearestNames(unknown, known);
  const message = `${what} have no '${unknown}'`;
  throw new InvalidParametersError(message, {
    details: { problems: [{ path: unknown, message }], near },
    suggestions: didYouMean(near),
  });
}
