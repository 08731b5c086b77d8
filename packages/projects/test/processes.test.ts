import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { managers, readFileOf, sandbox, treeOf } from "./sandbox.ts";

const folder = sandbox();
const open = managers();
const start = (script: string, ...args: string[]) =>
  spawn(
    process.execPath,
    ["--conditions=@orch/source", fileURLToPath(new URL(`./${script}.ts`, import.meta.url)), ...args],
    { stdio: ["ignore", "pipe", "inherit"] },
  );

describe("several processes on one base", () => {
  it("change one project at the same time, and lose nothing", async () => {
    const base = folder();
    const { manager } = open(base);
    const { path } = manager.createProject("shared");
    const times = 60;
    const others = ["a", "b"].map((who) => start("change-often", base, who, String(times)));
    const ends = others.map((child) => once(child, "exit"));
    for (let n = 0; n < times; n++)
      manager.updateProject("shared", { tags: [String(n)], config: { [`own${n}`]: n } });
    expect(await Promise.all(ends)).toEqual([
      [0, null],
      [0, null],
    ]);
    const { milestones, metrics, config } = readFileOf(path) as Record<string, Record<string, unknown>>;
    const names = ["a", "b"].flatMap((who) => Array.from({ length: times }, (_, n) => `${who}${n}`)).sort();
    expect(Object.keys(milestones ?? {}).sort()).toEqual(names);
    expect(Object.keys(metrics ?? {}).sort()).toEqual(names);
    expect(Object.keys(config ?? {})).toHaveLength(times);
  });

  it("make a project of one name once", async () => {
    const base = folder();
    const children = ["p", "p"].map((prefix) => start("create-often", base, prefix));
    // Each ends at the first name that the other one has taken, or is killed.
    await Promise.race(children.map((child) => once(child, "exit")));
    const ends = children.filter(({ exitCode }) => exitCode === null).map((child) => once(child, "exit"));
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(ends);
    const { manager } = open(base);
    for (const name of manager.listProjects())
      expect(treeOf(join(base, "projects", name)).filter((path) => path.endsWith("README.md"))).toHaveLength(
        6,
      );
  });
});

describe("a process that is killed while it makes projects", () => {
  it("leaves whole projects or none, and all that it has told of", async () => {
    const base = folder();
    mkdirSync(join(base, "projects"));
    const told: string[] = [];
    for (let round = 0; round < 6; round++) {
      const child = start("create-often", base, `r${round}-`);
      let output = "";
      child.stdout.on("data", (text: Buffer) => {
        output += String(text);
        if (output.split("\n").length > 2 + round) child.kill("SIGKILL");
      });
      expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
      told.push(
        ...output
          .split("\n")
          .slice(0, -1)
          .flatMap((line) => /^made (.*)$/.exec(line)?.[1] ?? []),
      );
    }
    const { manager, warnings } = open(base);
    const names = manager.listProjects();
    expect(warnings).toEqual([]);
    expect(told.filter((name) => !names.includes(name))).toEqual([]);
    for (const name of names) {
      const tree = treeOf(join(base, "projects", name));
      expect(tree.filter((path) => path.endsWith("README.md") || path.endsWith("AGENTS.md"))).toHaveLength(
        12,
      );
      expect(tree).toContain(".codomyrmex/project.json");
    }
    const visible = treeOf(join(base, "projects")).filter((path) => /^[^.][^/]*\/$/.test(path));
    expect(visible.sort()).toEqual(names.map((name) => `${name}/`).sort());
  });
});
