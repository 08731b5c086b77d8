import { loadConfig, type OrchestrationConfig, type OrchestrationEngine } from "@orch/engine";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { definitionFindings, moduleFindings, projectFindings } from "./definitions.ts";
import { type Finding, problemOf } from "./finding.ts";
import { baseFindings, nodeFindings, stateFindings } from "./machine.ts";
import { processFindings } from "./processes.ts";

/** What is looked at. */
export interface LookOptions extends GlobalOptions {
  /** Also loads every module, which runs their code. */
  readonly load?: boolean;
}

/** Looks at everything. One that cannot be looked at is a finding, too, and keeps nothing else from being looked at. */
export async function look(options: LookOptions): Promise<Finding[]> {
  const findings: Finding[] = [...nodeFindings()];
  let config: OrchestrationConfig;
  try {
    config = loadConfig({ baseDir: options.baseDir, configFile: options.config });
  } catch (error) {
    return [...findings, problemOf("settings", error)];
  }
  findings.push(...baseFindings(config), ...stateFindings(config));
  if (findings.some(({ about, level }) => about === "state" && level === "problem")) return findings;
  try {
    await using engine = openEngine(options, () => {});
    const looks: [string, (engine: OrchestrationEngine) => Finding[] | Promise<Finding[]>][] = [
      ["processes", processFindings],
      ["workflows", definitionFindings],
      ["projects", projectFindings],
      ["modules", (each) => moduleFindings(each, options.load ?? false)],
    ];
    for (const [about, each] of looks) findings.push(...(await tried(about, () => each(engine))));
    await engine.shutdown({ keepSessions: true });
  } catch (error) {
    findings.push(problemOf("engine", error));
  }
  return findings;
}

async function tried(about: string, each: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await each();
  } catch (error) {
    return [problemOf(about, error)];
  }
}
