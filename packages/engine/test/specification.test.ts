import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  createTask,
  createWorkflowSteps,
  executeTask,
  executeWorkflow,
  getOrchestrationEngine,
  getWorkflowManager,
  OrchestrationEngine,
  ProjectManager,
  ResourceManager,
  ResourceType,
  resetDefaultEngine,
  Task,
  TaskOrchestrator,
  TaskPriority,
  TaskResource,
  WorkflowManager,
  WorkflowStatus,
  WorkflowStep,
} from "../src/index.ts";

// The examples of the specification, as a user would write them: no argument says where anything is.
const root = fileURLToPath(new URL("../../../", import.meta.url));
const before = process.env["ORCH_DIR"];
let baseDir: string;
beforeAll(() => {
  baseDir = mkdtempSync(join(tmpdir(), "orch-specification-"));
  cpSync(join(root, "config", "workflows"), join(baseDir, "config", "workflows"), { recursive: true });
  // The modules bring their dependencies with them: those of the repository are used where they are.
  mkdirSync(join(baseDir, "src"));
  writeFileSync(
    join(baseDir, "orchestration.json"),
    JSON.stringify({ modules_dir: join(root, "config", "modules") }),
  );
  writeFileSync(join(baseDir, "src", "sum.ts"), "export const sum = (a: number, b: number) => a + b;\n");
  process.env["ORCH_DIR"] = baseDir;
});
afterAll(async () => {
  await resetDefaultEngine();
  if (before === undefined) delete process.env["ORCH_DIR"];
  else process.env["ORCH_DIR"] = before;
  rmSync(baseDir, { recursive: true, force: true });
});

it("runs a workflow in a session", async () => {
  const engine = new OrchestrationEngine();
  const told: unknown[] = [];
  engine.registerEventHandler("workflow_completed", (event, data) =>
    told.push([event, data["workflow_name"], data["success"]]),
  );
  const sessionId = engine.createSession("analyst", {
    mode: "resource_aware",
    maxParallelTasks: 8,
    resourceRequirements: { cpu: { cores: 1 }, memory: { gb: 0.1 } },
  });
  const run = await engine.executeWorkflow(
    "ai-analysis",
    { code_path: join(baseDir, "src"), output_path: join(baseDir, "analysis"), include_visualization: true },
    sessionId,
  );
  expect(run.error).toBeNull();
  expect(run.steps_executed).toBeGreaterThanOrEqual(3);
  expect(told).toEqual([["workflow_completed", "ai-analysis", true]]);
  expect(engine.closeSession(sessionId)).toBe(true);
  await engine.shutdown();
});

it("defines and lists workflows", async () => {
  await using manager = new WorkflowManager();
  manager.createWorkflow("custom-analysis", [
    new WorkflowStep({ name: "setup", module: "environment_setup", action: "check_environment" }),
    new WorkflowStep({
      name: "analyze",
      module: "static_analysis",
      action: "analyze_code_quality",
      parameters: { path: "." },
      dependencies: ["setup"],
    }),
  ]);
  expect(manager.listWorkflows()["custom-analysis"]).toMatchObject({
    steps: 2,
    modules: ["environment_setup", "static_analysis"],
    estimated_duration: 120,
    has_dependencies: true,
  });
});

it("shares one default engine (ENG-11)", async () => {
  const shared = getWorkflowManager();
  expect(shared).toBe(getWorkflowManager());
  expect(shared).toBe(getOrchestrationEngine().workflowManager);
  const execution = await shared.executeWorkflow("ai-analysis", { code_path: join(baseDir, "src") });
  expect(execution.errors).toEqual([]);
  expect(execution.status).toBe(WorkflowStatus.COMPLETED);
});

it("has functions that use the default engine", async () => {
  expect(createWorkflowSteps([{ name: "a", module: "core", action: "echo" }])).toEqual([
    expect.any(WorkflowStep),
  ]);
  expect(createWorkflowSteps("tiny", [{ name: "a", module: "core", action: "echo" }])).toBe(true);
  expect((await executeWorkflow("tiny", { x: 1 })).result).toEqual({ a: { x: 1 } });
  const task = createTask("t", "core", "echo", { message: "q" });
  expect(getOrchestrationEngine().taskOrchestrator.getTask(task.id)).toBeNull();
  expect((await executeTask(task)).data).toBe("q");
});

it("makes projects, and runs their workflows", async () => {
  await using pm = new ProjectManager({ workflowManager: getWorkflowManager() });
  pm.createProject("web-app-analysis", {
    templateName: "web_application",
    description: "Analysis of web application code",
    author: "Development Team",
  });
  pm.createProject("chatbot-analysis", {
    templateName: "ai_analysis",
    description: "AI analysis of chatbot conversations",
  });
  const outcome = await pm.executeProjectWorkflow("chatbot-analysis", "ai-analysis", {
    code_path: join(baseDir, "src"),
  });
  expect(outcome.error).toBeNull();
  pm.addProjectMilestone("chatbot-analysis", "initial_analysis_complete", {
    quality_score: 8.5,
    insights_generated: 23,
  });
  expect(pm.getProjectStatus("chatbot-analysis")).toMatchObject({
    milestones: { initial_analysis_complete: { quality_score: 8.5 } },
    metrics: { workflow_executions: 1 },
  });
});

it("runs tasks", async () => {
  const { modules } = getOrchestrationEngine();
  const orchestrator = new TaskOrchestrator({ maxWorkers: 4, modules });
  orchestrator.startExecution();
  const parameters = { path: join(baseDir, "src") };
  const analysis = orchestrator.createTask("analyze_code", "static_analysis", "analyze_code_quality", {
    parameters,
    priority: TaskPriority.HIGH,
    timeoutMs: 300_000,
    resources: [new TaskResource({ type: ResourceType.CPU, identifier: "system_cpu", mode: "read" })],
  });
  orchestrator.createTask("create_chart", "data_visualization", "create_bar_chart", {
    parameters: {
      data: { A: 10, B: 20 },
      title: "Code Quality Metrics",
      output_path: join(baseDir, "chart.svg"),
    },
    dependencies: [analysis.id],
  });
  const extraId = orchestrator.addTask(
    new Task({
      name: "analyze_again",
      module: "static_analysis",
      action: "analyze_code_quality",
      parameters,
    }),
  );
  expect(await orchestrator.waitForCompletion({ timeoutMs: 300_000 })).toBe(true);
  expect(orchestrator.getTaskResult(analysis.id)).toMatchObject({ success: true, errorMessage: null });
  expect(orchestrator.getExecutionStats().completed).toBe(3);
  expect(orchestrator.getTaskStatus(extraId)).toBe("completed");
  await orchestrator.stopExecution();
});

it("grants resources", () => {
  const resources = new ResourceManager();
  const granted = resources.allocateResources(
    "task_123",
    { cpu: { cores: 1 }, memory: { gb: 0.1 }, disk: { gb: 0.1 } },
    { timeoutMs: 60_000 },
  );
  expect(granted).toEqual({ cpu: "system_cpu", memory: "system_memory", disk: "system_disk" });
  expect(resources.deallocateResources("task_123")).toBe(true);
  resources.close();
});
