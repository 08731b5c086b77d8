import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JsonObject, memoryStore } from "@orch/core";
import { collectEvents, ManualClock } from "@orch/core/testing";
import { builtinRegistry, ModuleRegistry } from "@orch/tasks";
import { afterEach } from "vitest";
import { ProjectManager } from "../src/project-manager.ts";
import type { ProjectManagerOptions } from "../src/project-manager-options.ts";

/** Makes temporary folders that are gone after each test. */
export function sandbox(): () => string {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "orch-projects-")));
    folders.push(folder);
    return folder;
  };
}

/** A manager of a base with a clock that is moved by hand, what it tells, and what it warns of; closed after the test. */
export function managers() {
  const made: ProjectManager[] = [];
  afterEach(async () => {
    for (const manager of made.splice(0)) await manager.close();
  });
  return (baseDir: string, options: Omit<ProjectManagerOptions, "baseDir"> = {}) => {
    const warnings: string[] = [];
    const note = (text: string) => void warnings.push(text);
    const clock = new ManualClock();
    const manager = new ProjectManager({
      baseDir,
      clock,
      modules: seeing().modules,
      logger: { debug() {}, info() {}, warn: note, error: note },
      ...options,
    });
    made.push(manager);
    const { events } = collectEvents(manager.events);
    return { manager, clock, events, warnings };
  };
}

/** A registry whose action `rec.see` notes its parameters, and whose `rec.boom` fails. */
export function seeing() {
  const seen: JsonObject[] = [];
  const modules = new ModuleRegistry({ parent: builtinRegistry() }).registerModule("rec", {
    see: (parameters: JsonObject) => {
      seen.push(parameters);
      return {};
    },
    boom: () => {
      throw new Error("boom!");
    },
  });
  return { modules, seen };
}

/** A store of its own, for tests that need no disk. */
export const aStore = memoryStore;

/** All that lies below a folder, in order: directories with a slash at their end. The state of orch itself is left out. */
export function treeOf(folder: string, below = ""): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(join(folder, below))
    .filter((name) => name !== ".workflows")
    .sort()
    .flatMap((name) => {
      const path = below === "" ? name : `${below}/${name}`;
      return lstatSync(join(folder, path)).isDirectory() ? [`${path}/`, ...treeOf(folder, path)] : [path];
    });
}

/** The file of a project. */
export const fileOf = (project: string): string => join(project, ".codomyrmex", "project.json");

/** What the file of a project says. */
export const readFileOf = (project: string): JsonObject =>
  JSON.parse(readFileSync(fileOf(project), "utf8")) as JsonObject;

/** The 17 keys of a project's file, in their order. */
export const KEYS = [
  "name",
  "description",
  "type",
  "path",
  "status",
  "version",
  "template",
  "config",
  "workflows",
  "active_workflows",
  "required_modules",
  "author",
  "tags",
  "created_at",
  "updated_at",
  "milestones",
  "metrics",
];
