import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OrchestrationEngine } from "../src/index.ts";

describe("a workflow that is put together for one run", () => {
  let baseDir: string;
  let engine: OrchestrationEngine;
  let began: string[];
  beforeEach(() => {
    baseDir = mkdtempSync(join(tmpdir(), "orch-complex-"));
    engine = new OrchestrationEngine({ baseDir, persist: false });
    began = [];
    engine.modules.register("rec", "act", ({ name, fails }) => {
      began.push(String(name));
      if (fails) throw new Error("no");
      return { of: name };
    });
  });
  afterEach(async () => {
    await engine.shutdown();
    rmSync(baseDir, { recursive: true, force: true });
  });
  const step = (name: string, more: object = {}) => ({
    name,
    module: "rec",
    action: "act",
    max_retries: 0,
    parameters: { name },
    ...more,
  });

  it("does nothing, and well, without steps (ENG-10)", async () => {
    expect(await engine.executeComplexWorkflow({ steps: [] })).toMatchObject({
      success: true,
      results: {},
      error: null,
      execution_stats: { total_tasks: 0, success_rate: 1 },
    });
  });

  it("runs in the order of its dependencies, whatever the order of its steps (ENG-10)", async () => {
    const outcome = await engine.executeComplexWorkflow({
      steps: [step("step2"), step("step1")],
      dependencies: { step2: ["step1"] },
    });
    expect(began).toEqual(["step1", "step2"]);
    expect(outcome).toMatchObject({
      success: true,
      results: {
        step1: { success: true, status: "completed", result: { of: "step1" }, attempts: 1 },
        step2: { success: true, data: { of: "step2" }, task_id: expect.stringMatching(/\/step2$/) },
      },
      execution_stats: { total_tasks: 2, completed: 2, failed: 0, success_rate: 1 },
      execution_id: expect.any(String),
    });
    const execution = engine.workflowManager.getExecution(outcome.execution_id ?? "");
    expect(execution).toMatchObject({ success: true, workflowName: "complex-workflow" });
  });

  it("has the results of the others where a step fails (ENG-10)", async () => {
    const outcome = await engine.executeComplexWorkflow({
      steps: [
        step("bad", { parameters: { name: "bad", fails: true } }),
        step("good"),
        step("after", { depends_on: ["bad"] }),
      ],
    });
    expect(outcome).toMatchObject({
      success: false,
      error: "Step bad failed: no",
      error_code: "TASK_EXECUTION_FAILED",
      results: {
        bad: { success: false, status: "failed", error: "no", error_code: "TASK_EXECUTION_FAILED" },
        good: { success: true },
        after: { success: false, status: "skipped" },
      },
      execution_stats: { total_tasks: 3, completed: 1, failed: 1, skipped: 1, success_rate: 0.5 },
    });
  });

  it("hands outputs on by reference, and waits for what is referred to", async () => {
    const outcome = await engine.executeComplexWorkflow({
      steps: [step("second", { parameters: { name: "{{first.output.of}} again" } }), step("first")],
    });
    expect(outcome.results["second"]).toMatchObject({ result: { of: "first again" } });
  });

  it("runs groups one after another, and the steps in no group when they can", async () => {
    const outcome = await engine.executeComplexWorkflow({
      steps: ["c", "free", "b2", "a", "b1"].map((name) => step(name)),
      parallel_groups: [["a"], [], ["b1", "b2"], ["c"]],
    });
    expect(outcome.success).toBe(true);
    const at = (name: string) => began.indexOf(name);
    for (const [earlier, later] of [
      ["a", "b1"],
      ["a", "b2"],
      ["b1", "c"],
      ["b2", "c"],
    ] as const)
      expect(at(earlier)).toBeLessThan(at(later));
    expect(began).toHaveLength(5);
  });

  it("runs nothing where its dependencies can never be kept, and says why", async () => {
    const steps = [step("a"), step("b")];
    expect(
      await engine.executeComplexWorkflow({ steps, dependencies: { a: ["b"], b: ["a"] } }),
    ).toMatchObject({
      success: false,
      error: "Circular dependency detected in workflow steps: ['a', 'b']",
      error_code: "DAG_CYCLE",
      results: {},
    });
    expect(await engine.executeComplexWorkflow({ steps, dependencies: { a: ["zz"] } })).toMatchObject({
      success: false,
      error: "Task 'a' depends on missing task 'zz'",
      error_code: "DAG_INVALID",
    });
    expect(began).toEqual([]);
  });

  it.each([
    [{ steps: 3 }, /steps must be an array/],
    [{ steps: [3] }, /steps\[0\] must be an object/],
    [{ steps: [{ name: "a" }], dependencies: { b: [] } }, /dependencies names the step 'b'/],
    [
      { steps: [{ name: "alpha" }], parallel_groups: [["alpa"]] },
      /parallel_groups\[0\] names the step 'alpa'/,
    ],
    [
      { steps: [{ name: "a", module: "m", action: "x", parameters: { at: new Date(0) } }] },
      /JSON cannot hold/,
    ],
    [{ steps: [{ name: "a" }] }, /module/],
    [null, /definition must be an object/],
  ])("refuses %j", async (definition, message) => {
    const outcome = await engine.executeComplexWorkflow(definition as never);
    expect(outcome).toMatchObject({ success: false, execution_id: null });
    expect(outcome.error).toMatch(message);
    expect(outcome.error_code).toMatch(/INVALID/);
  });

  it("says that its time was over, or that of its session, with what its steps came to", async () => {
    const slow = { name: "slow", module: "core", action: "sleep", parameters: { duration: 600 } };
    const timed = { success: false, error_code: "TIMEOUT_EXCEEDED", execution_id: expect.any(String) };
    const sessionId = engine.createSession("alice", { timeoutMs: 50 });
    const outcome = await engine.executeComplexWorkflow({ steps: [step("quick"), slow] }, sessionId);
    expect(outcome).toMatchObject({ ...timed, error: "Workflow execution timed out" });
    expect(outcome.results).toMatchObject({ quick: { success: true }, slow: { success: false } });
    const limited = await engine.executeComplexWorkflow({ steps: [step("quick"), slow] }, { timeoutMs: 50 });
    expect(limited).toMatchObject({ ...timed, error: "Workflow timed out after 0.05 seconds" });
    expect(limited.results).toMatchObject({ quick: { success: true }, slow: { success: false } });
  });

  it("runs no step without a name", async () => {
    const { name: _, ...nameless } = step("a");
    expect(await engine.executeComplexWorkflow({ steps: [nameless] })).toMatchObject({
      success: false,
      error: "definition.steps[0].name must be a text, was undefined",
      error_code: "INVALID_PARAMETERS",
    });
    expect(began).toEqual([]);
  });

  it("runs in the session that it is given", async () => {
    const id = engine.createSession("alice");
    const outcome = await engine.executeComplexWorkflow({ steps: [step("a")] }, id);
    expect(engine.workflowManager.getExecution(outcome.execution_id ?? "")?.sessionId).toBe(id);
    expect(engine.getSession(id)?.history).toMatchObject([{ type: "complex_workflow", success: true }]);
    expect(await engine.executeComplexWorkflow({ steps: [step("a")] }, "nope")).toMatchObject({
      error: "Session nope not found",
      error_code: "SESSION_NOT_FOUND",
    });
  });
});
