import type { OrchestrationEngine } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { type Finding, fine, problemOf } from "./finding.ts";

/** Files of workflows that cannot be used. */
export function definitionFindings({ workflowManager }: OrchestrationEngine): Finding[] {
  const broken = workflowManager.loadProblems;
  if (broken.length === 0) {
    const many = workflowManager.listWorkflowNames().length;
    return [fine("workflows", `${count(many, "workflow")} can be run by name`)];
  }
  return broken.map(({ file, problems }) => ({
    level: "problem",
    about: "workflows",
    message: `${file}: ${problems.map(({ path, message }) => [path, message].filter(Boolean).join(": ")).join("; ")}`,
    suggestions: [`Check it: ${commandText(`workflow validate ${file}`)}`],
  }));
}

/** Projects that cannot be read. */
export function projectFindings({ projectManager }: OrchestrationEngine): Finding[] {
  const { unreadable } = projectManager.healthCheck().details;
  if (unreadable.length === 0)
    return [fine("projects", count(projectManager.listProjects().length, "project"))];
  return unreadable.map(({ path, reason }) => ({
    level: "problem",
    about: "projects",
    message: `${path}: ${reason}`,
    suggestions: ["Correct its project.json, or move the directory away."],
  }));
}

/** Modules whose code cannot be loaded; it is only run where that is wanted. */
export async function moduleFindings({ modules }: OrchestrationEngine, load: boolean): Promise<Finding[]> {
  const files = modules.listModules().filter((name) => modules.fileOf(name) !== null);
  if (!load || files.length === 0) {
    const how = files.length === 0 ? "" : `, not loaded: ${commandText("doctor --load")} tries them`;
    return [fine("modules", `${count(files.length, "file")}${how}`)];
  }
  const findings: Finding[] = [];
  for (const name of files) {
    try {
      await modules.load(name);
    } catch (error) {
      findings.push(problemOf("modules", error));
    }
  }
  return findings.length > 0
    ? findings
    : [fine("modules", `${count(files.length, "file")}, all of them load`)];
}
