import { toErrorResponse } from "@orch/core";
import { withCommands } from "../command-text.ts";

/** Something that was looked at, how it is, and what to do about it. */
export interface Finding {
  readonly level: "ok" | "warning" | "problem";
  /** What it is about, a word: `node`, `state`. */
  readonly about: string;
  readonly message: string;
  readonly suggestions: readonly string[];
}

/** A finding that is fine. */
export const fine = (about: string, message: string): Finding => ({
  level: "ok",
  about,
  message,
  suggestions: [],
});

/** An error as a finding. */
export function problemOf(about: string, error: unknown): Finding {
  const { error: message, suggestions } = toErrorResponse(error);
  return { level: "problem", about, message, suggestions: suggestions.map(withCommands) };
}
