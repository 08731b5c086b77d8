import type { z } from "zod";
import { InvalidParametersError } from "./errors.ts";

/** A longer text is cut in a message. */
const SHOWN_LENGTH = 60;

/**
 * The error for what a schema refused: every problem with its path and, where the schema was told to report its input, the
 * value. `given` has other names for the first part of a path: the keys that the caller has used.
 */
export function invalid(
  what: string,
  error: z.ZodError,
  given: ReadonlyMap<string, string> = new Map(),
): InvalidParametersError {
  const problems = error.issues.map(({ path, message, input }) => ({
    path: path.map((part, index) => (index === 0 ? (given.get(String(part)) ?? part) : part)).join("."),
    message: message + shown(input),
  }));
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  return new InvalidParametersError(`Invalid ${what}: ${text}`, { details: { problems } });
}

function shown(input: unknown): string {
  if (typeof input === "number" || typeof input === "boolean" || typeof input === "bigint")
    return `, was ${input}`;
  if (typeof input !== "string") return "";
  return `, was ${JSON.stringify(input.length > SHOWN_LENGTH ? `${input.slice(0, SHOWN_LENGTH)}…` : input)}`;
}
