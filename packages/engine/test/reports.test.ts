import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OrchestrationEngine } from "../src/index.ts";

let baseDir: string;
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), "orch-reports-"));
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

const echo = { name: "a", module: "core", action: "echo" };

describe("healthCheck", () => {
  it("is healthy where nothing is wrong, with each component (ENG-06)", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const health = engine.healthCheck();
    expect(health).toMatchObject({
      overall_status: "healthy",
      timestamp: expect.any(String),
      issues: [],
      error_counts: { workflow: 0, task: 0, resource: 0, project: 0, session: 0 },
      metrics: { active_sessions: 0, running_workflows: 0, running_tasks: 0, queued_tasks: 0 },
    });
    const components = health["components"] as Record<string, { status: string; details: object }>;
    for (const name of ["workflow_manager", "task_orchestrator", "project_manager", "resource_manager"])
      expect(components[name]).toMatchObject({ status: "healthy", details: {} });
    expect(engine.getHealthStatus()).toMatchObject({ overall_status: "healthy" });
  });

  it("says which resource is short (ENG-06)", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    engine.resourceManager.registerResource("seats", "custom", { units: 100 }, { name: "Seats" });
    engine.resourceManager.allocate("seats", "alice", 95);
    expect(engine.healthCheck()).toMatchObject({
      overall_status: "degraded",
      issues: ["Resource Seats is over 90% utilized"],
    });
    expect(engine.getSystemStatus()["recommendations"]).toEqual([expect.stringContaining("who holds what")]);
  });

  it("is degraded by definitions that cannot be used, and unhealthy where none can be read", async () => {
    const workflows = join(baseDir, "config", "workflows", "production");
    mkdirSync(workflows, { recursive: true });
    writeFileSync(join(workflows, "broken.json"), "{");
    {
      await using engine = new OrchestrationEngine({ baseDir });
      expect(engine.healthCheck()).toMatchObject({
        overall_status: "degraded",
        components: { workflow_manager: { status: "degraded", details: { load_problems: 1 } } },
        issues: [expect.stringContaining("broken.json")],
      });
    }
    await using engine = new OrchestrationEngine({ baseDir });
    rmSync(workflows, { recursive: true });
    writeFileSync(workflows, "no directory");
    expect(engine.healthCheck()).toMatchObject({ overall_status: "unhealthy" });
  });

  it("is degraded by tasks that can never run, by a stopped loop, and by tasks that mostly fail", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    const { taskOrchestrator } = engine;
    const loop = () => (engine.healthCheck()["components"] as Record<string, object>)["task_orchestrator"];
    const stuck = taskOrchestrator.submitTask({ ...echo, dependencies: ["nothing"] });
    expect(await taskOrchestrator.waitForCompletion({ taskIds: [stuck] })).toBe(false);
    expect(loop()).toMatchObject({ status: "degraded", details: { deadlocked: 1, waiting: 1 } });
    taskOrchestrator.cancelTask(stuck);
    await taskOrchestrator.waitForCompletion();
    expect(loop()).toMatchObject({ status: "healthy" });
    await taskOrchestrator.stopExecution();
    expect(loop()).toMatchObject({ status: "healthy" });
    taskOrchestrator.addTask(echo);
    expect(loop()).toMatchObject({ status: "degraded" });
    for (let many = 0; many < 10; many++)
      taskOrchestrator.submitTask({ module: "core", action: "fail", maxRetries: 0 });
    await taskOrchestrator.waitForCompletion();
    expect(loop()).toMatchObject({ status: "degraded", details: { success_rate: 1 / 11 } });
    expect(engine.healthCheck()).toMatchObject({ error_counts: { task: 10 } });
  });

  it("is unhealthy when the engine is shut down", async () => {
    const engine = new OrchestrationEngine({ baseDir, persist: false });
    await engine.shutdown();
    expect(engine.healthCheck()).toMatchObject({
      overall_status: "unhealthy",
      components: { task_orchestrator: { status: "unhealthy" }, resource_manager: { status: "unhealthy" } },
      metrics: { running_tasks: 0 },
    });
    for (const report of [() => engine.getSystemStatus(), () => engine.getMetrics()])
      expect(report).toThrow(expect.objectContaining({ code: "EXECUTOR_SHUTDOWN" }));
  });
});

describe("getSystemStatus and getMetrics", () => {
  it("count what there is, and what runs (ENG-07)", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const began = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    engine.modules.register("rec", "wait", async () => {
      began.resolve();
      await gate.promise;
    });
    const { workflowManager } = engine;
    workflowManager.createWorkflow("quick", [echo], false);
    workflowManager.createWorkflow("slow", [{ name: "a", module: "rec", action: "wait" }], false);
    engine.createSession();
    await engine.executeWorkflow("quick");
    const slow = engine.executeWorkflow("slow");
    await began.promise;
    expect(engine.getSystemStatus()).toMatchObject({
      timestamp: expect.any(String),
      overall_status: "healthy",
      orchestration_engine: { active_sessions: 2, event_handlers: {}, uptime_seconds: expect.any(Number) },
      workflow_manager: { total_workflows: 2, running_workflows: 1 },
      task_orchestrator: { total_tasks: 0 },
      resource_manager: { total_resources: 8 },
      performance: { total_workflows_executed: 1 },
      issues: [],
      recommendations: [],
      active_sessions: 2,
      total_workflows: 2,
      total_tasks: 0,
      total_resources: 8,
    });
    expect(engine.getMetrics()).toMatchObject({
      uptime_seconds: expect.any(Number),
      sessions: { total: 2, active: 2, by_status: { pending: 1, active: 1 } },
      workflows: { total_workflows_executed: 1, successful_executions: 1, total: 2, running: 1 },
      tasks: { total_tasks: 0 },
      resources: { total_resources: 8 },
      events: { emitted: expect.any(Number), handler_errors: 0 },
    });
    gate.resolve();
    await slow;
  });

  it("have no figures of performance where nothing is measured", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false, performanceMonitoring: false });
    expect(engine.getSystemStatus()["performance"]).toEqual({});
  });
});

describe("executeTask and submitTask", () => {
  it("run a task, what one is made from, and a dict (MCP-03)", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    const message = { parameters: { message: "q" } };
    for (const task of [
      { ...echo, ...message },
      { ...echo, ...message, max_retries: 0 },
    ])
      expect(await engine.executeTask(task)).toMatchObject({
        success: true,
        task_id: expect.any(String),
        result: { result: "q", success: true },
      });
    const failing = { module: "core", action: "fail", parameters: { message: "no" }, max_retries: 0 };
    expect(await engine.executeTask(failing)).toMatchObject({
      success: false,
      error: "no",
      error_code: "TASK_EXECUTION_FAILED",
      result: { attempts: 1 },
      task_id: expect.any(String),
    });
    expect(await engine.executeTask({ module: 3 } as never)).toMatchObject({
      success: false,
      result: null,
      task_id: null,
      error_code: "INVALID_PARAMETERS",
    });
    const id = engine.submitTask({ ...echo, ...message });
    await engine.taskOrchestrator.waitForCompletion();
    expect(engine.taskOrchestrator.getTaskStatus(id)).toBe("completed");
  });

  it("cancel a task when the signal says so", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    const stop = new AbortController();
    engine.events.on("task_started", () => stop.abort(new Error("enough")));
    const sleep = { module: "core", action: "sleep", parameters: { duration: 60 } };
    expect(await engine.executeTask(sleep, { signal: stop.signal })).toMatchObject({
      success: false,
      error_code: "CANCELLED",
    });
    expect(await engine.executeTask(sleep, { signal: stop.signal })).toMatchObject({
      error_code: "CANCELLED",
    });
  });
});

it("throws what went wrong where it is asked to", async () => {
  await using engine = new OrchestrationEngine({ baseDir, persist: false });
  engine.workflowManager.createWorkflow(
    "bad",
    [{ name: "a", module: "core", action: "fail", maxRetries: 0 }],
    false,
  );
  await expect(engine.executeWorkflow("nope", {}, { throwOnError: true })).rejects.toMatchObject({
    code: "WORKFLOW_NOT_FOUND",
  });
  await expect(engine.executeWorkflow("bad", {}, { throwOnError: true })).rejects.toMatchObject({
    code: "TASK_EXECUTION_FAILED",
    message: expect.stringContaining("Step a failed"),
  });
  await expect(
    engine.executeWorkflow("bad", {}, { throwOnError: true, sessionId: "s" }),
  ).rejects.toMatchObject({
    code: "SESSION_NOT_FOUND",
  });
});

it("takes the id of a session in any of its places (ENG-08)", async () => {
  await using engine = new OrchestrationEngine({ baseDir, persist: false });
  engine.workflowManager.createWorkflow("one", [echo], false);
  const id = engine.createSession();
  const outcomes = [
    await engine.executeWorkflow("one", { x: 1 }, id),
    await engine.executeWorkflow("one", id, { x: 1 }),
    await engine.executeWorkflow("one", { x: 1 }, { sessionId: id }),
  ];
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ success: true, session_id: id, results: { a: { output: { x: 1 } } } });
  expect((await engine.executeWorkflow("one", null, { x: 1 })).session_id).not.toBe(id);
  expect(await engine.executeWorkflow("one", {}, "nope")).toMatchObject({
    success: false,
    error: "Session nope not found",
    error_code: "SESSION_NOT_FOUND",
    session_id: "nope",
  });
});
