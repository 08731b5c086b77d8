import { LIMITS } from "./limits.ts";
import {
  addLanguage,
  COMPLEXITY_CLASSES,
  type FileFacts,
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
  const complexity = facts.functions.reduce(
    (sum, { complexity }) => sum + complexity,
    facts.topLevelDecisions,
  );
  const { language: name, kind, method, lines, code, comment, blank, bytes } = facts;
  const one = {
    name,
    kind,
    method,
    files: 1,
    bytes,
    functions: facts.functions.length,
    complexity,
    lines,
    code,
    comment,
    blank,
  };
  tally.languages[name] = addLanguage(tally.languages[name], one);
  if (kind === "programming") {
    if (TEST_FILE.test(facts.file)) tally.testFiles++;
    if (lines > LIMITS.largeFile) {
      tally.largeFiles++;
      tally.largeFileLines += lines;
    }
  }
  for (const fact of facts.functions) addFunction(tally, fact);
  tally.todoCount += facts.todos.length;
  tally.todos.push(...facts.todos.slice(0, LIMITS.todos));
  // Lock files and data would fill the list of the largest files, and nobody wants to split them.
  if (kind !== "data" && kind !== "other")
    tally.largest.push({ file: facts.file, language: name, lines, bytes });
  if (facts.parseError) {
    tally.parseErrorCount++;
    tally.parseErrors.push(facts.parseError);
  }
  if (
    tally.largest.length > SLACK * LIMITS.largestFiles ||
    tally.mostComplex.length > SLACK * LIMITS.complexFunctions
  )
    trimTally(tally);
}

function addFunction(tally: Tally, fact: FileFacts["functions"][number]): void {
  const at = COMPLEXITY_CLASSES.findIndex(({ max }) => fact.complexity <= max);
  tally.distribution[at] = (tally.distribution[at] ?? 0) + 1;
  tally.functionComplexity += fact.complexity;
  if (fact.complexity > LIMITS.complexFunction) tally.complexFunctions++;
  if (fact.lines > LIMITS.longFunction) tally.longFunctions++;
  if (fact.complexity > tally.maxComplexity) tally.maxComplexity = fact.complexity;
  tally.mostComplex.push(fact);
}

/** Counts a file (or a whole ignored directory) that was not read. */
export function addSkipped(tally: Tally, skipped: SkippedFile): void {
  tally.skippedCounts[skipped.reason]++;
  tally.skipped.push(skipped);
  if (tally.skipped.length > SLACK * LIMITS.skippedPerReason) trimTally(tally);
}
