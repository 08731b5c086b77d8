import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createProject,
  getOrchestrationEngine,
  getProjectManager,
  getResourceManager,
  getTaskOrchestrator,
  getWorkflowManager,
  OrchestrationEngine,
  resetDefaultEngine,
} from "../src/index.ts";

let baseDir: string;
beforeEach(() => {
  baseDir = realpathSync(mkdtempSync(join(tmpdir(), "orch-engine-")));
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

const ECHO = [
  { name: "say", module: "core", action: "echo", parameters: { message: "{{project_name}} {{word}}" } },
];

describe("the projects of an engine", () => {
  it("share its workflows, events and state", async () => {
    await using engine = new OrchestrationEngine({ baseDir, projectsDir: "mine" });
    const told: string[] = [];
    engine.events.on("*", ({ type }) => void told.push(type));
    const { path } = engine.projectManager.createProject("p", { type: "research" });
    expect(path).toBe(join(baseDir, "mine", "p"));
    engine.workflowManager.createWorkflow("talk", ECHO, false);
    engine.projectManager.updateProject("p", { workflows: ["talk"] });
    const session = engine.createSession("alice");
    const outcome = await engine.executeProjectWorkflow("p", "talk", { word: "sings" }, session);
    expect(outcome).toMatchObject({
      success: true,
      session_id: session,
      results: { say: { output: "p sings" } },
      error: null,
    });
    expect(engine.getSession(session)?.history).toMatchObject([{ type: "project_workflow", name: "talk" }]);
    expect(engine.projectManager.getProjectStatus("p")).toMatchObject({
      metrics: { workflow_executions: 1 },
    });
    expect(told).toEqual(
      expect.arrayContaining(["project_created", "project_updated", "workflow_completed"]),
    );
    expect(told.indexOf("project_created")).toBe(0);
  });

  it("put what goes wrong into the envelope (PRJ-07)", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    engine.projectManager.createProject("pp");
    expect(await engine.executeProjectWorkflow("x", "w")).toMatchObject({
      success: false,
      error: 'Project "x" not found',
      error_code: "PROJECT_NOT_FOUND",
    });
    expect(await engine.executeProjectWorkflow("pp", "w")).toMatchObject({
      error: 'Workflow "w" not available for project "pp"',
    });
    expect(engine.healthCheck()).toMatchObject({ error_counts: { project: 2, workflow: 0 } });
  });

  it("are counted where another engine resumes their run", async () => {
    let id: string;
    {
      await using engine = new OrchestrationEngine({ baseDir });
      engine.modules.register("odd", "act", (_, { signal }) => once(signal, "abort"));
      engine.workflowManager.createWorkflow("wait", [{ name: "a", module: "odd", action: "act" }]);
      engine.projectManager.createProject("p");
      engine.projectManager.updateProject("p", { workflows: ["wait"] });
      id = await engine.projectManager.startProjectWorkflow("p", "wait");
      expect(engine.projectManager.getProject("p")?.activeWorkflows).toEqual(["wait"]);
    }
    await using later = new OrchestrationEngine({ baseDir });
    later.modules.register("odd", "act", () => "done");
    await later.workflowManager.resumeExecution(id);
    expect((await later.workflowManager.waitForExecution(id))?.status).toBe("completed");
    expect(later.projectManager.getProject("p")).toMatchObject({
      activeWorkflows: [],
      metrics: { workflow_executions: 1 },
    });
  });

  it("are in its status, with what is wrong", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    expect(engine.getSystemStatus()).toMatchObject({ overall_status: "healthy", total_projects: 0 });
    expect(existsSync(join(baseDir, "projects"))).toBe(false);
    engine.projectManager.createProject("p", { type: "research" });
    mkdirSync(join(baseDir, "projects", "q", ".codomyrmex"), { recursive: true });
    writeFileSync(join(baseDir, "projects", "q", ".codomyrmex", "project.json"), "{");
    expect(engine.getSystemStatus()).toMatchObject({
      overall_status: "degraded",
      total_projects: 1,
      project_manager: { total_projects: 1, by_status: { active: 1 }, by_type: { research: 1 } },
      issues: [expect.stringMatching(/projects.q: .*project\.json cannot be read/)],
    });
    expect(engine.healthCheck()).toMatchObject({
      components: { project_manager: { status: "degraded", details: { total_projects: 1 } } },
    });
    expect(engine.getMetrics()).toMatchObject({ projects: { total_projects: 1 } });
    rmSync(join(baseDir, "projects"), { recursive: true });
    writeFileSync(join(baseDir, "projects"), "");
    expect(engine.getSystemStatus()).toMatchObject({ overall_status: "unhealthy" });
    expect(engine.healthCheck()).toMatchObject({
      overall_status: "unhealthy",
      components: { project_manager: { status: "unhealthy" } },
      issues: [expect.stringMatching(/^The directory of projects .* cannot be written: it is no directory$/)],
    });
  });
});

describe("the default engine", () => {
  it("is one, made at first use, and so are its parts (ENG-11)", async () => {
    vi.stubEnv("ORCH_DIR", baseDir);
    try {
      const engine = getOrchestrationEngine();
      expect(getOrchestrationEngine()).toBe(engine);
      expect(getWorkflowManager()).toBe(engine.workflowManager);
      expect(getTaskOrchestrator()).toBe(engine.taskOrchestrator);
      expect(getProjectManager()).toBe(engine.projectManager);
      expect(getResourceManager()).toBe(engine.resourceManager);
      expect(engine.config.baseDir).toBe(baseDir);
      await resetDefaultEngine();
      await resetDefaultEngine();
      expect(getOrchestrationEngine()).not.toBe(engine);
    } finally {
      await resetDefaultEngine();
      vi.unstubAllEnvs();
    }
  });

  it("has nothing to do with a project in memory", () => {
    const project = createProject("p", "d", "ai_analysis");
    expect(project).toMatchObject({
      name: "p",
      description: "d",
      template: "ai_analysis",
      type: "ai_analysis",
      path: "",
    });
    expect(createProject("q")).toMatchObject({ description: "", template: null, type: "custom" });
    expect(createProject("r", "", "lab")).toMatchObject({ template: "lab", type: "custom" });
  });
});
