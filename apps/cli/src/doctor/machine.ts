import { accessSync, constants } from "node:fs";
import { inspectState } from "@orch/core/state-care";
import type { OrchestrationConfig } from "@orch/engine";
import { count } from "../count.ts";
import { type Finding, fine } from "./finding.ts";

/** The oldest Node that this runs on. */
const OLDEST_NODE = 24;

/** The program's own ground: Node and the SQLite in it. */
export function nodeFindings(versions: NodeJS.ProcessVersions = process.versions): Finding[] {
  const text = `Node ${versions.node}, SQLite ${versions["sqlite"] ?? "unknown"}`;
  if (Number.parseInt(versions.node, 10) >= OLDEST_NODE) return [fine("node", text)];
  return [
    {
      level: "problem",
      about: "node",
      message: `${text}: Node ${OLDEST_NODE} or newer is needed`,
      suggestions: [`Use Node ${OLDEST_NODE} or newer.`],
    },
  ];
}

/** Settings and the base directory. */
export function baseFindings({ baseDir, configFile, warnings }: OrchestrationConfig): Finding[] {
  const settings: Finding[] = warnings.map((message) => ({
    level: "warning",
    about: "settings",
    message,
    suggestions: ["Correct the key, or take it out."],
  }));
  const read = fine("settings", configFile === null ? "No file of settings; the defaults hold" : configFile);
  return [...(settings.length > 0 ? settings : [read]), writable(baseDir)];
}

function writable(baseDir: string): Finding {
  try {
    accessSync(baseDir, constants.R_OK | constants.W_OK);
    return fine("base", baseDir);
  } catch {
    return {
      level: "problem",
      about: "base",
      message: `${baseDir} cannot be read and written by you`,
      suggestions: [
        `Give yourself the right: chmod u+rwx '${baseDir}'`,
        "Or use another one: --base-dir <dir>",
      ],
    };
  }
}

/** The state directory: who can use it, and whether the database is whole. */
export function stateFindings({ stateDir }: OrchestrationConfig): Finding[] {
  const facts = inspectState(stateDir);
  if (facts === null) return [fine("state", "None yet; it is made by the first run")];
  const { exposed, damage, bytes, blobs } = facts;
  const findings: Finding[] = exposed.map((message) => ({
    level: "warning",
    about: "access",
    message,
    suggestions: [`Keep it to yourself: chmod -R go-rwx '${stateDir}'`],
  }));
  if (damage !== null && damage.length > 0)
    return [
      ...findings,
      {
        level: "problem",
        about: "state",
        message: `${stateDir}/state.db is damaged: ${damage.join("; ")}`,
        suggestions: ["Restore it from a backup, or move it away to start with an empty one."],
      },
    ];
  const size = damage === null ? "empty" : `whole, ${bytes} bytes, ${count(blobs, "large value")}`;
  return [...findings, fine("state", `${stateDir}/state.db is ${size}`)];
}
