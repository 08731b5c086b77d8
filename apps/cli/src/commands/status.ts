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
  const { total_workflows, executions } = status["workflow_manager"] as { total_workflows: number; executions: Record<string, number> };
  const counts = Object.entries(executions).map(([name, count]) => `${count} ${name}`);
  const rows = [
    ["Status", String(status["overall_status"])],
    ["Base", String(status["base_dir"])],
    ["Workflows", String(total_workflows)],
    ["Executions", counts.join(", ") || "none yet"],
    ["Modules", (status["modules"] as string[]).join(", ")],
  ];
  for (const line of table(rows, terminal.columns)) terminal.out(line);
  for (const issue of status["issues"] as string[]) terminal.err(`  Problem: ${issue}`);
  return EXIT.success;
}
