import { InvalidParametersError } from "@orch/core";
import { Graph } from "./graph.ts";

/** A text for any value, also for those that have none. */
export function show(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** INVALID_PARAMETERS for an argument that is not what it must be. */
export function wrongArgument(path: string, rule: string, value: unknown): InvalidParametersError {
  const message = `must be ${rule}, was ${show(value)}`;
  return new InvalidParametersError(`${path} ${message}`, { details: { problems: [{ path, message }] } });
}

/** Throws INVALID_PARAMETERS unless `value` is an array. */
export function needArray(value: unknown, path: string): void {
  if (!Array.isArray(value)) throw wrongArgument(path, "an array", value);
}

/** Throws INVALID_PARAMETERS unless `value` is a compiled graph. */
export function needGraph(value: unknown): void {
  if (!(value instanceof Graph)) throw wrongArgument("graph", "a compiled graph", value);
}

/** Throws INVALID_PARAMETERS unless `value` is an object, as options are. */
export function needOptions(value: unknown): void {
  if (typeof value !== "object" || value === null) throw wrongArgument("options", "an object", value);
}

/** Throws INVALID_PARAMETERS unless `value` is one of `words`. */
export function needWord(value: unknown, words: readonly string[], path: string): void {
  if (!words.includes(value as string)) throw wrongArgument(path, `one of ${words.join(", ")}`, value);
}
