import { type Comment, type ParseResult, parseSync } from "oxc-parser";
import { findFunctions } from "./find-functions.ts";
import { findTodo } from "./find-todos.ts";
import { LIMITS, shorten } from "./limits.ts";
import { LineStarts } from "./line-starts.ts";
import type { Measured } from "./measure-lines.ts";
import type { SyntaxNode } from "./name-function.ts";
import type { LineCounts, ParseErrorFact, TodoFact } from "./tally.ts";

/** What the parser made of a text; `measured` is null when it found no tree in it. */
export interface SyntaxResult {
  readonly measured: Measured | null;
  readonly parseError: ParseErrorFact | null;
}

/** Parses JavaScript or TypeScript and measures the tree. Call `fitsParser` before. O(length). */
export function measureSyntax(file: string, text: string, language: string): SyntaxResult {
  const lines = new LineStarts(text);
  const result = parseSync(file, text, {
    lang: dialectOf(file),
    sourceType: "unambiguous",
    preserveParens: false,
  });
  const parseError = firstError(file, result, lines);
  const program = result.program as unknown as SyntaxNode & { readonly body: readonly unknown[] };
  // After an error that it cannot get over, the parser gives an empty program.
  if (parseError && program.body.length === 0) return { measured: null, parseError };
  const { comments } = result;
  const counts = countLines(text, lines, comments);
  const measured = {
    ...counts,
    ...findFunctions(program, { file, language, lines }),
    todos: todosIn(file, comments, lines),
  };
  return { measured, parseError };
}

/** JSX is allowed in every kind of JavaScript file, as bundlers do; in TypeScript only where the name says so. */
function dialectOf(file: string): "jsx" | "ts" | "tsx" | "dts" {
  if (/\.d\.[cm]?ts$/i.test(file)) return "dts";
  if (/\.tsx$/i.test(file)) return "tsx";
  return /ts$/i.test(file) ? "ts" : "jsx";
}

function firstError(file: string, { errors }: ParseResult, lines: LineStarts): ParseErrorFact | null {
  const error = errors.find(({ severity }) => severity === "Error");
  if (!error) return null;
  return {
    file,
    line: lines.lineAt(error.labels[0]?.start ?? 0),
    message: shorten(error.message, LIMITS.text),
  };
}

/** Tells the lines apart by where the comments stand (in order, as the parser gives them). O(length). */
function countLines(text: string, { starts }: LineStarts, comments: readonly Comment[]): LineCounts {
  let [code, comment, blank, next] = [0, 0, 0, 0];
  starts.forEach((start, index) => {
    const end = starts[index + 1] ?? text.length;
    let hasCode = false;
    let hasComment = false;
    for (let at = start; at < end; at++) {
      while ((comments[next]?.end ?? Number.POSITIVE_INFINITY) <= at) next++;
      const inside = comments[next];
      if (text.charCodeAt(at) <= 32) continue;
      if (inside && at >= inside.start) hasComment = true;
      else hasCode = true;
    }
    if (hasCode) code++;
    else if (hasComment) comment++;
    else blank++;
  });
  return { lines: starts.length, code, comment, blank };
}

function todosIn(file: string, comments: readonly Comment[], lines: LineStarts): TodoFact[] {
  return comments.flatMap(({ value, start }) => {
    if (!value.includes("TODO") && !value.includes("FIXME")) return [];
    const first = lines.lineAt(start);
    return value.split("\n").flatMap((text, index) => findTodo(file, first + index, text) ?? []);
  });
}
