import type { ErrorResponse } from "@orch/core";
import { clean } from "./clean.ts";
import { paint } from "./paint.ts";

/** How many problems of one error are shown. */
const MOST_PROBLEMS = 20;

/** An error for a person: what, all its problems, and what to try. */
export function errorLines({ error, details, suggestions }: Pick<ErrorResponse, "error" | "details" | "suggestions">): string[] {
  const problems = problemsOf(details);
  // With several problems the message repeats them in one long line: its head is enough.
  const head = problems.length > 1 ? (error.split(": ")[0] ?? error) : error;
  const lines = [`${paint.bad("Error:")} ${clean(head)}`];
  if (problems.length > 1) lines.push(...problems.slice(0, MOST_PROBLEMS).map((problem) => `  - ${problem}`));
  if (problems.length > MOST_PROBLEMS) lines.push(`  … and ${problems.length - MOST_PROBLEMS} more`);
  return [...lines, ...suggestions.map((suggestion) => `  ${paint.dim("Try:")} ${clean(suggestion)}`)];
}

function problemsOf({ problems }: ErrorResponse["details"]): string[] {
  if (!Array.isArray(problems)) return [];
  return problems.flatMap((problem: unknown) => {
    const { path = "", message } = (problem ?? {}) as { path?: unknown; message?: unknown };
    return typeof message === "string" ? [clean(`${typeof path === "string" && path !== "" ? `${path}: ` : ""}${message}`)] : [];
  });
}
