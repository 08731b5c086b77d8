import type { AnalysisData } from "../shared/analysis.ts";
import type { Match, Rule, Severity } from "./finding.ts";

const MOST_EVIDENCE = 5;
const COMPLEX = 10;
const VERY_COMPLEX = 20;
const LONG_FUNCTION = 60;
const LARGE_FILE = 500;

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const percent = (value: number): string => `${Math.round(value * 1_000) / 10}%`;
const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

function match(severity: Severity, title: string, evidence: readonly string[]): Match {
  return { severity, title, evidence: evidence.slice(0, MOST_EVIDENCE) };
}

const describe = ({
  name,
  file,
  line,
  complexity,
  lines,
  method,
}: AnalysisData["complex_functions"][number]): string =>
  `${name} at ${file}:${line}, complexity ${complexity}, ${plural(lines, "line")}${method === "lines" ? " (estimated from lines)" : ""}`;

const veryComplex: Rule = {
  id: "very-complex-functions",
  area: "complexity",
  why: "Every path needs a test and a reader's attention; faults gather where the paths are many.",
  suggestion:
    "Give each branch with a purpose of its own a named function, return early, or turn long condition chains into a table.",
  match({ complex_functions }) {
    const worst = complex_functions.filter(({ complexity }) => complexity > VERY_COMPLEX);
    if (worst.length === 0) return null;
    const title =
      worst.length === 1
        ? `One function has a complexity above ${VERY_COMPLEX}`
        : `${worst.length} of the most complex functions are above complexity ${VERY_COMPLEX}`;
    return match(worst.length > 2 ? "high" : "medium", title, worst.map(describe));
  },
};

const complexShare: Rule = {
  id: "complex-functions",
  area: "complexity",
  why: "A complexity above 10 is where functions become hard to test and to change with confidence.",
  suggestion: "Start with the most complex ones that change often; a test for each path first, then split.",
  match({ summary: { complex_functions: count, functions }, complex_functions: list }) {
    if (count === 0) return null;
    const value = share(count, functions);
    const severity = value > 0.1 ? "high" : value > 0.03 ? "medium" : "low";
    const some = list.filter(({ complexity }) => complexity > COMPLEX && complexity <= VERY_COMPLEX);
    return match(
      severity,
      `${plural(count, "function")} (${percent(value)}) above complexity ${COMPLEX}`,
      some.map(describe),
    );
  },
};

const longFunctions: Rule = {
  id: "long-functions",
  area: "maintainability",
  why: "A function that does not fit on a screen is read in pieces, and its variables live far from their use.",
  suggestion: "Cut along the blank lines and comments that already mark its parts.",
  match({ summary: { long_functions: count, functions }, longest_functions: list }) {
    if (count === 0) return null;
    return match(
      share(count, functions) > 0.05 ? "medium" : "low",
      `${plural(count, "function")} of more than ${LONG_FUNCTION} lines`,
      list.map(describe),
    );
  },
};

const largeFiles: Rule = {
  id: "large-files",
  area: "size",
  why: "Large files are where unrelated changes meet, and merge conflicts with them.",
  suggestion: "Split by noun: each part that can be named gets a file, with its tests beside it.",
  match({ summary: { large_files: count, source_files }, largest_files }) {
    if (count === 0) return null;
    const severity =
      share(count, source_files) > 0.1 ? "high" : share(count, source_files) > 0.02 ? "medium" : "low";
    const some = largest_files
      .filter(({ lines }) => lines > LARGE_FILE)
      .map(({ file, lines }) => `${file}, ${plural(lines, "line")}`);
    return match(severity, `${plural(count, "source file")} of more than ${LARGE_FILE} lines`, some);
  },
};

const fewComments: Rule = {
  id: "few-comments",
  area: "documentation",
  why: "Without a word on purpose and limits, a reader has to guess both from the code.",
  suggestion: "Say on every export what it is, its units and its errors; inside, say why.",
  match({ summary: { source_code_lines: code, source_comment_lines: comment } }) {
    const value = share(comment, code + comment);
    if (code < 100 || value >= 0.1) return null;
    return match(value < 0.03 ? "medium" : "low", `Only ${percent(value)} of the source lines are comments`, [
      `${comment} comment lines beside ${code} lines of code`,
    ]);
  },
};

const todoDebt: Rule = {
  id: "todo-debt",
  area: "todo_debt",
  why: "A note in the code is read by whoever happens to pass, and grows old unseen.",
  suggestion: "Do the small ones now, move the others to the issue tracker with a link, delete the rest.",
  match({ summary: { todos: count, source_code_lines: code }, todos }) {
    if (count === 0) return null;
    const density = share(count * 1_000, Math.max(code, 1));
    const severity = density > 10 ? "medium" : "low";
    const title = `${plural(count, "TODO or FIXME", "TODO or FIXME comments")}, ${Math.round(density * 10) / 10} in 1,000 lines`;
    return match(
      severity,
      title,
      todos.examples.map(({ file, line, text }) => `${file}:${line} ${text}`),
    );
  },
};

const structure: Rule = {
  id: "uneven-files",
  area: "structure",
  why: "When one file holds much of a code base, everything depends on it and it is hard to work on side by side.",
  suggestion:
    "Look for groups in it that change together and know little of the rest, and move them out one at a time.",
  match({ largest_files, summary: { source_files }, languages }) {
    const names = new Set(languages.filter(({ kind }) => kind === "programming").map(({ name }) => name));
    const total = languages.reduce((sum, { kind, lines }) => (kind === "programming" ? sum + lines : sum), 0);
    const largest = largest_files.find(({ language }) => names.has(language));
    if (!largest || source_files < 5 || share(largest.lines, total) <= 0.25) return null;
    return match("medium", `One file holds ${percent(share(largest.lines, total))} of all source lines`, [
      `${largest.file}, ${largest.lines} of ${total} lines`,
    ]);
  },
};

const tests: Rule = {
  id: "few-tests",
  area: "tests",
  why: "Without tests beside it, code is changed by hope; the files with most branches first.",
  suggestion: "Begin with the most complex functions: one test per path, named by the behaviour it pins.",
  match({ summary: { test_files: count, source_files } }) {
    const value = share(count, source_files);
    if (source_files < 10 || value >= 0.2) return null;
    const title =
      count === 0 ? "No test file was found" : `Only ${percent(value)} of the source files are tests`;
    return match(count === 0 ? "high" : value < 0.1 ? "medium" : "low", title, [
      `${count} test files of ${source_files} source files (judged by their names)`,
    ]);
  },
};

const parseErrors: Rule = {
  id: "parse-errors",
  area: "correctness",
  why: "A file that does not parse cannot run, or is written in a dialect that tools do not know.",
  suggestion: "Open the place named; if it is a template or a fixture, leave it out with exclude.",
  match({ summary: { parse_errors: count }, parse_errors }) {
    if (count === 0) return null;
    return match(
      "high",
      `${plural(count, "file")} did not parse`,
      parse_errors.examples.map(({ file, line, message }) => `${file}:${line} ${message}`),
    );
  },
};

const unreadable: Rule = {
  id: "unreadable-files",
  area: "correctness",
  why: "What could not be read was not judged, so the figures are incomplete.",
  suggestion: "Give this user the right to read them, or leave them out with exclude.",
  match({ skipped: { reasons } }) {
    const count = reasons["unreadable"] ?? 0;
    return count === 0
      ? null
      : match(
          "medium",
          `${plural(count, "file or directory", "files or directories")} could not be read`,
          [],
        );
  },
};

/** The table of rules, in the order in which they are shown. Each looks at numbers only; none runs or reads any code. */
export const RULES: readonly Rule[] = [
  veryComplex,
  complexShare,
  parseErrors,
  tests,
  largeFiles,
  structure,
  longFunctions,
  fewComments,
  todoDebt,
  unreadable,
];
