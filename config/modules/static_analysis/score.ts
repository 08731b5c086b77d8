import type { LanguageTally, Tally } from "./tally.ts";

/** One reason to take points off. */
export interface ScorePart {
  /** What is judged. */
  readonly name: "complexity" | "size" | "documentation" | "todo_debt" | "parsing" | "tests";
  /** Points taken off. */
  readonly lost: number;
  /** The most that this part can take off. */
  readonly max: number;
  /** What was measured, in words. */
  readonly measured: string;
}

/** The quality score: 10 less what the parts take off; null where there is no program to judge. */
export interface Score {
  readonly value: number | null;
  readonly formula: string;
  readonly parts: readonly ScorePart[];
}

/**
 * How the score is computed. Everything is a share of the programming languages' files, lines or functions, so that the
 * size of the tree does not matter. The six parts can take off 10 together.
 */
export const FORMULA = [
  "10 points, less:",
  "complexity: 30 × the share of functions above complexity 10, at most 3;",
  "size: 4 × the share of lines in files of more than 500 lines, at most 2;",
  "documentation: 1.5 × how far comments stay below 10% of code and comments;",
  "todo debt: 1 point for every 10 TODO or FIXME in 1,000 lines of code, at most 1;",
  "parsing: 15 × the share of files that do not parse, at most 1.5;",
  "tests: 1 × how far test files stay below 20% of files (from 10 files on).",
].join(" ");

const FILES_BEFORE_TESTS = 10;

/** The score of what was counted. */
export function scoreOf(tally: Tally): Score {
  const sums = programmingSums(tally);
  if (sums.files === 0) return { value: null, formula: FORMULA, parts: [] };
  const parts = [
    complexity(tally, sums),
    size(tally, sums),
    documentation(sums),
    todoDebt(tally, sums),
    parsing(tally, sums),
    tests(tally, sums),
  ];
  const lost = parts.reduce((sum, part) => sum + part.lost, 0);
  return { value: round(Math.max(0, 10 - lost), 1), formula: FORMULA, parts };
}

/** `value` to `digits` places. */
export const round = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;

type Sums = Pick<LanguageTally, "files" | "lines" | "code" | "comment" | "functions">;

function programmingSums({ languages }: Tally): Sums {
  const sums = { files: 0, lines: 0, code: 0, comment: 0, functions: 0 };
  for (const language of Object.values(languages)) {
    if (language.kind !== "programming") continue;
    for (const key of ["files", "lines", "code", "comment", "functions"] as const) sums[key] += language[key];
  }
  return sums;
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const percent = (value: number): string => `${round(value * 100, 1)}%`;

function part(name: ScorePart["name"], max: number, lost: number, measured: string): ScorePart {
  return { name, lost: round(Math.min(max, lost)), max, measured };
}

function complexity({ complexFunctions }: Tally, { functions }: Sums): ScorePart {
  const value = share(complexFunctions, functions);
  return part("complexity", 3, 30 * value, `${percent(value)} of functions are above complexity 10`);
}

function size({ largeFileLines }: Tally, { lines }: Sums): ScorePart {
  const value = share(largeFileLines, lines);
  return part("size", 2, 4 * value, `${percent(value)} of lines are in files of more than 500 lines`);
}

function documentation({ code, comment }: Sums): ScorePart {
  const value = share(comment, code + comment);
  return part(
    "documentation",
    1.5,
    1.5 * Math.max(0, 1 - value / 0.1),
    `${percent(value)} of lines with text are comments`,
  );
}

function todoDebt({ todoCount }: Tally, { code }: Sums): ScorePart {
  const value = share(todoCount * 1_000, Math.max(code, 1));
  return part("todo_debt", 1, value / 10, `${round(value, 1)} TODO or FIXME in 1,000 lines of code`);
}

function parsing({ parseErrorCount }: Tally, { files }: Sums): ScorePart {
  const value = share(parseErrorCount, files);
  return part("parsing", 1.5, 15 * value, `${percent(value)} of files do not parse`);
}

function tests({ testFiles }: Tally, { files }: Sums): ScorePart {
  if (files < FILES_BEFORE_TESTS) return part("tests", 1, 0, `not judged below ${FILES_BEFORE_TESTS} files`);
  const value = share(testFiles, files);
  return part("tests", 1, Math.max(0, 1 - value / 0.2), `${percent(value)} of files are tests`);
}
