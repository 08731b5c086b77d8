import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ProjectStatus } from "../src/project-status.ts";
import { fileOf, KEYS, managers, readFileOf, sandbox, treeOf } from "./sandbox.ts";

const folder = sandbox();
const open = managers();
const refusal = (code: string, message?: string) =>
  expect.objectContaining({ code, ...(message ? { message: expect.stringMatching(message) } : {}) });

describe("templates", () => {
  it("are the shipped ones and the user's own, which win (PRJ-01)", () => {
    const { manager } = open(folder());
    expect(manager.listTemplates()).toEqual(["ai_analysis", "data_pipeline", "web_application"]);
    expect(manager.saveTemplate({ name: "data_pipeline", description: "mine" })).toBe(true);
    manager.saveTemplate({ name: "lab" });
    expect(manager.listTemplates()).toEqual(["ai_analysis", "data_pipeline", "lab", "web_application"]);
    expect(manager.getTemplate("data_pipeline")?.description).toBe("mine");
    expect(manager.getTemplate("nope")).toBeNull();
    expect(manager.getTemplate("../../etc/passwd")).toBeNull();
  });

  it("come back from their files as they were, unknown keys too", () => {
    const base = folder();
    const { manager } = open(base);
    const template = manager.getTemplate("web_application");
    const dict = { ...template?.toDict(), name: "web2", colour: "blue" };
    manager.saveTemplate(dict as never);
    expect(open(base).manager.getTemplate("web2")?.toDict()).toEqual(dict);
    manager.saveTemplate({ name: "odd", type: "Submarine" } as never);
    expect(manager.getTemplate("odd")?.toDict()).toMatchObject({ type: "Submarine" });
    expect(manager.getTemplate("odd")?.toDict()).not.toHaveProperty("original_type");
    expect(manager.getTemplate("odd")?.type).toBe("custom");
    expect(manager.createProject("sub", "odd").toDict()).toMatchObject({
      type: "Submarine",
      template: "odd",
    });
    expect(() => manager.saveTemplate({ name: "../out" })).toThrow(refusal("INVALID_PARAMETERS"));
  });
});

describe("milestones and metrics", () => {
  it("are kept with the time, and shown by the status (PRJ-04)", () => {
    const base = folder();
    const { manager, clock, events } = open(base);
    const { path } = manager.createProject("pp");
    clock.advance(1000);
    expect(manager.addProjectMilestone("pp", "m1", { q: 1 })).toBe(true);
    expect(manager.addProjectMilestone("pp", "m2", { completed_at: "then" })).toBe(true);
    expect(manager.updateProjectMetrics("pp", { score: 1, size: { lines: 3 } })).toBe(true);
    expect(manager.updateProjectMetrics("pp", { score: 2 })).toBe(true);
    const status = manager.getProjectStatus("pp");
    expect(Object.keys(status ?? {})).toEqual([
      "name",
      "status",
      "type",
      "version",
      "path",
      "workflows",
      "active_workflows",
      "required_modules",
      "created_at",
      "updated_at",
      "milestones",
      "metrics",
    ]);
    expect(status).toMatchObject({
      milestones: {
        m1: { q: 1, completed_at: expect.stringMatching(/\+00:00$/) },
        m2: { completed_at: "then" },
      },
      metrics: { score: 2, size: { lines: 3 } },
      workflows: 0,
    });
    expect(readFileOf(path)).toMatchObject({
      milestones: status?.["milestones"],
      metrics: status?.["metrics"],
    });
    expect(status?.["updated_at"]).not.toBe(status?.["created_at"]);
    expect(events.map(({ type }) => type)).toEqual([
      "project_created",
      "project_milestone_added",
      "project_milestone_added",
      "project_updated",
      "project_updated",
    ]);
    expect(manager.getProjectStatus("qq")).toBeNull();
    expect(manager.addProjectMilestone("qq", "m")).toBe(false);
    expect(manager.updateProjectMetrics("qq", {})).toBe(false);
    expect(manager.updateProjectStatus("qq", "active")).toBe(false);
    expect(manager.getProject("qq")).toBeNull();
  });

  it("are refused where JSON would lose something, and change nothing", () => {
    const { manager } = open(folder());
    const { path } = manager.createProject("pp");
    const before = readFileSync(fileOf(path), "utf8");
    for (const data of [{ n: Number.NaN }, { f: () => 1 }, [], null, "x"])
      expect(() => manager.addProjectMilestone("pp", "m", data as never)).toThrow(
        refusal("INVALID_PARAMETERS"),
      );
    expect(() => manager.addProjectMilestone("pp", " ")).toThrow(refusal("INVALID_PARAMETERS"));
    expect(() => manager.addProjectMilestone("pp", "__proto__")).toThrow(refusal("INVALID_PARAMETERS"));
    expect(() => manager.updateProjectMetrics("pp", { d: new Map() } as never)).toThrow(
      refusal("INVALID_PARAMETERS"),
    );
    expect(() => manager.updateProjectMetrics("pp", { d: "x".repeat(5_000_000) })).toThrow(
      refusal("LIMIT_EXCEEDED"),
    );
    expect(readFileSync(fileOf(path), "utf8")).toBe(before);
  });
});

describe("the status of a project", () => {
  const moves = Object.values(ProjectStatus).flatMap((from) =>
    Object.values(ProjectStatus).map((to) => [from, to] as const),
  );
  it.each(moves)("moves from %s to %s, unless it is archived", (from, to) => {
    const { manager } = open(folder());
    manager.createProject("p");
    manager.updateProjectStatus("p", from);
    if (from === "archived" && to !== "archived")
      expect(() => manager.updateProjectStatus("p", to)).toThrow(refusal("PROJECT_ERROR", "is archived"));
    else expect(manager.updateProjectStatus("p", to)).toBe(true);
    expect(manager.getProject("p")?.status).toBe(from === "archived" ? from : to);
  });

  it("is one of six words, in any case", () => {
    const { manager } = open(folder());
    manager.createProject("p");
    expect(manager.updateProjectStatus("p", "ACTIVE" as never)).toBe(true);
    expect(manager.getProject("p")?.status).toBe("active");
    expect(() => manager.updateProjectStatus("p", "activ" as never)).toThrow(
      refusal("INVALID_PARAMETERS", "did you mean 'active'"),
    );
  });
});

describe("updateProject", () => {
  it("changes what is given in one go, and tells what", () => {
    const { manager, events } = open(folder());
    manager.createProject("p", { templateName: "ai_analysis" });
    const update = {
      description: "d",
      tags: ["a"],
      workflows: ["w"],
      config: { ai: { model: "m" } },
      metrics: { x: 1 },
    };
    expect(manager.updateProject("p", update)).toBe(true);
    expect(manager.getProject("p")).toMatchObject({
      ...update,
      config: { ai: { provider: "openai", model: "m" } },
    });
    expect(events.at(-1)).toMatchObject({
      changed: ["description", "tags", "workflows", "config", "metrics"],
    });
    expect(() => manager.updateProject("p", { descripton: "x" } as never)).toThrow(
      refusal("INVALID_PARAMETERS"),
    );
  });
});

describe("all projects", () => {
  it("are counted by status and type, newest first, and known to a new manager (PRJ-05)", () => {
    const base = folder();
    const { manager, clock } = open(base);
    manager.createProject("a", { templateName: "ai_analysis" });
    clock.advance(1000);
    manager.createProject("b", { type: "research", path: "far/away" });
    clock.advance(1000);
    manager.updateProjectStatus("a", "completed");
    const summary = {
      total_projects: 2,
      by_status: { completed: 1, active: 1 },
      by_type: { ai_analysis: 1, research: 1 },
      recent_activity: [
        { name: "a", status: "completed", updated_at: expect.any(String) },
        { name: "b", status: "active", updated_at: expect.any(String) },
      ],
    };
    expect(manager.getProjectsSummary()).toEqual(summary);
    const { manager: second } = open(base);
    expect(second.listProjects()).toEqual(["a", "b"]);
    expect(second.getProjectsSummary()).toEqual(summary);
    for (let at = 0; at < 11; at++) manager.createProject(`c${at}`);
    expect(second.getProjectsSummary()["recent_activity"]).toHaveLength(10);
  });

  it("are seen as they stand, whoever changed them", () => {
    const base = folder();
    const [{ manager: one }, { manager: two }] = [open(base), open(base)];
    one.createProject("p");
    expect(two.addProjectMilestone("p", "m")).toBe(true);
    expect(Object.keys(one.getProject("p")?.milestones ?? {})).toEqual(["m"]);
    const held = one.getProject("p");
    held?.tags.push("not kept");
    expect(one.getProject("p")?.tags).toEqual([]);
    two.deleteProject("p", true);
    expect(one.listProjects()).toEqual([]);
  });

  it("are skipped with one warning where they cannot be read, also as links", () => {
    const base = folder();
    const { manager } = open(base);
    const good = manager.createProject("good");
    const broken = manager.createProject("broken");
    writeFileSync(fileOf(broken.path), "{");
    const twin = join(base, "projects", "a-twin");
    mkdirSync(join(twin, ".codomyrmex"), { recursive: true });
    writeFileSync(fileOf(twin), readFileSync(fileOf(good.path)));
    symlinkSync(good.path, join(base, "projects", "link"));
    mkdirSync(join(base, "projects", "none"));
    const linked = manager.createProject("linked");
    const outside = folder();
    renameSync(join(linked.path, ".codomyrmex"), join(outside, "moved"));
    symlinkSync(join(outside, "moved"), join(linked.path, ".codomyrmex"));
    const { manager: second, warnings } = open(base);
    expect(warnings).toEqual([]);
    expect(second.listProjects()).toEqual(["good"]);
    expect(warnings).toHaveLength(4);
    expect(second.getProject("link")).toBeNull();
    expect(second.updateProjectStatus("linked", "active")).toBe(false);
    expect(warnings).toHaveLength(4);
    expect(warnings.join("\n")).toMatch(/broken.*cannot be read/);
    expect(warnings.join("\n")).toMatch(/'good' is the name of the one in/);
    expect(warnings.join("\n")).toMatch(/link is a link/);
    expect(second.healthCheck()).toMatchObject({ status: "degraded", details: { total_projects: 1 } });
    expect(second.healthCheck().issues).toHaveLength(4);
  });

  it("are healthy where there are none yet, and unhealthy where none can be made", () => {
    const base = folder();
    const { manager } = open(base);
    expect(manager.healthCheck()).toMatchObject({ status: "healthy", issues: [] });
    writeFileSync(join(base, "projects"), "a file");
    expect(manager.healthCheck()).toMatchObject({
      status: "unhealthy",
      issues: [expect.stringMatching("no directory")],
    });
    expect(() => manager.createProject("p")).toThrow(refusal("STORAGE_ERROR"));
    expect(readFileSync(join(base, "projects"), "utf8")).toBe("a file");
  });
});

describe("the file of a project", () => {
  it("keeps what it does not know, and a type that is none of ours", () => {
    const base = folder();
    const { manager } = open(base);
    const { path } = manager.createProject("p");
    const file = {
      ...readFileOf(path),
      type: "submarine",
      colour: { hull: ["grey"] },
      path: "/somewhere/else",
    };
    writeFileSync(fileOf(path), JSON.stringify(file));
    const project = manager.getProject("p");
    expect(project).toMatchObject({ type: "custom", metadata: { original_type: "submarine" }, path });
    expect(manager.getProjectStatus("p")).toMatchObject({ type: "submarine" });
    manager.addProjectMilestone("p", "m");
    expect(readFileOf(path)).toMatchObject({ type: "submarine", colour: { hull: ["grey"] }, path });
    expect(Object.keys(readFileOf(path))).toEqual([...KEYS, "colour"]);
  });

  it("may have any name, which is never taken for a path", async () => {
    const base = folder();
    const { manager } = open(base);
    const { path } = manager.createProject("p");
    for (const name of ["../../out", "/abs", "ünï code", "a b"]) {
      writeFileSync(fileOf(path), JSON.stringify({ ...readFileOf(path), name, status: "active" }));
      expect(manager.listProjects()).toEqual([name]);
      expect(manager.addProjectMilestone(name, "m")).toBe(true);
      expect(await manager.archiveProject(name)).toBe(true);
      const archive = join(base, "projects", "archives", "p.tar.gz");
      expect(execFileSync("tar", ["-tzf", archive], { encoding: "utf8" })).toMatch(/^p\/\n/);
      rmSync(archive);
    }
    expect(treeOf(base).filter((each) => each.endsWith(".gz"))).toEqual([]);
    expect(manager.deleteProject("a b", true)).toBe(true);
    expect(manager.listProjects()).toEqual([]);
  });

  it("is never written through a link", () => {
    const base = folder();
    const { manager } = open(base);
    const { path } = manager.createProject("p");
    const target = join(folder(), "victim.json");
    renameSync(fileOf(path), target);
    symlinkSync(target, fileOf(path));
    const before = readFileSync(target, "utf8");
    expect(manager.addProjectMilestone("p", "m")).toBe(false);
    expect(readFileSync(target, "utf8")).toBe(before);
  });
});

describe("deleteProject", () => {
  it("forgets a project whose files stay", () => {
    const base = folder();
    const { manager, events } = open(base);
    const { path } = manager.createProject("p");
    writeFileSync(join(path, "src", "mine.txt"), "mine");
    expect(manager.deleteProject("p")).toBe(true);
    expect(manager.deleteProject("p")).toBe(false);
    expect(manager.listProjects()).toEqual([]);
    expect(open(base).manager.listProjects()).toEqual([]);
    expect(existsSync(join(path, "src", "mine.txt"))).toBe(true);
    expect(treeOf(path)).toContain(".codomyrmex/project.deleted.json");
    expect(events.at(-1)).toMatchObject({ type: "project_deleted", project_name: "p", files_removed: false });
  });

  it("removes its files, and nothing that links in them lead to", () => {
    const base = folder();
    const { manager } = open(base);
    const { path } = manager.createProject("p");
    const outside = folder();
    writeFileSync(join(outside, "kept.txt"), "kept");
    symlinkSync(outside, join(path, "src", "link"));
    const far = manager.createProject("far", { path: "else/where" });
    expect(manager.deleteProject("p", true)).toBe(true);
    expect(manager.deleteProject("far", true)).toBe(true);
    expect(existsSync(far.path)).toBe(false);
    expect(treeOf(base)).toEqual(["else/", "projects/"]);
    expect(treeOf(outside)).toEqual(["kept.txt"]);
    expect(open(base).manager.listProjects()).toEqual([]);
  });

  it("refuses to remove a directory that holds the base itself, and leaves everything", () => {
    const base = folder();
    const whole = join(base, "whole");
    mkdirSync(join(whole, ".codomyrmex"), { recursive: true });
    mkdirSync(join(whole, "sub"));
    writeFileSync(fileOf(whole), JSON.stringify({ name: "whole" }));
    const { manager } = open(join(whole, "sub"), { projectsDir: base });
    const before = treeOf(base);
    expect(() => manager.deleteProject("whole", true)).toThrow(refusal("PERMISSION_DENIED", "it holds"));
    expect(treeOf(base)).toEqual(before);
    expect(manager.listProjects()).toEqual(["whole"]);
  });

  it("forgets one elsewhere whose directory is gone", () => {
    const base = folder();
    const { manager, warnings } = open(base);
    const { path } = manager.createProject("far", { path: "else/far" });
    renameSync(path, join(base, "moved"));
    expect(manager.listProjects()).toEqual([]);
    expect(warnings.join()).toMatch(/not there any more/);
    expect(manager.deleteProject("far")).toBe(true);
    expect(manager.healthCheck().status).toBe("healthy");
    expect(manager.deleteProject("far")).toBe(false);
  });
});
