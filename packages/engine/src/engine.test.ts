import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OrchestrationEngine } from "./engine.ts";

describe("OrchestrationEngine", () => {
  let baseDir: string;
  beforeEach(() => {
    baseDir = mkdtempSync(join(tmpdir(), "orch-engine-"));
    const flows = join(baseDir, "config", "workflows", "production");
    const modules = join(baseDir, "config", "modules");
    for (const directory of [flows, modules]) mkdirSync(directory, { recursive: true });
    writeFileSync(
      join(modules, "sums.mjs"),
      "export default { name: 'sums', actions: { add: { description: '', run: ({ a, b }) => ({ sum: a + b }) } } };",
    );
    const steps = [
      { name: "first", module: "sums", action: "add", parameters: { a: "{{x}}", b: 1 } },
      { name: "second", module: "sums", action: "add", parameters: { a: "{{first.output.sum}}", b: 10 } },
    ];
    writeFileSync(
      join(flows, "twice.json"),
      JSON.stringify({ name: "twice", parameters: { x: { type: "number", default: 1 } }, steps }),
    );
  });
  afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

  it("runs a workflow of files with modules of files, and keeps it", async () => {
    let id: string | null;
    {
      await using engine = new OrchestrationEngine({ baseDir });
      const outcome = await engine.executeWorkflow("twice", { x: 5 });
      expect(outcome).toMatchObject({
        success: true,
        error: null,
        steps_executed: 2,
        results: { second: { output: { sum: 16 } } },
      });
      id = outcome.execution_id;
    }
    await using later = new OrchestrationEngine({ baseDir });
    expect(later.workflowManager.getExecution(id ?? "")?.result).toEqual({
      first: { sum: 6 },
      second: { sum: 16 },
    });
  });

  it("runs processes and keeps records as its file says", async () => {
    const run = "() => Promise.resolve(process.env.ORCH_TEST_SECRET ?? null)";
    writeFileSync(
      join(baseDir, "config", "modules", "apart.mjs"),
      `export default { name: 'apart', actions: { tell: { description: '', isolation: 'process', run: ${run} } } };`,
    );
    writeFileSync(
      join(baseDir, "orchestration.json"),
      JSON.stringify({ runners: { process_env: ["ORCH_TEST_SECRET"] }, retention: { in_memory: 0 } }),
    );
    process.env["ORCH_TEST_SECRET"] = "known";
    try {
      await using engine = new OrchestrationEngine({ baseDir });
      const result = await engine.taskOrchestrator.executeTask({ module: "apart", action: "tell" });
      expect(result.data).toBe("known");
      expect(engine.taskOrchestrator.listTasks()).toEqual([]);
      await using other = new OrchestrationEngine({ baseDir, runners: { processEnv: [] } });
      expect((await other.taskOrchestrator.executeTask({ module: "apart", action: "tell" })).data).toBeNull();
    } finally {
      delete process.env["ORCH_TEST_SECRET"];
    }
  });

  it("never rejects: what goes wrong is in the envelope (ENG-08)", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const unknown = await engine.executeWorkflow("twise");
    expect(unknown).toMatchObject({
      success: false,
      error_code: "WORKFLOW_NOT_FOUND",
      details: { near: ["twice"] },
    });
    expect(unknown.error).toMatch(/^Workflow execution failed: .*not found/);
    expect(await engine.executeWorkflow("twice", { x: "five" })).toMatchObject({
      success: false,
      error_code: "INVALID_PARAMETERS",
    });
  });

  it("refuses bad arguments with a code, and leaves no session behind", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const calls: ((given: never) => Promise<{ error_code?: string }>)[] = [
      (options) => engine.executeWorkflow("twice", {}, options),
      (options) => engine.executeTask({ module: "core", action: "echo" }, options),
      (options) => engine.executeComplexWorkflow({ steps: [{ name: "a" }] }, options),
      (options) => engine.executeProjectWorkflow("p", "twice", {}, options),
    ];
    const refused = { success: false, error_code: "INVALID_PARAMETERS" };
    for (const call of calls)
      for (const options of [null, 5, { sesionId: "typo" }, { signal: 5 }])
        expect(await call(options as never)).toMatchObject(refused);
    expect(await engine.executeWorkflow(5 as never)).toMatchObject(refused);
    for (const parameters of [{ f: () => 1 }, [1], 5])
      expect(await engine.executeWorkflow("twice", parameters as never)).toMatchObject(refused);
    await expect(
      engine.executeWorkflow("twice", {}, { throwOnError: true, mode: 5 as never }),
    ).rejects.toThrow(expect.objectContaining({ code: "INVALID_PARAMETERS" }));
    expect(engine.listSessions()).toEqual([]);
  });

  it("is not shut down by bad arguments, and can be afterwards", async () => {
    const engine = new OrchestrationEngine({ baseDir });
    const id = engine.createSession();
    for (const options of [null, { graceMs: -1 }, { keepSession: true }])
      await expect(engine.shutdown(options as never)).rejects.toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
    expect(engine.getSession(id)?.status).toBe("pending");
    expect((await engine.executeWorkflow("twice", {}, id)).success).toBe(true);
    await engine.shutdown();
    await engine.shutdown();
    expect(() => engine.createSession()).toThrow(expect.objectContaining({ code: "EXECUTOR_SHUTDOWN" }));
  });

  it("says what failed, with the results of the others", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const failing = {
      name: "bad",
      module: "core",
      action: "fail",
      parameters: { message: "no" },
      maxRetries: 0,
    };
    engine.workflowManager.createWorkflow(
      "half",
      [{ name: "good", module: "core", action: "echo" }, failing],
      { save: false },
    );
    const outcome = await engine.executeWorkflow("half", { message: "hi" });
    expect(outcome).toMatchObject({
      success: false,
      error_code: "TASK_EXECUTION_FAILED",
      results: { good: { output: "hi" } },
    });
    expect(outcome.error).toBe("Workflow execution failed: Step bad failed: no");
  });

  it("writes nothing until something is run", async () => {
    {
      await using engine = new OrchestrationEngine({ baseDir });
      expect(engine.getSystemStatus()).toMatchObject({
        overall_status: "healthy",
        workflow_manager: { total_workflows: 1, running_workflows: 0 },
      });
      expect(engine.workflowManager.listExecutions()).toEqual([]);
    }
    expect(existsSync(join(baseDir, ".workflows"))).toBe(false);
  });

  it("keeps nothing on disk without persist", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    expect((await engine.executeWorkflow("twice")).success).toBe(true);
    expect(existsSync(join(baseDir, ".workflows"))).toBe(false);
  });

  it("reports a broken definition file and still runs the others", async () => {
    writeFileSync(join(baseDir, "config", "workflows", "production", "broken.json"), "{");
    await using engine = new OrchestrationEngine({ baseDir });
    expect(engine.getSystemStatus()).toMatchObject({
      overall_status: "degraded",
      issues: [expect.stringContaining("broken.json")],
    });
    expect((await engine.executeWorkflow("twice")).success).toBe(true);
  });

  it("refuses work after it was shut down, and shuts down twice", async () => {
    const engine = new OrchestrationEngine({ baseDir });
    await Promise.all([engine.shutdown(), engine.shutdown()]);
    expect(await engine.executeWorkflow("twice")).toMatchObject({
      success: false,
      error_code: "EXECUTOR_SHUTDOWN",
    });
  });

  it("gives the resources of its pool to steps, and takes them back", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    engine.resourceManager.addResource({ id: "seat", type: "custom", capacity: { units: 1 } });
    const seat = { type: "custom", identifier: "seat", mode: "read", amount: 1 } as const;
    const steps = ["a", "b", "c"].map((name) => ({
      name,
      module: "core",
      action: "echo",
      resources: [seat],
    }));
    engine.workflowManager.createWorkflow("seats", steps, { save: false });
    expect((await engine.executeWorkflow("seats")).success).toBe(true);
    expect(engine.resourceManager.getAvailableCapacity("seat")).toBe(1);
    engine.workflowManager.createWorkflow(
      "crowd",
      [{ name: "a", module: "core", action: "echo", resources: [{ ...seat, amount: 2 }] }],
      { save: false },
    );
    expect(await engine.executeWorkflow("crowd")).toMatchObject({
      success: false,
      error_code: "RESOURCE_UNAVAILABLE",
    });
  });
});

describe("resources of tasks and of allocations by hand", () => {
  const seat = { type: "custom", identifier: "seat", mode: "read", amount: 1 } as const;
  const withSeat = () => {
    const engine = new OrchestrationEngine({ baseDir: tmpdir(), persist: false });
    engine.resourceManager.addResource({ id: "seat", type: "custom", capacity: { units: 1 } });
    engine.workflowManager.createWorkflow(
      "sit",
      [{ name: "a", module: "core", action: "echo", resources: [seat] }],
      {
        save: false,
      },
    );
    return engine;
  };

  it("start a step when the allocation that it waits for is released", async () => {
    await using engine = withSeat();
    const allocation = engine.resourceManager.allocate("seat", "me", 1);
    const run = engine.workflowManager.executeWorkflow("sit");
    const order: string[] = [];
    engine.events.on("step_started", () => order.push("started"));
    // The step is ready and parked once the execution is on disk.
    await new Promise((resolve) => engine.events.on("workflow_started", resolve));
    order.push("released");
    expect(engine.resourceManager.release(allocation?.id ?? "")).toBe(true);
    expect((await run).status).toBe("completed");
    expect(order).toEqual(["released", "started"]);
  });

  it("serve who waits by hand when the step that holds it has ended", async () => {
    await using engine = withSeat();
    const waits = new Promise((resolve) =>
      engine.events.on("step_started", () => resolve(engine.resourceManager.acquire("seat", "me", 1))),
    );
    expect((await engine.workflowManager.executeWorkflow("sit")).status).toBe("completed");
    expect(await waits).toMatchObject({ resourceId: "seat", userId: "me" });
    expect(engine.resourceManager.getAvailableCapacity("seat")).toBe(0);
  });
});
