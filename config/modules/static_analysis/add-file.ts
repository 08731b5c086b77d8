import { LIMITS } from "./limits.ts";
import {
  addLanguage,
  COMPLEXITY_CLASSES,
  type FileFacts,
  type FunctionFact,
  type LanguageTally,
  type SkippedFile,
  type Tally,
  trimTally,
} from "./tally.ts";

// Lists are trimmed once they are this many times too long: sorting after every file would cost more than the parsing.
const SLACK = 50;
const TEST_FILE =
  /(?:^|\/)(?:tests?|specs?|__tests__)\/|(?:^|\/)test_[^/]*$|(?:_test|_spec|\.test|\.spec)\.[^./]+$/i;

/** Adds the facts of one file to `tally`. Call `trimTally` after the last one. Amortised O(functions of the file). */
export function addFile(tally: Tally, facts: FileFacts): void {
  const { file, language, kind, lines, bytes, todos, parseError } = facts;
  const isTest = TEST_FILE.test(file);
  tally.languages[language] = addLanguage(tally.languages[language], languageTallyOf(facts));
  if (kind === "programming") {
    if (isTest) tally.testFiles++;
    if (lines > LIMITS.largeFile) {
      tally.largeFiles++;
      tally.largeFileLines += lines;
    }
  }
  for (const fact of facts.functions) addFunction(tally, fact, isTest);
  tally.todoCount += todos.length;
  tally.todos.push(...todos.slice(0, LIMITS.todos));
  // Lock files and data would fill the list of the largest files, and nobody wants to split them.
  if (kind !== "data" && kind !== "other") tally.largest.push({ file, language, lines, bytes });
  if (parseError) {
    tally.parseErrorCount++;
    tally.parseErrors.push(parseError);
  }
  const isFull = tally.largest.length > SLACK * LIMITS.largestFiles;
  if (isFull || tally.mostComplex.length > SLACK * LIMITS.complexFunctions) trimTally(tally);
}

function languageTallyOf({
  language: name,
  kind,
  method,
  bytes,
  functions,
  topLevelDecisions,
  ...counts
}: FileFacts): LanguageTally {
  const complexity = functions.reduce((sum, fact) => sum + fact.complexity, topLevelDecisions);
  const { lines, code, comment, blank } = counts;
  return {
    name,
    kind,
    method,
    files: 1,
    bytes,
    functions: functions.length,
    complexity,
    lines,
    code,
    comment,
    blank,
  };
}

function addFunction(tally: Tally, fact: FunctionFact, isTest: boolean): void {
  const at = COMPLEXITY_CLASSES.findIndex(({ max }) => fact.complexity <= max);
  tally.distribution[at] = (tally.distribution[at] ?? 0) + 1;
  tally.functionComplexity += fact.complexity;
  if (fact.complexity > LIMITS.complexFunction) tally.complexFunctions++;
  if (fact.complexity > tally.maxComplexity) tally.maxComplexity = fact.complexity;
  tally.mostComplex.push(fact);
  // The callbacks that group tests are long, and nothing is wrong with that.
  if (fact.lines <= LIMITS.longFunction || isTest) return;
  tally.longFunctions++;
  tally.longest.push(fact);
}

/** Counts a file (or a whole ignored directory) that was not read. */
export function addSkipped(tally: Tally, skipped: SkippedFile): void {
  tally.skippedCounts[skipped.reason]++;
  tally.skipped.push(skipped);
  if (tally.skipped.length > SLACK * LIMITS.skippedPerReason) trimTally(tally);
}
