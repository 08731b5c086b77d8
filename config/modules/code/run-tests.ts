import { TaskExecutionError } from "@orch/tasks";
import type { ProjectFolder } from "../shared/project-folder.ts";
import { lastWords, type ProgramResult, runProgram } from "../shared/run-program.ts";
import { scan } from "../static_analysis/scan.ts";

/** How the tests of a project went. */
export interface TestRun {
  /** `script`: the project's own; `node`: Node's test runner; `none`: there are no tests. */
  readonly runner: "script" | "node" | "none";
  readonly passed: boolean;
  /** Test files; 0 for a script, which does not tell. */
  readonly files: number;
  /** Tests, as far as the output says; null where it does not. */
  readonly total: number | null;
  readonly failures: number | null;
  readonly skipped: number | null;
  readonly duration_seconds: number;
  /** The end of what was written. */
  readonly output: string;
}

/** Files that Node's runner takes for tests, in the languages that it can run. */
const TESTS = ["*.test.js", "*.test.mjs", "*.test.cjs", "*.test.ts", "*.test.mts"];
/** So many files go into one command line. */
const MOST_FILES = 2000;
const MOST_OUTPUT = 4000;

/**
 * Runs the `test` script of a project, else its test files with Node's own runner. Without either there is nothing to run,
 * which `passed` says as well. TASK_EXECUTION_FAILED, with the end of the output, when a test fails.
 */
export async function runTests(project: ProjectFolder, signal: AbortSignal): Promise<TestRun> {
  if (project.scripts["test"] !== undefined) {
    const result = await runNode(["--run", "test"], project, signal);
    return outcome("script", 0, result, project);
  }
  const { files } = await scan(project.path, { include: TESTS, exclude: [], signal });
  if (files.length === 0) return NOTHING;
  const chosen = files.slice(0, MOST_FILES);
  const result = await runNode(["--test", "--test-reporter=tap", ...chosen], project, signal);
  return outcome("node", chosen.length, result, project);
}

const NOTHING: TestRun = {
  runner: "none",
  passed: true,
  files: 0,
  total: 0,
  failures: 0,
  skipped: 0,
  duration_seconds: 0,
  output: "",
};

const runNode = (
  args: readonly string[],
  { path }: ProjectFolder,
  signal: AbortSignal,
): Promise<ProgramResult> =>
  runProgram({ command: process.execPath, args, cwd: path, signal, env: { CI: "1" } });

function outcome(
  runner: "script" | "node",
  files: number,
  { exitCode, stdout, stderr, durationSeconds }: ProgramResult,
  { path }: ProjectFolder,
): TestRun {
  const run: TestRun = {
    runner,
    passed: exitCode === 0,
    files,
    total: countIn(stdout, "tests"),
    failures: countIn(stdout, "fail"),
    skipped: countIn(stdout, "skipped"),
    duration_seconds: durationSeconds,
    output: `${stdout}\n${stderr}`.trim().slice(-MOST_OUTPUT),
  };
  if (run.passed) return run;
  const names = failedTests(stdout);
  const why = names.length > 0 ? names.join(", ") : lastWords({ stdout: "", stderr });
  const many =
    run.failures === null ? `exit code ${String(exitCode)}` : `${run.failures} of ${run.total} failed`;
  const failed = why === "" ? many : `${many}: ${why}`;
  throw new TaskExecutionError(`The tests of ${path} failed: ${failed}`, {
    retryable: false,
    details: { ...run, exit_code: exitCode },
    suggestions: [
      `See all that they write: cd ${path} && ${runner === "script" ? "npm test" : "node --test"}`,
    ],
  });
}

/** The first tests of Node's runner that failed, by name (`not ok 2 - adds`, `✖ adds (1.2ms)`); none of another runner's. */
function failedTests(output: string): readonly string[] {
  const found = output.matchAll(/^\s*(?:not ok \d+ - (.+)|✖ (.+) \([\d.]+ms\))$/gm);
  const names = [...found].map(([, tap, spec]) => (tap ?? spec ?? "").trim());
  return [...new Set(names)].slice(0, MOST_NAMES);
}

const MOST_NAMES = 3;

/** The number behind a word in the summary of Node's runner (`# fail 2`, `ℹ fail 2`), or null. */
function countIn(output: string, word: string): number | null {
  const found = new RegExp(`^[#ℹ] ${word} (\\d+)$`, "gm");
  const last = [...output.matchAll(found)].at(-1);
  return last === undefined ? null : Number(last[1]);
}
