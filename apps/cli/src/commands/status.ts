import { cleanText } from "@orch/core/base";
import type { JsonObject } from "@orch/engine";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** Says what is defined, what runs and what is wrong in this base directory. */
export async function showStatus(options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const status = engine.getSystemStatus();
  if (options.json) {
    terminal.out(JSON.stringify({ type: "result", success: true, ...status }));
    return EXIT.success;
  }
  for (const line of table(rowsOf(status), terminal.lineWidth)) terminal.out(line);
  for (const issue of status["issues"] as string[]) terminal.err(`  Problem: ${cleanText(issue)}`);
  return EXIT.success;
}

function rowsOf(status: JsonObject): string[][] {
  const { total_workflows, executions } = status["workflow_manager"] as {
    readonly total_workflows: number;
    readonly executions: Readonly<Record<string, number>>;
  };
  const counts = Object.entries(executions).map(([name, many]) => `${many} ${name.replace("_", " ")}`);
  return [
    ["Status", String(status["overall_status"])],
    ["Base", String(status["base_dir"])],
    ["Workflows", String(total_workflows)],
    ["Executions", counts.join(", ") || "none yet"],
    ["Projects", projectsText(status["project_manager"] as JsonObject)],
    ["Modules", (status["modules"] as string[]).join(", ") || "none"],
    ["Built in", (status["control_modules"] as string[]).join(", ")],
  ];
}

/** How many there are with each status. */
function projectsText({ by_status }: JsonObject): string {
  const counts = Object.entries(by_status as Readonly<Record<string, number>>);
  return counts.map(([status, many]) => `${many} ${status}`).join(", ") || "none yet";
}
