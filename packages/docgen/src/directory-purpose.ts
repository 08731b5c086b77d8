import { needText } from "@orch/core/base";

/** What directories are for, by name or part of a name; the first that fits counts. */
const PURPOSES: ReadonlyMap<string, string> = new Map([
  ["src", "Source code and implementation files"],
  ["config", "Configuration files and settings"],
  ["data", "Data files and datasets"],
  ["output", "Generated output files and artifacts"],
  ["reports", "Analysis reports and documentation"],
  ["tests", "Test files and test data"],
  ["docs", "Documentation files"],
  ["frontend", "Frontend application code"],
  ["backend", "Backend application code"],
  ["database", "Database schemas and migrations"],
  ["deploy", "Deployment configuration and scripts"],
  ["pipelines", "Data processing pipelines"],
  ["notebooks", "Jupyter notebooks and analysis scripts"],
]);

/**
 * What a directory is for, by its name: `src` is "Source code and implementation files"; one whose lower-cased name has
 * such a word in it is for the same; any other is "Files and resources for …". The type of the project changes nothing yet.
 */
export function getDirectoryPurpose(name: string, _projectType?: string): string {
  const lower = needText("name", name).toLowerCase();
  const exact = PURPOSES.get(name);
  if (exact !== undefined) return exact;
  for (const [word, purpose] of PURPOSES) if (lower.includes(word)) return purpose;
  return `Files and resources for ${name}`;
}

/** What a directory is for to an agent: "Agent surface for my module components in MyProject". */
export function getDirectoryAgentPurpose(name: string, projectName: string): string {
  const words = needText("name", name).replaceAll(/[_/]/g, " ");
  return `Agent surface for ${words} components in ${needText("projectName", projectName)}`;
}
