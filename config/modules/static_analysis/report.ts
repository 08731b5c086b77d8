import { LIMITS, shorten } from "./limits.ts";
import type { Analysis } from "./output.ts";
import { round, scoreOf } from "./score.ts";
import { byText, COMPLEXITY_CLASSES, type LanguageTally, type Tally } from "./tally.ts";

/** What the tally does not know. */
export interface ReportFacts {
  readonly path: string;
  readonly directories: number;
  readonly workers: number;
  readonly durationSeconds: number;
}

/** The answer of the analysis from what was counted. */
export function reportOf(
  tally: Tally,
  { path, directories, workers, durationSeconds }: ReportFacts,
): Analysis {
  const { value, ...score } = scoreOf(tally);
  const languages = Object.values(tally.languages).sort((a, b) => b.code - a.code || byText(a.name, b.name));
  const skipped = Object.values(tally.skippedCounts).reduce((sum, each) => sum + each, 0);
  return {
    path,
    quality_score: value,
    score: { ...score, parts: [...score.parts] },
    summary: { ...summaryOf(tally, languages), directories, skipped },
    languages: languages.map((language) => ({ ...language })),
    distribution: COMPLEXITY_CLASSES.map(({ label }, index) => ({
      label,
      functions: tally.distribution[index] ?? 0,
    })),
    largest_files: tally.largest.map(shortFile),
    complex_functions: tally.mostComplex.map(shortFile),
    longest_functions: tally.longest.map(shortFile),
    todos: { count: tally.todoCount, examples: tally.todos.map(shortFile) },
    skipped: { total: skipped, reasons: { ...tally.skippedCounts }, examples: tally.skipped.map(shortFile) },
    parse_errors: { count: tally.parseErrorCount, examples: tally.parseErrors.map(shortFile) },
    workers,
    duration_seconds: round(durationSeconds, 3),
  };
}

const shortFile = <T extends { readonly file: string }>(fact: T): T => ({
  ...fact,
  file: shorten(fact.file, LIMITS.name),
});

function summaryOf(
  tally: Tally,
  languages: readonly LanguageTally[],
): Omit<Analysis["summary"], "directories" | "skipped"> {
  const source = languages.filter(({ kind }) => kind === "programming");
  const functions = sum(languages, "functions");
  // Decisions outside of functions are part of a language's complexity, not of its functions' average.
  return {
    files: sum(languages, "files"),
    lines: sum(languages, "lines"),
    code_lines: sum(languages, "code"),
    comment_lines: sum(languages, "comment"),
    blank_lines: sum(languages, "blank"),
    source_files: sum(source, "files"),
    source_code_lines: sum(source, "code"),
    source_comment_lines: sum(source, "comment"),
    functions,
    average_complexity: functions === 0 ? 0 : round(tally.functionComplexity / functions),
    max_complexity: tally.maxComplexity,
    complex_functions: tally.complexFunctions,
    long_functions: tally.longFunctions,
    large_files: tally.largeFiles,
    test_files: tally.testFiles,
    todos: tally.todoCount,
    parse_errors: tally.parseErrorCount,
    too_deep: tally.tooDeep,
  };
}

function sum(
  languages: readonly LanguageTally[],
  key: "files" | "lines" | "code" | "comment" | "blank" | "functions",
): number {
  return languages.reduce((total, language) => total + language[key], 0);
}
