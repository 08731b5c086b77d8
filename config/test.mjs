// Runs every test and closes with the tally "N passed, N failed", read from the runner's own report.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

const report = ".cache/vitest.json";
rmSync(report, { force: true });
const args = [
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
];
const { status } = spawnSync("vitest", args, { stdio: "inherit", shell: process.platform === "win32" });
let [passed, failed] = [0, 1];
try {
  const results = JSON.parse(readFileSync(report, "utf8"));
  // A file that fails to load holds no failed test, so failed files without one count too.
  const fails = ({ status }) => status === "failed";
  const broken = results.testResults.filter((file) => fails(file) && !file.assertionResults.some(fails));
  [passed, failed] = [results.numPassedTests, results.numFailedTests + broken.length];
  // An error outside any test (or coverage below its threshold) fails the run without failing a test.
  if (status !== 0 && failed === 0) failed = 1;
} catch (error) {
  console.error(`No test report: ${error instanceof Error ? error.message : error}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
