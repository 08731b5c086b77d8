import { toIso } from "@orch/core";
import { cleanText } from "@orch/core/base";
import type { JsonObject, Project } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import { table } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { timeText } from "../time-text.ts";

/** Lists the projects, and those that cannot be read. */
export async function listProjects(options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, () => {});
  const { projectManager } = engine;
  const projects = projectManager.listProjects().flatMap((name) => projectManager.getProject(name) ?? []);
  const problems = projectManager.healthCheck().details.unreadable;
  if (options.json) {
    const listed = projects.map(({ name, writtenType, status, path, createdAt }) => ({
      ...{ name, type: writtenType, status, path },
      created_at: toIso(createdAt.getTime()),
    }));
    const result = { projects: listed, count: listed.length, load_problems: problems };
    terminal.out(JSON.stringify({ type: "result", success: true, ...result }));
    return EXIT.success;
  }
  const rows = projects.map((project) => [
    project.name,
    project.status,
    project.writtenType,
    count(project.workflows.length, "workflow"),
    project.description,
  ]);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
  if (rows.length === 0)
    terminal.out(
      `No project in ${cleanText(projectManager.projectsDir)}. Make one with: ${commandText("project create <name>")}`,
    );
  for (const { path, reason } of problems)
    terminal.err(`${paint.warn("Skipped:")} ${cleanText(path)}: ${cleanText(reason)}`);
  return EXIT.success;
}

/** Shows one project: how it stands, its milestones and its metrics. */
export async function showProject(name: string, options: GlobalOptions, terminal: Terminal): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const project = engine.projectManager.findProject(name);
  if (options.json) {
    terminal.out(JSON.stringify({ type: "result", success: true, project: project.toDict() }));
    return EXIT.success;
  }
  const description = project.description ? `  ${cleanText(project.description)}` : "";
  terminal.out(`${paint.strong(cleanText(project.name))}${description}`);
  for (const line of table(factsOf(project), terminal.lineWidth)) terminal.out(line);
  showValues("Milestones", project.milestones, terminal);
  showValues("Metrics", project.metrics, terminal);
  return EXIT.success;
}

/** What is known of a project, without what it does not have. */
function factsOf(project: Project): string[][] {
  const active = new Set(project.activeWorkflows);
  const workflows = project.workflows.map((name) => (active.has(name) ? `${name} (runs)` : name));
  const rows = [
    ["Status", project.status],
    ["Type", project.writtenType],
    ["Version", project.version],
    ["Directory", project.path],
    ["Template", project.template ?? ""],
    ["Author", project.author],
    ["Tags", project.tags.join(", ")],
    ["Workflows", workflows.join(", ")],
    ["Modules", project.requiredModules.join(", ")],
    ["Created", timeText(project.createdAt)],
    ["Updated", timeText(project.updatedAt)],
  ];
  return rows.filter(([, value]) => value !== "");
}

function showValues(title: string, values: JsonObject, terminal: Terminal): void {
  const rows = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  if (rows.length === 0) return;
  terminal.out(`\n${title}`);
  for (const line of table(rows, terminal.lineWidth)) terminal.out(line);
}
