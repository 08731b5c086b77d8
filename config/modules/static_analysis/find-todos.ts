import { LIMITS, shorten } from "./limits.ts";
import type { TodoFact } from "./tally.ts";

// At the start of the comment, or with a colon or bracket after it: a sentence about such notes is none.
const TODO = /^[\s*#!/-]*(?:TODO|FIXME)\b|\b(?:TODO|FIXME)\s?[:(]/;

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
