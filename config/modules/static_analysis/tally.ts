import { LIMITS } from "./limits.ts";

/** Why a file was not counted. `ignored` is by .gitignore, the default list or `exclude`; a whole directory counts once. */
export const SKIP_REASONS = ["ignored", "binary", "oversize", "unreadable", "symlink", "special"] as const;
/** One of {@link SKIP_REASONS}. */
export type SkipReason = (typeof SKIP_REASONS)[number];

/** How many lines of a file are what; a line with code and a comment is code. */
export interface LineCounts {
  readonly lines: number;
  readonly code: number;
  readonly comment: number;
  readonly blank: number;
}

/** A function with its complexity (McCabe: decisions + 1). */
export interface FunctionFact {
  readonly name: string;
  readonly file: string;
  /** Where it starts, from 1. */
  readonly line: number;
  readonly lines: number;
  readonly complexity: number;
  readonly language: string;
  readonly method: "syntax" | "lines";
}

/** A comment that says TODO or FIXME. */
export interface TodoFact {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** A file that did not parse. */
export interface ParseErrorFact {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What is known of one file. */
export interface FileFacts extends LineCounts {
  readonly file: string;
  readonly language: string;
  readonly kind: string;
  readonly method: "syntax" | "lines";
  readonly bytes: number;
  readonly functions: readonly FunctionFact[];
  /** Decisions outside of any function. */
  readonly topLevelDecisions: number;
  readonly todos: readonly TodoFact[];
  readonly parseError: ParseErrorFact | null;
}

/** Sums over the files of one language. */
export interface LanguageTally extends LineCounts {
  readonly name: string;
  readonly kind: string;
  readonly method: "syntax" | "lines";
  readonly files: number;
  readonly bytes: number;
  readonly functions: number;
  readonly complexity: number;
}

/** A file in the list of the largest. */
export interface LargeFile {
  readonly file: string;
  readonly language: string;
  readonly lines: number;
  readonly bytes: number;
}

/** A file that was not counted. */
export interface SkippedFile {
  readonly file: string;
  readonly reason: SkipReason;
  /** What the system said, where it said something. */
  readonly detail?: string;
}

/** The upper ends of the classes of complexity; the last class is open. */
export const COMPLEXITY_CLASSES = [
  { label: "1–5", max: 5 },
  { label: "6–10", max: 10 },
  { label: "11–20", max: 20 },
  { label: "21–50", max: 50 },
  { label: "over 50", max: Number.POSITIVE_INFINITY },
] as const;

/**
 * What is known of any number of files, of bounded size: sums, and the few best of each list. Plain data, so that it can
 * cross threads. {@link mergeTallies} is associative and commutative: the order of batches does not matter.
 */
export interface Tally {
  languages: Record<string, LanguageTally>;
  /** Functions per class of complexity, and over the limits. */
  distribution: number[];
  /** Complexity of all functions together. */
  functionComplexity: number;
  complexFunctions: number;
  longFunctions: number;
  maxComplexity: number;
  testFiles: number;
  /** Programming files above {@link LIMITS.largeFile} lines, and the lines in them. */
  largeFiles: number;
  largeFileLines: number;
  /** Files that were counted by lines because they are nested too deep for the parser. */
  tooDeep: number;
  todoCount: number;
  parseErrorCount: number;
  skippedCounts: Record<SkipReason, number>;
  largest: LargeFile[];
  mostComplex: FunctionFact[];
  /** Above {@link LIMITS.longFunction} lines, outside of tests. */
  longest: FunctionFact[];
  todos: TodoFact[];
  parseErrors: ParseErrorFact[];
  skipped: SkippedFile[];
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return {
    languages: {},
    distribution: COMPLEXITY_CLASSES.map(() => 0),
    functionComplexity: 0,
    complexFunctions: 0,
    longFunctions: 0,
    maxComplexity: 0,
    testFiles: 0,
    largeFiles: 0,
    largeFileLines: 0,
    tooDeep: 0,
    todoCount: 0,
    parseErrorCount: 0,
    skippedCounts: { ignored: 0, binary: 0, oversize: 0, unreadable: 0, symlink: 0, special: 0 },
    largest: [],
    mostComplex: [],
    longest: [],
    todos: [],
    parseErrors: [],
    skipped: [],
  };
}

/** Order of text by code unit: the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byPlace = (a: { file: string; line?: number }, b: { file: string; line?: number }): number =>
  byText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0);

/** Cuts every list of `tally` to its best entries, in their final order. */
export function trimTally(tally: Tally): void {
  tally.largest = tally.largest
    .sort((a, b) => b.lines - a.lines || byPlace(a, b))
    .slice(0, LIMITS.largestFiles);
  tally.mostComplex = tally.mostComplex
    .sort((a, b) => b.complexity - a.complexity || byPlace(a, b) || byText(a.name, b.name))
    .slice(0, LIMITS.complexFunctions);
  tally.longest = tally.longest
    .sort((a, b) => b.lines - a.lines || byPlace(a, b) || byText(a.name, b.name))
    .slice(0, LIMITS.longestFunctions);
  tally.todos = tally.todos.sort(byPlace).slice(0, LIMITS.todos);
  tally.parseErrors = tally.parseErrors.sort(byPlace).slice(0, LIMITS.parseErrors);
  tally.skipped = SKIP_REASONS.flatMap((reason) =>
    tally.skipped
      .filter((file) => file.reason === reason)
      .sort(byPlace)
      .slice(0, LIMITS.skippedPerReason),
  );
}

/** Adds `other` to `tally`. O(languages + list limits). */
export function mergeTallies(tally: Tally, other: Tally): void {
  for (const [name, language] of Object.entries(other.languages)) {
    tally.languages[name] = addLanguage(tally.languages[name], language);
  }
  other.distribution.forEach((count, index) => {
    tally.distribution[index] = (tally.distribution[index] ?? 0) + count;
  });
  for (const key of SUMS) tally[key] += other[key];
  tally.maxComplexity = Math.max(tally.maxComplexity, other.maxComplexity);
  for (const reason of SKIP_REASONS) tally.skippedCounts[reason] += other.skippedCounts[reason];
  tally.largest.push(...other.largest);
  tally.mostComplex.push(...other.mostComplex);
  tally.longest.push(...other.longest);
  tally.todos.push(...other.todos);
  tally.parseErrors.push(...other.parseErrors);
  tally.skipped.push(...other.skipped);
  trimTally(tally);
}

const SUMS = [
  "functionComplexity",
  "complexFunctions",
  "longFunctions",
  "testFiles",
  "largeFiles",
  "largeFileLines",
  "tooDeep",
  "todoCount",
  "parseErrorCount",
] as const;
const LANGUAGE_SUMS = [
  "files",
  "bytes",
  "functions",
  "complexity",
  "lines",
  "code",
  "comment",
  "blank",
] as const;

/** The sum of two tallies of one language. */
export function addLanguage(a: LanguageTally | undefined, b: LanguageTally): LanguageTally {
  if (!a) return b;
  const sum: Record<string, number> = {};
  for (const key of LANGUAGE_SUMS) sum[key] = a[key] + b[key];
  // Files that did not parse do not make a parsed language an estimated one, whichever came first.
  const method = a.method === "syntax" || b.method === "syntax" ? "syntax" : "lines";
  return { ...a, ...sum, method };
}
