import { findTodo } from "./find-todos.ts";
import type { Language } from "./languages.ts";
import { LIMITS, shorten } from "./limits.ts";
import { type StrippedText, stripComments } from "./strip-comments.ts";
import type { FunctionFact, LineCounts, TodoFact } from "./tally.ts";

/** What a text tells when it is measured, by whichever method. */
export interface Measured extends LineCounts {
  readonly functions: readonly FunctionFact[];
  readonly topLevelDecisions: number;
  readonly todos: readonly TodoFact[];
}

// Longer lines are generated; looking for function heads in them finds nothing and takes long.
const LONGEST_HEAD = 400;

/**
 * Measures a text line by line: a function starts at a line that looks like its head and ends where the next one
 * starts; its complexity is 1 + the decision words between. An estimate, marked `method: "lines"`. O(length).
 */
export function measureLines(file: string, text: string, language: Language): Measured {
  const stripped = stripComments(text, language);
  const { lines, code, comment, blank } = stripped;
  const { functions, topLevelDecisions } = findFunctions(file, stripped, language);
  return {
    lines,
    code,
    comment,
    blank,
    functions,
    topLevelDecisions,
    todos: findTodos(file, stripped, language),
  };
}

function findTodos(file: string, { codeOf, commentOf }: StrippedText, language: Language): TodoFact[] {
  const where = language.kind === "prose" ? codeOf : commentOf;
  return where.flatMap((text, index) => (text === "" ? [] : (findTodo(file, index + 1, text) ?? [])));
}

interface Found {
  readonly functions: FunctionFact[];
  readonly topLevelDecisions: number;
}

function findFunctions(file: string, { codeOf }: StrippedText, language: Language): Found {
  const functions: FunctionFact[] = [];
  let open: { name: string; line: number; decisions: number } | null = null;
  let topLevelDecisions = 0;
  const close = (end: number): void => {
    if (!open) return;
    const { name, line, decisions } = open;
    functions.push({
      name,
      file,
      line,
      lines: end - line + 1,
      complexity: decisions + 1,
      language: language.name,
      method: "lines",
    });
  };
  codeOf.forEach((code, index) => {
    const name = code.length <= LONGEST_HEAD ? language.functions?.exec(code)?.[1] : undefined;
    if (name !== undefined && !CONTROL_WORDS.has(name)) {
      close(index);
      open = { name: shorten(name, LIMITS.name), line: index + 1, decisions: 0 };
    }
    const decisions = language.decisions ? (code.match(language.decisions)?.length ?? 0) : 0;
    if (open) open.decisions += decisions;
    else topLevelDecisions += decisions;
  });
  close(codeOf.length);
  return { functions, topLevelDecisions };
}

// `else if (x) {` has the shape of a head.
const CONTROL_WORDS = new Set([
  "if",
  "for",
  "while",
  "switch",
  "catch",
  "foreach",
  "using",
  "lock",
  "return",
  "sizeof",
  "when",
  "with",
  "synchronized",
]);
