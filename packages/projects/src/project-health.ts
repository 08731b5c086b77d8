import { accessSync, constants, statSync } from "node:fs";
import { errorMessage } from "@orch/core";
import type { FoundProjects } from "./project-index.ts";

/** How the projects of a base are. */
export interface ProjectHealth {
  readonly status: "healthy" | "degraded" | "unhealthy";
  readonly details: {
    readonly projects_dir: string;
    readonly total_projects: number;
    readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  };
  /** What is wrong, a line each. */
  readonly issues: readonly string[];
}

/** A directory of projects that is there and cannot be written is unhealthy, a project that cannot be used degraded. */
export function projectHealth(directory: string, { projects, problems }: FoundProjects): ProjectHealth {
  const refusal = refusalOf(directory);
  const issues = [
    ...(refusal === null ? [] : [`The directory of projects ${directory} cannot be written: ${refusal}`]),
    ...problems
      .filter(({ path }) => path !== directory)
      .map(({ path, reason }) => `The project in ${path}: ${reason}`),
  ];
  return {
    status: refusal !== null ? "unhealthy" : problems.length > 0 ? "degraded" : "healthy",
    details: {
      projects_dir: directory,
      total_projects: projects.size,
      unreadable: problems.map(({ path, reason }) => ({ path, reason })),
    },
    issues,
  };
}

/** Why nothing can be written in a directory; null where something can, and where there is none yet. */
function refusalOf(directory: string): string | null {
  try {
    const found = statSync(directory, { throwIfNoEntry: false });
    if (found === undefined) return null;
    if (!found.isDirectory()) return "it is no directory";
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return errorMessage(error);
  }
}
