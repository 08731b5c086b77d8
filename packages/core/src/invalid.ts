import type { z } from "zod";
import { shownValue } from "./argument.ts";
import { InvalidParametersError } from "./errors.ts";
import { nearestNames } from "./near.ts";

/**
 * The error for what a schema refused: every problem with its path and, where the schema was told to report its input, the
 * value, and which of the allowed values was probably meant. `given` has other names for the first part of a path: the
 * keys that the caller has used; a duration that was given in seconds is shown in seconds. `further` are problems that
 * were found before.
 */
export function invalid(
  what: string,
  error: z.ZodError,
  given: ReadonlyMap<string, string> = new Map(),
  further: readonly { readonly path: string; readonly message: string }[] = [],
): InvalidParametersError {
  const found = error.issues.map((issue) => ({
    path: issue.path.map((part, index) => (index === 0 ? (given.get(String(part)) ?? part) : part)).join("."),
    message: said(issue) + shown(asGiven(issue, given)) + meant(issue),
  }));
  return invalidBecause(what, [...further, ...found]);
}

/** What zod says; of what is not there, for somebody who does not know zod. */
function said({ message }: z.core.$ZodIssue): string {
  const expected = MISSING.exec(message)?.[1];
  return expected === undefined ? message : `is required, of type ${expected}`;
}

const MISSING = /^Invalid input: expected (.+), received undefined$/;

/** The error for problems that were found already. */
export function invalidBecause(
  what: string,
  problems: readonly { readonly path: string; readonly message: string }[],
): InvalidParametersError {
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  return new InvalidParametersError(`Invalid ${what}: ${text}`, { details: { problems } });
}

/** A value as the caller has written it: the field `timeoutMs` may have been given as `timeout`, in seconds. */
function asGiven({ path, input }: z.core.$ZodIssue, given: ReadonlyMap<string, string>): unknown {
  const [field] = path;
  const key = given.get(String(field));
  const inSeconds =
    path.length === 1 && String(field).endsWith("Ms") && key !== undefined && !MS_KEY.test(key);
  return inSeconds && typeof input === "number" ? input / 1000 : input;
}

const MS_KEY = /(?:Ms|_ms)$/;

/** The allowed text that is nearest to the one that was given. */
function meant(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_value" || typeof issue.input !== "string") return "";
  const [near] = nearestNames(
    issue.input,
    issue.values.filter((value) => typeof value === "string"),
  );
  return near === undefined ? "" : `; did you mean '${near}'?`;
}

/** The value behind a message; one that is larger than a word says nothing that the message does not. */
function shown(input: unknown): string {
  const isPlain = ["string", "number", "boolean", "bigint"].includes(typeof input);
  return isPlain ? `, was ${shownValue(input)}` : "";
}
