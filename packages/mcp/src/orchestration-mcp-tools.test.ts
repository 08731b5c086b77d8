import { existsSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { smallHost } from "../test/small-host.ts";
import { OrchestrationMCPTools } from "./orchestration-mcp-tools.ts";

const folder = sandbox();
const echo = { name: "a", module: "core", action: "echo", parameters: { message: "hi" } };

function aHost() {
  const host = smallHost(folder());
  return { host, tools: new OrchestrationMCPTools(host, { followUp: true }) };
}

const dataOf = async (result: Promise<{ readonly data: JsonObject | null }>) => (await result).data ?? {};

describe("OrchestrationMCPTools", () => {
  it("tells of the 11 tools of the specification, with what each requires (MCP-01)", async () => {
    await using host = smallHost(folder());
    const tools = new OrchestrationMCPTools(host);
    const definitions = tools.getToolDefinitions();
    expect(Object.keys(definitions)).toEqual([
      "execute_workflow",
      "create_workflow",
      "list_workflows",
      "create_project",
      "list_projects",
      "execute_task",
      "get_system_status",
      "get_health_status",
      "allocate_resources",
      "create_complex_workflow",
      "manage_project",
    ]);
    for (const [name, definition] of Object.entries(definitions))
      expect(definition).toEqual({ name, description: expect.any(String), input_schema: expect.any(Object) });
    expect(definitions["execute_workflow"]?.input_schema["required"]).toEqual(["workflow_name"]);
    expect(definitions["create_workflow"]?.input_schema["required"]).toEqual(["name", "steps"]);
    expect([...tools].map(({ name }) => name)).toEqual(Object.keys(definitions));
  });

  it("stores a workflow and runs it by name (MCP-02)", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    const made = await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    expect(made).toMatchObject({
      status: "success",
      data: { workflow_name: "mw", steps_count: 1, description: "" },
      metadata: { tool_name: "create_workflow", timestamp: expect.any(String) },
    });
    const ran = await tools.executeTool("execute_workflow", { workflow_name: "mw" });
    expect(ran).toMatchObject({ status: "success", success: true, data: { success: true }, error: null });
    const again = await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    expect(again.error).toMatchObject({ error_code: "WORKFLOW_EXISTS" });
  });

  it("runs a task, and says of a failing one what it said (MCP-03)", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    const task = { name: "t", module: "core", action: "echo", parameters: { message: "q" } };
    expect(await tools.executeTool("execute_task", task)).toMatchObject({
      status: "success",
      data: { result: { result: "q" } },
      metadata: { task_name: "t", module: "core", action: "echo", timestamp: expect.any(String) },
    });
    const failing = { ...task, action: "fail", parameters: { message: "no" }, retry_count: 0 };
    expect(await tools.executeTool("execute_task", failing)).toMatchObject({
      status: "failure",
      data: { task_id: expect.any(String) },
      error: { error_message: expect.stringContaining("no"), error_code: "TASK_EXECUTION_FAILED" },
    });
  });

  it("refuses an unknown tool, and arguments that are missing, wrong or unknown (MCP-04)", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    expect(await tools.executeTool("nope", {})).toMatchObject({
      status: "failure",
      data: null,
      error: {
        error_code: "TOOL_NOT_FOUND",
        error_type: "ToolNotFoundError",
        error_message: "Tool 'nope' not found",
      },
    });
    const missing = await tools.executeTool("execute_workflow", {});
    expect(missing.error).toMatchObject({
      error_code: "INVALID_PARAMETERS",
      error_message: expect.stringContaining("workflow_name"),
    });
    const unknown = await tools.executeTool("execute_workflow", { workflow_nam: "x", mode: "turbo" });
    expect(unknown.error?.error_details["problems"]).toEqual([
      { path: "workflow_nam", message: "is no argument of execute_workflow; did you mean 'workflow_name'?" },
      { path: "workflow_name", message: "is required, of type string" },
      { path: "mode", message: expect.stringContaining("must be one of sequential, parallel") },
    ]);
    expect(unknown.error?.suggestions).toContain("Did you mean 'workflow_name'?");
  });

  it("makes projects inside of the base directory only (MCP-05)", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    const made = await tools.executeTool("create_project", { name: "mp" });
    const { project_path, files_created } = made.data as { project_path: string; files_created: string[] };
    expect(made).toMatchObject({ success: true, data: { template_used: "ai_analysis", project_name: "mp" } });
    expect(files_created).toEqual(expect.arrayContaining(["README.md", "AGENTS.md"]));
    for (const file of files_created) expect(existsSync(join(project_path, file))).toBe(true);
    symlinkSync(tmpdir(), join(host.config.baseDir, "out"));
    for (const path of ["/etc/x", "../x", "out/x", ".workflows/x", "config/modules/x", "."])
      expect((await tools.executeTool("create_project", { name: "p2", path })).error, path).toMatchObject({
        error_code: "PERMISSION_DENIED",
      });
    const inside = await tools.executeTool("create_project", { name: "p3", project_path: "work/p3" });
    expect(inside.data).toMatchObject({ project_path: join(host.config.baseDir, "work", "p3") });
    expect(await dataOf(tools.executeTool("list_projects"))).toMatchObject({
      count: 2,
      projects: [{ name: "mp" }, { name: "p3" }],
    });
  });

  it("keeps milestones, updates and archives, and lists the operations for another one (MCP-06)", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    await tools.executeTool("create_project", { name: "mp" });
    const manage = (operation: string, parameters: JsonObject = {}) =>
      tools.executeTool("manage_project", { project_name: "mp", operation, parameters });
    expect(await manage("milestone", { milestone_name: "m", data: { a: 1 } })).toMatchObject({
      success: true,
    });
    expect((await manage("status")).data).toMatchObject({ project_status: { milestones: { m: { a: 1 } } } });
    expect((await manage("update", { status: "active", description: "new" })).data).toMatchObject({
      project_status: { status: "active" },
    });
    expect((await manage("archive")).data).toMatchObject({ project_status: { status: "archived" } });
    const exploded = await manage("explode");
    expect(exploded.status).toBe("failure");
    expect(exploded.error?.error_message).toContain("status, update, milestone, archive");
    expect((await manage("milestone", { mileston_name: "m" })).error).toMatchObject({
      error_code: "INVALID_PARAMETERS",
    });
    const nowhere = await tools.executeTool("manage_project", { name: "no", operation: "status" });
    expect(nowhere.error).toMatchObject({
      error_code: "PROJECT_NOT_FOUND",
      error_details: { available: ["mp"] },
    });
  });

  it("says what there is where a name is not found (MCP-07)", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    const unknown = await tools.executeTool("execute_workflow", { workflow_name: "mv" });
    expect(unknown.error).toMatchObject({
      error_code: "WORKFLOW_NOT_FOUND",
      error_details: { available: ["mw"] },
    });
    const template = await tools.executeTool("create_project", { name: "x", template: "zz" });
    expect(template.error).toMatchObject({
      error_code: "TEMPLATE_NOT_FOUND",
      error_details: { available: ["ai_analysis", "data_pipeline", "web_application"] },
    });
  });

  it("asks its policy before anything is done", async () => {
    await using host = smallHost(folder());
    const asked: unknown[] = [];
    const tools = new OrchestrationMCPTools(host, {
      policy: (tool, args) => {
        asked.push([tool, args]);
        return tool === "list_workflows" || "only looking is allowed";
      },
    });
    const refused = await tools.executeTool("create_workflow", { workflow_name: "mw", steps: [echo] });
    expect(refused.error).toMatchObject({
      error_code: "PERMISSION_DENIED",
      error_message: "only looking is allowed",
    });
    expect((await tools.executeTool("list_workflows")).data).toMatchObject({ count: 0 });
    expect(asked[0]).toEqual(["create_workflow", expect.objectContaining({ name: "mw", description: "" })]);
  });

  it("needs a host, and says so of one without projects", async () => {
    expect(() => new OrchestrationMCPTools(null as never)).toThrowError(
      expect.objectContaining({ code: "MCP_UNAVAILABLE" }),
    );
    await using host = smallHost(folder());
    const tools = new OrchestrationMCPTools({ ...host, projectManager: undefined } as never);
    expect((await tools.executeTool("list_projects")).error).toMatchObject({ error_code: "MCP_UNAVAILABLE" });
  });

  it("refuses a session that is not there, before anything is done", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    const result = await tools.executeTool("execute_workflow", { workflow_name: "mw", session_id: "none" });
    expect(result.error).toMatchObject({ error_code: "SESSION_NOT_FOUND" });
    expect(host.workflowManager.listExecutions()).toEqual([]);
  });
});

describe("what follows a run", () => {
  it("is a run at once without waiting, and the same one for the same key", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    const call = { workflow_name: "mw", idempotency_key: "k" };
    const first = await dataOf(tools.executeTool("execute_workflow", { ...call, wait: false }));
    expect(first).toMatchObject({ execution_id: expect.any(String), success: true });
    const second = await dataOf(tools.executeTool("execute_workflow", call));
    expect(second).toMatchObject({ execution_id: first["execution_id"], success: true });
    const other = await tools.executeTool("execute_workflow", { ...call, parameters: { x: 1 } });
    expect(other.error).toMatchObject({ error_code: "IDEMPOTENCY_CONFLICT" });
    expect(host.workflowManager.listExecutions()).toHaveLength(1);
  });

  it("is watched by its events, and looked at as a whole", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    const { execution_id } = await dataOf(tools.executeTool("execute_workflow", { workflow_name: "mw" }));
    const all = await dataOf(
      tools.executeTool("get_execution", { execution_id: execution_id as string, since: 0 }),
    );
    expect(all).toMatchObject({
      status: "completed",
      more: false,
      events: [{ type: "workflow_started" }, {}, {}, {}],
    });
    const none = { execution_id: execution_id as string, since: all["next_since"] as number };
    expect(await dataOf(tools.executeTool("get_execution", none))).toMatchObject({ events: [] });
    const whole = await dataOf(tools.executeTool("get_execution", { execution_id: execution_id as string }));
    expect(whole).toMatchObject({ status: "completed", results: { a: { output: "hi" } } });
    expect(await dataOf(tools.executeTool("list_executions", { limit: 1 }))).toMatchObject({
      executions: [{ execution_id, workflow_name: "mw", status: "completed" }],
      next_cursor: null,
    });
    expect((await tools.executeTool("get_execution", { execution_id: "x" })).error).toMatchObject({
      error_code: "EXECUTION_NOT_FOUND",
    });
  });

  it("is cancelled, explained and gone on with", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    const steps = [{ ...echo, name: "long", module: "work", action: "wait", max_retries: 0 }];
    let stopped = false;
    const begun = Promise.withResolvers<void>();
    host.modules.register("work", "wait", (_parameters, { signal, attempt }) => {
      if (attempt > 1) return "done";
      begun.resolve();
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          stopped = true;
          reject(signal.reason);
        }),
      );
    });
    await tools.executeTool("create_workflow", { name: "mw", steps });
    const { execution_id } = (await dataOf(
      tools.executeTool("execute_workflow", { workflow_name: "mw", wait: false }),
    )) as { execution_id: string };
    await begun.promise;
    expect(await dataOf(tools.executeTool("explain_wait", { execution_id }))).toMatchObject({
      status: "running",
      causes: [{ step: "long", reason: "running" }],
    });
    expect(await dataOf(tools.executeTool("cancel_execution", { execution_id }))).toMatchObject({
      cancelled: true,
    });
    await host.waitForWorkflow(execution_id);
    expect(stopped).toBe(true);
    expect(await dataOf(tools.executeTool("cancel_execution", { execution_id }))).toMatchObject({
      cancelled: false,
    });
    const resumed = await tools.executeTool("resume_execution", { execution_id });
    expect(resumed).toMatchObject({ success: true, data: { results: { long: { output: "done" } } } });
  });

  it("has modules, templates and definitions to look at before", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    expect(await dataOf(tools.executeTool("list_modules"))).toMatchObject({ modules: [{ name: "core" }] });
    expect(await dataOf(tools.executeTool("list_templates"))).toMatchObject({ count: 3 });
    const definition = { name: "x", steps: [{ ...echo, dependencies: ["zz"] }] };
    expect(await dataOf(tools.executeTool("validate_workflow", { definition }))).toMatchObject({
      valid: false,
      problems: [{ code: "UNKNOWN_DEPENDENCY" }],
    });
    await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    expect(await dataOf(tools.executeTool("get_workflow", { name: "mw" }))).toMatchObject({
      definition: { name: "mw" },
    });
  });

  it("gives back what was allocated, once", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    const taken = await dataOf(
      tools.executeTool("allocate_resources", {
        user_id: "u",
        requirements: { cpu: { cores: 1 } },
        timeout: 60,
      }),
    );
    expect(taken).toMatchObject({ user_id: "u", allocation_ids: [expect.any(String)] });
    const release = { user_id: "u", allocation_ids: taken["allocation_ids"] as string[] };
    expect((await tools.executeTool("release_resources", { ...release, user_id: "v" })).success).toBe(false);
    expect((await tools.executeTool("release_resources", release)).success).toBe(true);
    expect((await tools.executeTool("release_resources", release)).error).toMatchObject({
      error_code: "ALLOCATION_NOT_FOUND",
    });
  });

  it("holds what it needs while it runs, and nothing afterwards", async () => {
    const { host, tools } = aHost();
    await using _ = host;
    await tools.executeTool("create_workflow", { name: "mw", steps: [echo] });
    const used = () => host.resourceManager.getResourceUsage()["total_allocations"];
    let during: unknown;
    host.events.on("*", () => {
      during ??= used();
    });
    const call = { workflow_name: "mw", resource_requirements: { cpu: { cores: 1 } } };
    expect((await tools.executeTool("execute_workflow", call)).success).toBe(true);
    expect([during, used()]).toEqual([1, 0]);
    const never = { ...call, resource_requirements: { cpu: { cores: 1e6 } } };
    expect((await tools.executeTool("execute_workflow", never)).error).toMatchObject({
      error_code: "RESOURCE_UNAVAILABLE",
    });
  });
});
