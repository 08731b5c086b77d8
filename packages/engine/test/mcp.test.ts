import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { sleep } from "@orch/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  executeMcpTool,
  getMcpToolDefinitions,
  getMcpTools,
  getOrchestrationEngine,
  getWorkflowManager,
  OrchestrationEngine,
  OrchestrationMCPTools,
  resetDefaultEngine,
} from "../src/index.ts";

const echo = { name: "a", module: "core", action: "echo", parameters: { message: "hi" } };
let baseDir: string;
const before = process.env["ORCH_DIR"];

beforeEach(() => {
  baseDir = realpathSync(mkdtempSync(join(tmpdir(), "orch-engine-")));
  process.env["ORCH_DIR"] = baseDir;
});
afterEach(async () => {
  await resetDefaultEngine();
  if (before === undefined) delete process.env["ORCH_DIR"];
  else process.env["ORCH_DIR"] = before;
  rmSync(baseDir, { recursive: true, force: true });
});

describe("the default engine", () => {
  it("is made once, with its parts, until it is reset (ENG-11)", async () => {
    const first = getOrchestrationEngine();
    expect(getWorkflowManager()).toBe(first.workflowManager);
    expect(getMcpTools()).toBe(getMcpTools());
    await resetDefaultEngine();
    expect(getOrchestrationEngine()).not.toBe(first);
  });

  it("has the tools of the specification (MCP-01)", () => {
    const definitions = getMcpToolDefinitions();
    expect(Object.keys(definitions)).toHaveLength(11);
    for (const [name, each] of Object.entries(definitions))
      expect(each).toMatchObject({ name, description: expect.any(String), input_schema: { type: "object" } });
  });

  it("stores and runs workflows for tools, which all others see, too (MCP-02)", async () => {
    expect(await executeMcpTool("create_workflow", { name: "mw", steps: [echo] })).toMatchObject({
      data: { workflow_name: "mw", steps_count: 1, description: "" },
    });
    expect(getWorkflowManager().listWorkflowNames()).toEqual(["mw"]);
    expect(await executeMcpTool("execute_workflow", { workflow_name: "mw", priority: "high" })).toMatchObject(
      {
        success: true,
        data: { success: true, steps_executed: 1 },
        metadata: { workflow_name: "mw", session_id: null },
      },
    );
  });

  it("runs tasks for tools (MCP-03)", async () => {
    const task = { name: "t", module: "core", action: "echo", parameters: { message: "q" } };
    expect(await executeMcpTool("execute_task", task)).toMatchObject({
      data: { success: true, result: { result: "q" } },
    });
    const failing = { ...task, action: "fail", parameters: { message: "no" }, max_retries: 0 };
    expect(await executeMcpTool("execute_task", failing)).toMatchObject({
      status: "failure",
      data: { task_id: expect.any(String) },
      error: { error_code: "TASK_EXECUTION_FAILED", error_message: expect.stringContaining("no") },
    });
  });

  it("refuses what it does not know (MCP-04, MCP-07)", async () => {
    expect((await executeMcpTool("nope")).error).toMatchObject({ error_code: "TOOL_NOT_FOUND" });
    await executeMcpTool("create_workflow", { name: "mw", steps: [echo] });
    expect((await executeMcpTool("execute_workflow", { workflow_name: "x" })).error).toMatchObject({
      error_code: "WORKFLOW_NOT_FOUND",
      error_details: { available: ["mw"] },
    });
  });
});

describe("tools over an engine", () => {
  const open = () => {
    const engine = new OrchestrationEngine({ baseDir });
    return { engine, tools: new OrchestrationMCPTools(engine, { followUp: true }) };
  };

  it("run steps together in the order that is asked for, as other work (ENG-10)", async () => {
    const { engine, tools } = open();
    await using _ = engine;
    const steps = [
      { ...echo, name: "s2", parameters: { message: "{{s1.output}}!" } },
      { ...echo, name: "s1" },
    ];
    const run = (workflow_definition: object) =>
      tools.executeTool("create_complex_workflow", { name: "c", workflow_definition } as never);
    expect(await run({ steps })).toMatchObject({
      success: true,
      data: {
        workflow_name: "c",
        execution_result: { results: { s2: { result: "hi!" }, s1: { success: true } } },
      },
    });
    expect(await run({ steps: [] })).toMatchObject({
      success: true,
      data: { execution_result: { results: {} } },
    });
    const groups = await run({ steps: [echo, { ...echo, name: "b" }], parallel_groups: [["b"], ["a"]] });
    expect(groups).toMatchObject({
      success: true,
      data: { execution_result: { execution_stats: { completed: 2 } } },
    });
    const cycle = await run({ steps: [echo, { ...echo, name: "b" }], dependencies: { a: ["b"], b: ["a"] } });
    expect(cycle.error).toMatchObject({
      error_code: "DAG_CYCLE",
      error_message: "Circular dependency detected in workflow steps: ['a', 'b']",
    });
    const missing = await run({ steps: [echo], dependencies: { a: ["zz"] } });
    expect(missing.error?.error_message).toBe("Task 'a' depends on missing task 'zz'");
    const failing = { name: "f", module: "core", action: "fail", max_retries: 0 };
    expect(await run({ steps: [failing, echo] })).toMatchObject({
      success: false,
      data: { execution_result: { results: { a: { success: true, result: "hi" }, f: { success: false } } } },
    });
  });

  it("make projects inside of the base directory and keep them (MCP-05, MCP-06, MCP-07)", async () => {
    const { engine, tools } = open();
    await using _ = engine;
    const made = await tools.executeTool("create_project", { name: "mp" });
    expect(made).toMatchObject({ success: true, data: { template_used: "ai_analysis", project_name: "mp" } });
    const { project_path, files_created } = made.data as { project_path: string; files_created: string[] };
    expect(files_created).toContain("README.md");
    for (const file of files_created) expect(existsSync(join(project_path, file)), file).toBe(true);
    const outside = await tools.executeTool("create_project", { name: "x", path: "/etc/x" });
    expect(outside.error).toMatchObject({ error_code: "PERMISSION_DENIED" });
    const parameters = { milestone_name: "m", data: { a: 1 } };
    const about = { project_name: "mp" };
    expect(
      (await tools.executeTool("manage_project", { ...about, operation: "milestone", parameters })).success,
    ).toBe(true);
    expect((await tools.executeTool("manage_project", { ...about, operation: "status" })).data).toMatchObject(
      {
        project_status: { milestones: { m: { a: 1 } } },
      },
    );
    const exploded = await tools.executeTool("manage_project", { ...about, operation: "explode" });
    expect(exploded.error?.error_message).toContain("status, update, milestone, archive");
    const template = await tools.executeTool("create_project", { name: "y", template: "zz" });
    expect(template.error).toMatchObject({
      error_code: "TEMPLATE_NOT_FOUND",
      error_details: { available: expect.arrayContaining(["ai_analysis"]) },
    });
  });

  it("run in a session that is there, and refuse one that is not", async () => {
    const { engine, tools } = open();
    await using _ = engine;
    const session_id = engine.createSession("agent");
    await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    const run = (id: string) =>
      tools.executeTool("execute_workflow", { workflow_name: "mw", session_id: id });
    expect(await run(session_id)).toMatchObject({ success: true, data: { session_id } });
    expect((await run("none")).error).toMatchObject({ error_code: "SESSION_NOT_FOUND" });
    const status = await tools.executeTool("get_system_status", { include_active_sessions: true });
    expect(status.data).toMatchObject({ sessions: [{ session_id, user_id: "agent" }] });
  });

  it("find the same run under a key after a restart, and refuse the key for something else", async () => {
    const ask = async (more: object) => {
      const { engine, tools } = open();
      await using _ = engine;
      const result = await tools.executeTool("execute_workflow", {
        workflow_name: "mw",
        idempotency_key: "k",
        ...more,
      });
      return { result, runs: engine.workflowManager.listExecutions().length };
    };
    {
      const { engine, tools } = open();
      await using _ = engine;
      await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    }
    const first = await ask({});
    const second = await ask({});
    expect(second.result.data?.["execution_id"]).toBe(first.result.data?.["execution_id"]);
    expect(second).toMatchObject({ result: { success: true }, runs: 1 });
    expect((await ask({ parameters: { x: 1 } })).result.error).toMatchObject({
      error_code: "IDEMPOTENCY_CONFLICT",
    });
  });

  it.each([true, false])(
    "run once what is asked for at the same time under one key (wait: %s)",
    async (wait) => {
      const { engine, tools } = open();
      await using _ = engine;
      let called = 0;
      engine.modules.register("work", "count", () => ++called);
      engine.workflowManager.createWorkflow("mw", [{ name: "a", module: "work", action: "count" }]);
      const args = { workflow_name: "mw", idempotency_key: "k", wait };
      const results = await Promise.all(
        Array.from({ length: 6 }, () => tools.executeTool("execute_workflow", args)),
      );
      const ids = results.map(({ data }) => String(data?.["execution_id"]));
      expect(results.map(({ success }) => success)).not.toContain(false);
      expect(new Set(ids).size).toBe(1);
      await engine.waitForWorkflow(ids[0] ?? "");
      expect(called).toBe(1);
    },
  );

  it("go on with the run of a key whose process is gone", async () => {
    const args = { workflow_name: "mw", idempotency_key: "k" };
    {
      const { engine, tools } = open();
      await using _ = engine;
      const long = { name: "a", module: "work", action: "once", max_retries: 0 };
      engine.modules.register("work", "once", (_, { signal }) => sleep(600_000, { signal }));
      engine.workflowManager.createWorkflow("mw", [long]);
      await tools.executeTool("execute_workflow", { ...args, wait: false });
    }
    const { engine, tools } = open();
    await using _ = engine;
    engine.modules.register("work", "once", () => "done");
    const [run] = engine.workflowManager.listExecutions();
    expect(run && engine.workflowManager.standingOf(run.id)).toBe("interrupted");
    expect(await tools.executeTool("execute_workflow", args)).toMatchObject({
      success: true,
      data: { execution_id: run?.id, results: { a: { output: "done" } } },
    });
  });

  it("give the id at once of a run that waits for its turn in its session", async () => {
    const { engine, tools } = open();
    await using _ = engine;
    const session_id = engine.createSession({ maxParallelWorkflows: 1 });
    const wait = { name: "a", module: "core", action: "sleep", parameters: { duration: 600 } };
    engine.workflowManager.createWorkflow("mw", [wait]);
    const args = { workflow_name: "mw", session_id, wait: false };
    const first = await tools.executeTool("execute_workflow", args);
    expect(first.data).toMatchObject({ status: "running" });
    expect(await tools.executeTool("execute_workflow", args)).toMatchObject({
      success: true,
      data: { execution_id: expect.any(String), status: "pending" },
    });
  });

  it("write over no file, neither of another workflow nor one that cannot be read", async () => {
    const production = join(baseDir, "config", "workflows", "production");
    mkdirSync(production, { recursive: true });
    const texts = { mine: JSON.stringify({ name: "theirs", steps: [echo] }), broken: "{ half" };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(production, `${name}.json`), text);
    const { engine, tools } = open();
    await using _ = engine;
    for (const [name, text] of Object.entries(texts)) {
      const made = await tools.executeTool("create_workflow", { name, steps: [echo] });
      expect(made.error, name).toMatchObject({ error_code: "WORKFLOW_EXISTS" });
      expect(readFileSync(join(production, `${name}.json`), "utf8")).toBe(text);
    }
  });

  it("tell of health and metrics (ENG-06)", async () => {
    const { engine, tools } = open();
    await using _ = engine;
    const health = await tools.executeTool("get_health_status");
    expect(health.data).toMatchObject({
      overall_status: "healthy",
      timestamp: expect.any(String),
      issues: [],
    });
    expect(Object.keys(health.data?.["components"] as object)).toEqual([
      "workflow_manager",
      "task_orchestrator",
      "project_manager",
      "resource_manager",
    ]);
    engine.resourceManager.addResource({ id: "seat", name: "Seat", type: "custom", capacity: { units: 20 } });
    engine.resourceManager.allocate("seat", "me", 19);
    expect((await tools.executeTool("get_health_status")).data).toMatchObject({
      overall_status: "degraded",
      issues: ["Resource Seat is over 90% utilized"],
    });
    const status = await tools.executeTool("get_system_status", {
      include_detailed_metrics: true,
      time_range_hours: 1,
    });
    expect(status.data).toMatchObject({
      metrics: { tasks: { total_tasks: 0 } },
      recent_runs: { by_status: {} },
    });
    expect(JSON.stringify(status)).not.toContain(baseDir);
  });

  it("say nothing of where files are when these are broken", async () => {
    const flows = join(baseDir, "config", "workflows", "production");
    mkdirSync(flows, { recursive: true });
    writeFileSync(join(flows, "broken.json"), "{");
    const { engine, tools } = open();
    await using _ = engine;
    for (const [name, args] of [
      ["get_health_status", {}],
      ["get_system_status", {}],
      ["execute_workflow", { name: "broken" }],
    ] as const) {
      const text = JSON.stringify(await tools.executeTool(name, args));
      expect(text, name).toContain("broken.json");
      expect(text, name).not.toContain(baseDir);
    }
  });

  it("write nothing to look", async () => {
    const { engine, tools } = open();
    await using _ = engine;
    for (const name of [
      "list_workflows",
      "get_system_status",
      "get_health_status",
      "list_executions",
      "list_modules",
    ])
      expect((await tools.executeTool(name)).success, name).toBe(true);
    expect(existsSync(join(baseDir, ".workflows"))).toBe(false);
  });
});

it("runs actions of module files in a process of their own where it is asked to", async () => {
  const modules = join(baseDir, "config", "modules");
  mkdirSync(modules, { recursive: true });
  writeFileSync(
    join(modules, "who.mjs"),
    "export default { name: 'who', actions: { pid: { description: '', run: () => process.pid } } };",
  );
  await using apart = new OrchestrationEngine({ baseDir, persist: false, moduleIsolation: "process" });
  const task = { name: "t", module: "who", action: "pid" };
  expect((await apart.executeTask(task)).result?.["result"]).not.toBe(process.pid);
  expect((await apart.executeTask({ name: "t", module: "core", action: "echo" })).success).toBe(true);
  await using here = new OrchestrationEngine({ baseDir, persist: false });
  expect((await here.executeTask(task)).result?.["result"]).toBe(process.pid);
});

it("is loaded without the SDK of the protocol", async () => {
  const script = `
    import { registerHooks } from "node:module";
    registerHooks({ load: (url, context, next) => { if (url.includes("modelcontextprotocol")) console.log(url); return next(url, context); } });
    await import("@orch/engine");`;
  const args = ["--conditions=@orch/source", "--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: join(import.meta.dirname, ".."),
  });
  expect(stdout).toBe("");
});
