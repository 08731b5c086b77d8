import { type ErrorResponse, toErrorResponse } from "@orch/core";
import { cleanText } from "@orch/core/base";
import { withCommands } from "./command-text.ts";
import { shortChain } from "./error-chain.ts";
import { exitCodeOf } from "./exit-code.ts";
import type { GlobalOptions } from "./options.ts";
import { paint } from "./paint.ts";
import type { Terminal } from "./terminal.ts";

/** How many problems of one error are shown. */
const MOST_PROBLEMS = 20;

/** Shows the error that ended a command and returns its exit code. With `json` it is the result, else lines for a person. */
export function showError(error: unknown, { json, debug }: GlobalOptions, terminal: Terminal): number {
  const response = toErrorResponse(error);
  const suggestions = response.suggestions.map(withCommands);
  const isOurs = response.error_code === "INTERNAL_ERROR";
  if (isOurs && !debug) suggestions.push("--debug shows where it came from.");
  if (json) terminal.out(JSON.stringify({ type: "result", ...response, suggestions }));
  else for (const line of errorLines({ ...response, suggestions })) terminal.err(line);
  if (debug) for (const line of stackLines(error)) terminal.err(line);
  return exitCodeOf(response.error_code);
}

/** An error for a person: what, all its problems, and what to try. */
export function errorLines({
  error,
  details,
  suggestions,
}: Pick<ErrorResponse, "error" | "details" | "suggestions">): string[] {
  const problems = problemsOf(details);
  const lines = [`${paint.bad("Error:")} ${cleanText(shortChain(withoutProblems(error, problems)))}`];
  if (problems.length > 1)
    lines.push(...problems.slice(0, MOST_PROBLEMS).map(({ text }) => `  - ${cleanText(text)}`));
  if (problems.length > MOST_PROBLEMS) lines.push(`  … and ${problems.length - MOST_PROBLEMS} more`);
  return [...lines, ...suggestions.map((suggestion) => `  ${paint.dim("Try:")} ${cleanText(suggestion)}`)];
}

/** With several problems a message lists them in one long line: what stands before the first one is enough. */
function withoutProblems(error: string, problems: readonly Problem[]): string {
  const [first] = problems;
  if (first === undefined || problems.length === 1) return error;
  const at = [first.text, first.path, first.message]
    .map((part) => error.indexOf(part))
    .filter((found) => found > 0);
  return at.length === 0 ? error : error.slice(0, Math.min(...at)).replace(/[\s:;]+$/, "");
}

interface Problem {
  readonly path: string;
  readonly message: string;
  readonly text: string;
}

function problemsOf({ problems }: ErrorResponse["details"]): Problem[] {
  if (!Array.isArray(problems)) return [];
  return problems.flatMap((problem: unknown) => {
    const { path = "", message } = (problem ?? {}) as { path?: unknown; message?: unknown };
    if (typeof message !== "string" || typeof path !== "string") return [];
    return [{ path, message, text: path === "" ? message : `${path}: ${message}` }];
  });
}

/** The stack of an error and of those underneath. */
function* stackLines(error: unknown): Iterable<string> {
  for (let next = error; next instanceof Error; next = next.cause) yield String(next.stack);
}
