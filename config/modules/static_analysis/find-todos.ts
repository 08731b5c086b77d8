import { LIMITS, shorten } from "./limits.ts";
import type { TodoFact } from "./tally.ts";

const TODO = /\b(?:TODO|FIXME)\b/;

/** The TODO or FIXME in one line of a comment, or null. The two words count in capitals only. */
export function findTodo(file: string, line: number, comment: string): TodoFact | null {
  return TODO.test(comment)
    ? {
        file,
        line,
        text: shorten(
          comment
            .replace(/\s+/g, " ")
            .replace(/^[\s*]+/, "")
            .trim(),
          LIMITS.text,
        ),
      }
    : null;
}
