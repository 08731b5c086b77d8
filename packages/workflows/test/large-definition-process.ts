import { executionLevels } from "@orch/dag";
import { checkWorkflow } from "../src/check-workflow.ts";
import { readDefinitionFile } from "../src/definition-files.ts";

/**
 * Loads, checks and plans the definition files that its arguments name, one after the other, and prints for each the
 * processor time that it took, and the most memory that the process has had.
 */
for (const file of process.argv.slice(2)) {
  const start = process.cpuUsage();
  const { compiled } = readDefinitionFile(file);
  if (compiled === null || checkWorkflow(compiled).length > 0) throw new Error("it has problems");
  const levels = executionLevels(compiled.graph).length;
  const { user, system } = process.cpuUsage(start);
  const peakKib = process.resourceUsage().maxRSS;
  console.log(JSON.stringify({ steps: compiled.steps.length, levels, micros: user + system, peakKib }));
}
