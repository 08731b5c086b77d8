import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore } from "@orch/core";
import { ModuleRegistry, TaskOrchestrator } from "@orch/tasks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WorkflowManager } from "./workflow-manager.ts";

describe("a WorkflowManager by itself", () => {
  let baseDir: string;
  beforeEach(() => {
    baseDir = mkdtempSync(join(tmpdir(), "orch-manager-"));
    mkdirSync(join(baseDir, "config", "modules"), { recursive: true });
    writeFileSync(
      join(baseDir, "config", "modules", "sums.mjs"),
      "export default { name: 'sums', actions: { add: { description: '', run: ({ a, b }) => a + b } } };",
    );
  });
  afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

  const steps = [{ name: "add", module: "sums", action: "add", parameters: { a: 1, b: 2 } }];

  it("runs what its base directory has, and finds it again later", async () => {
    let id: string;
    {
      await using manager = new WorkflowManager({ baseDir });
      expect(existsSync(join(baseDir, ".workflows"))).toBe(false);
      manager.createWorkflow("sum", steps);
      const execution = await manager.executeWorkflow("sum");
      expect(execution.result).toEqual({ add: 3 });
      id = execution.executionId;
    }
    await using later = new WorkflowManager({ baseDir });
    expect(later.listWorkflowNames()).toEqual(["sum"]);
    expect(later.getExecution(id)?.success).toBe(true);
  });

  it("lives in the directory of ORCH_DIR where none is given", async () => {
    const before = process.env["ORCH_DIR"];
    process.env["ORCH_DIR"] = baseDir;
    try {
      await using manager = new WorkflowManager({ store: memoryStore() });
      manager.createWorkflow("sum", steps);
      expect((await manager.executeWorkflow("sum")).result).toEqual({ add: 3 });
      expect(existsSync(join(baseDir, "config", "workflows", "production", "sum.json"))).toBe(true);
    } finally {
      if (before === undefined) delete process.env["ORCH_DIR"];
      else process.env["ORCH_DIR"] = before;
    }
  });

  it("works on the loop of an orchestrator that was not started, and leaves it open", async () => {
    const modules = new ModuleRegistry().register("here", "act", () => "done");
    await using taskOrchestrator = new TaskOrchestrator({ modules });
    const manager = new WorkflowManager({ taskOrchestrator, configDir: null });
    manager.createWorkflow("one", [{ name: "step", module: "here", action: "act" }], { save: false });
    expect((await manager.executeWorkflow("one")).result).toEqual({ step: "done" });
    await manager.close();
    expect((await taskOrchestrator.executeTask({ module: "here", action: "act" })).data).toBe("done");
  });

  it("closes the loop that it has made, once, and refuses to close as nobody can", async () => {
    const manager = new WorkflowManager({ baseDir });
    await expect(manager.close({ graceMs: -1 })).rejects.toMatchObject({ code: "INVALID_PARAMETERS" });
    await manager.close();
    await manager.close();
    await expect(manager.startWorkflow("sum")).rejects.toMatchObject({ code: "WORKFLOW_NOT_FOUND" });
    manager.createWorkflow("sum", steps, { save: false });
    await expect(manager.startWorkflow("sum")).rejects.toMatchObject({ code: "EXECUTOR_SHUTDOWN" });
  });
});
