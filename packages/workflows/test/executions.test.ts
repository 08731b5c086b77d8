import { type JsonObject, memoryStore } from "@orch/core";
import { describe, expect, it } from "vitest";
import { readDefinitionText } from "../src/definition-files.ts";
import { WorkflowNotFoundError, WorkflowTimeoutError } from "../src/errors.ts";
import type { RunOptions } from "../src/execution-start.ts";
import { definitionOrThrow } from "../src/index.ts";
import { aManager, drive, probeOf, settle } from "./rig.ts";

/** A step of the module `rec`; no retries unless said. */
const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action,
  max_retries: 0,
  retry_delay: 0,
  ...rest,
});

/** Runs steps to their end on a fresh manager. */
async function run(
  steps: readonly JsonObject[],
  parameters: JsonObject = {},
  options: RunOptions = {},
  workflow: JsonObject = {},
) {
  const made = aManager();
  made.manager.createWorkflow("w", steps, workflow);
  const execution = await drive(made.manager.executeWorkflow("w", parameters, options), made.clock);
  const statuses = Object.fromEntries(
    Object.entries(execution.results).map(([name, { status }]) => [name, status]),
  );
  return { ...made, execution, statuses };
}

describe("an execution", () => {
  it("WFX-01: is refused for an unknown workflow", async () => {
    const { manager } = aManager();
    manager.createWorkflow("nonexistant", [aStep("a", "ok")]);
    const error = await manager.executeWorkflow("nonexistent").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkflowNotFoundError);
    expect(error).toMatchObject({
      message: "Workflow 'nonexistent' not found",
      details: { available: ["nonexistant"], near: ["nonexistant"] },
    });
    expect(manager.listExecutions()).toEqual([]);
  });

  it("WFX-02: completes", async () => {
    const { execution, manager, clock } = await run([
      aStep("a", "ok"),
      aStep("b", "ok", { dependencies: ["a"] }),
    ]);
    expect(execution).toMatchObject({
      status: "completed",
      success: true,
      errors: [],
      error: null,
      result: { a: { step: "a" }, b: { step: "b" } },
    });
    expect(execution.startTime?.getTime()).toBeLessThanOrEqual(execution.endTime?.getTime() ?? 0);
    expect(execution.toDict()).toMatchObject({
      execution_id: execution.executionId,
      status: "completed",
      success: true,
      duration: 0,
    });
    expect(manager.getExecution(execution.executionId)).toEqual(execution);
    expect(manager.listExecutions({ status: "completed" }).map(({ id }) => id)).toEqual([
      execution.executionId,
    ]);
    expect(manager.listExecutions({ workflowName: "other" })).toEqual([]);
    // Nothing of it is left behind: no timer, and nothing for a recovery to look at.
    expect(manager.runtime.store.list("active/")).toEqual([]);
    clock.advance(5000);
    // That which deletes old executions.
    expect(clock.pending).toBe(1);
  });

  it("WFX-03: says of each step how it went", async () => {
    const { execution } = await run([aStep("a", "ok", { parameters: { p: 1 } }), aStep("c", "boom")]);
    expect(execution.results["a"]).toMatchObject({
      success: true,
      message: "Step a completed successfully",
      output: { step: "a" },
      parameters_used: { p: 1 },
      attempts: 1,
      retry_count: 0,
      cached: false,
    });
    expect(execution.results["a"]?.["execution_time"]).toBeGreaterThanOrEqual(0);
    expect(execution.results["c"]).toMatchObject({
      success: false,
      status: "failed",
      error: "boom!",
      error_type: "Error",
      error_code: "TASK_EXECUTION_FAILED",
    });
  });

  it("WFX-04: lets a step's own parameter win, or the caller's", async () => {
    const steps = [aStep("a", "ok", { parameters: { k: "step" } })];
    const own = await run(steps, { k: "global", other: true });
    expect(own.calls[0]?.parameters).toEqual({ k: "step", other: true });
    const callers = await run(steps, { k: "global" }, { paramPrecedence: "caller" });
    expect(callers.calls[0]?.parameters).toEqual({ k: "global" });
    const defaults = await run(
      steps,
      {},
      { paramPrecedence: "caller" },
      { parameters: { k: { default: "default" } } },
    );
    expect(defaults.calls[0]?.parameters).toEqual({ k: "step" });
  });

  it("WFX-05: replaces placeholders at any depth", async () => {
    const { calls } = await run(
      [aStep("a", "ok", { parameters: { m: "hi {{x}}", n: "{{x}}", o: ["{{ x }}", { p: "{{x}}" }] } })],
      { x: 1 },
    );
    expect(calls[0]?.parameters).toEqual({ m: "hi 1", n: 1, o: [1, { p: 1 }], x: 1 });
  });

  it("WFX-06: runs a step behind the one that it refers to", async () => {
    const value = { data: { A: 10, L: [5, 6] } };
    const b = aStep("b", "ok", {
      parameters: { u: "{{a.output}}", v: "{{a.output.data.A}}", w: "\u0024{a.result.data.L.1}" },
    });
    const { calls } = await run([b, aStep("a", "give", { parameters: { value } })]);
    expect(calls.map(({ step }) => step)).toEqual(["a", "b"]);
    expect(calls[1]?.parameters).toEqual({ u: value, v: 10, w: 6 });
  });

  it("WFX-07: skips what depends on a failed step, and nothing else", async () => {
    const { execution, statuses } = await run([
      aStep("a", "boom"),
      aStep("b", "ok", { dependencies: ["a"] }),
      aStep("c", "ok"),
    ]);
    expect(statuses).toEqual({ a: "failed", b: "skipped", c: "completed" });
    expect(execution.results["b"]?.["message"]).toContain("'a'");
    expect(execution).toMatchObject({
      status: "failed",
      errors: ["Step a failed: boom!"],
      errorCode: "TASK_EXECUTION_FAILED",
    });
  });

  it("WFX-08: fails at once for an unknown action", async () => {
    const { execution } = await run([aStep("a", "ok2", { max_retries: 3 })]);
    expect(execution.results["a"]).toMatchObject({
      error: "Action 'ok2' not found in module 'rec'",
      error_code: "ACTION_NOT_FOUND",
      attempts: 1,
    });
  });

  it("WFD-11: fails at once for an unknown module", async () => {
    const { execution } = await run([
      { name: "s", module: "nonexistent_module", action: "nonexistent_action" },
    ]);
    expect(execution).toMatchObject({ status: "failed", errorCode: "MODULE_NOT_FOUND" });
    expect(execution.errors[0]).toContain("nonexistent_module");
    expect(execution.results["s"]?.["attempts"]).toBe(1);
  });

  it.each([
    [
      { action: "boom", max_retries: 3 },
      { attempts: 4, retry_count: 3, status: "failed" },
    ],
    [
      { action: "boom", max_retries: 0 },
      { attempts: 1, retry_count: 0, status: "failed" },
    ],
    [
      { module: "core", action: "fail", parameters: { times: 1 }, max_retries: 3 },
      { attempts: 2, retry_count: 1, status: "completed" },
    ],
  ])("WFX-09: tries %j again as often as it may", async (step, result) => {
    const { execution, events } = await run([aStep("a", "", step)]);
    expect(execution.results["a"]).toMatchObject(result);
    expect(events.filter(({ type }) => type === "step_retrying")).toHaveLength(result.attempts - 1);
  });

  it("WFX-10: ends a step at its time limit, although its code goes on", async () => {
    const { execution, clock, manager } = await run([
      aStep("a", "deaf", { parameters: { ms: 5000 }, timeout: 0.1 }),
    ]);
    expect(clock.monotonic()).toBe(100);
    expect(execution.results["a"]).toMatchObject({ status: "timeout", error_code: "TIMEOUT_EXCEEDED" });
    expect(execution.errors).toEqual(["Step a timed out after 0.1 seconds"]);
    // Attempts of a step never overlap, not even over two runs.
    const stopping = manager.resumeExecution(execution.executionId);
    await expect(drive(stopping, clock)).rejects.toMatchObject({
      code: "INVALID_STATE",
      details: { steps: ["a"] },
    });
    clock.advance(5000);
    await settle();
    await expect(drive(manager.resumeExecution(execution.executionId), clock)).resolves.toBeUndefined();
  });

  it("WFX-10: rejects a run past its time limit, and keeps it as failed", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [
      aStep("a", "slow", { parameters: { ms: 5000 } }),
      aStep("b", "ok", { dependencies: ["a"] }),
    ]);
    const error = await drive(
      manager.executeWorkflow("w", {}, { timeoutMs: 100 }).catch((thrown: unknown) => thrown),
      clock,
    );
    expect(error).toBeInstanceOf(WorkflowTimeoutError);
    expect(error).toMatchObject({
      message: "Workflow timed out after 0.1 seconds",
      details: { timeout_ms: 100, execution: { status: "failed" } },
    });
    expect(clock.monotonic()).toBe(100);
    const [stored] = manager.listExecutions();
    expect(stored?.record).toMatchObject({ status: "failed", error_code: "TIMEOUT_EXCEEDED" });
    expect(manager.getExecution(stored?.id ?? "")?.results).toMatchObject({
      a: { status: "cancelled" },
      b: { status: "skipped" },
    });
  });

  it("WFX-11: runs independent steps at the same time", async () => {
    const slow = { parameters: { ms: 300 } };
    const { clock } = await run([aStep("a", "slow", slow), aStep("b", "slow", slow)]);
    expect(clock.monotonic()).toBe(300);
  });

  it("WFX-12: skips what a condition says, and what needs it, unless it is optional", async () => {
    const steps = (required: boolean) => [
      aStep("s", "ok", { run_if: "{{flag}} == true", required }),
      aStep("t", "ok", { parameters: { got: "{{s.output.deep}}" } }),
    ];
    const off = await run(steps(true), { flag: false });
    expect([off.execution.status, off.statuses, off.calls]).toEqual([
      "completed",
      { s: "skipped", t: "skipped" },
      [],
    ]);
    const optional = await run(steps(false), { flag: false });
    expect([optional.execution.status, optional.statuses]).toEqual([
      "completed",
      { s: "skipped", t: "completed" },
    ]);
    expect(optional.calls[0]?.parameters).toEqual({ got: null, flag: false });
    const on = await run(
      [aStep("s", "ok", { run_if: "{{flag}} == true" }), aStep("t", "ok", { dependencies: ["s"] })],
      { flag: true },
    );
    expect(on.statuses).toEqual({ s: "completed", t: "completed" });
  });

  it("WFX-13: warns of an optional step that failed, and goes on", async () => {
    const { execution, statuses } = await run([
      aStep("a", "boom", { required: false }),
      aStep("b", "ok", { dependencies: ["a"] }),
    ]);
    expect(statuses).toEqual({ a: "failed", b: "completed" });
    expect(execution).toMatchObject({ status: "completed", errors: [], warnings: ["Step a failed: boom!"] });
  });

  it("WFX-16: fails before any step for a reference to nothing", async () => {
    const { execution, calls } = await run([
      aStep("a", "ok"),
      aStep("b", "ok", { parameters: { x: "{{nowhere}}" } }),
    ]);
    expect(execution).toMatchObject({ status: "failed", errorCode: "WORKFLOW_UNRESOLVED_REFERENCE" });
    expect(execution.errors[0]).toContain("nowhere");
    expect(calls).toEqual([]);
  });

  it("fails only the step whose reference leads nowhere in an output, without a retry", async () => {
    const { execution, statuses } = await run([
      aStep("a", "ok"),
      aStep("b", "ok", { parameters: { x: "{{a.output.gone}}" }, max_retries: 3 }),
      aStep("c", "ok", { dependencies: ["b"] }),
    ]);
    expect(statuses).toEqual({ a: "completed", b: "failed", c: "skipped" });
    expect(execution.results["b"]).toMatchObject({
      error_code: "WORKFLOW_UNRESOLVED_REFERENCE",
      attempts: 0,
    });
  });

  it("fails only the step whose condition cannot be decided", async () => {
    const { execution, statuses } = await run([
      aStep("a", "ok", { run_if: "params.off == true" }),
      aStep("b", "ok"),
    ]);
    expect(statuses).toEqual({ a: "failed", b: "completed" });
    expect(execution.errors[0]).toMatch(/run_if 'params.off == true' cannot be decided: No such key: off/);
  });

  it("WFX-17: waits one, two and four seconds between attempts", async () => {
    const { manager, clock, events } = aManager({ random: () => 1 });
    manager.createWorkflow("w", [aStep("a", "boom", { max_retries: 3, retry_delay: 1 })]);
    await drive(manager.executeWorkflow("w"), clock);
    expect(events.flatMap((event) => (event.type === "step_retrying" ? [event.delay_seconds] : []))).toEqual([
      1, 2, 4,
    ]);
    expect(clock.monotonic()).toBe(7000);
  });

  it("gives the place of a step that waits for its retry to others, but in mode sequential", async () => {
    const steps = [aStep("a", "boom", { max_retries: 1, retry_delay: 1 }), aStep("b", "ok")];
    const order = async (mode: "sequential" | "parallel") => {
      const { manager, clock, calls } = aManager({ random: () => 1 });
      manager.createWorkflow("w", steps);
      await drive(manager.executeWorkflow("w", {}, { mode, maxParallel: 1 }), clock);
      return calls.map(({ step }) => step);
    };
    expect(await order("parallel")).toEqual(["a", "b", "a"]);
    expect(await order("sequential")).toEqual(["a", "a", "b"]);
  });

  it("WFD-09, WFD-10: passes whole objects along steps that only references order", async () => {
    const text = JSON.stringify({
      name: "complex_analysis",
      steps: [
        {
          name: "visualize",
          module: "rec",
          action: "ok",
          timeout: 60,
          max_retries: 1,
          parameters: { data: "{{ai_insights.output}}", title: "Analysis Results" },
        },
        {
          name: "ai_insights",
          module: "rec",
          action: "ok",
          timeout: 120,
          parameters: { analysis_data: "{{analyze_code.output}}" },
        },
        { name: "analyze_code", module: "rec", action: "ok", timeout: 300, dependencies: ["setup"] },
        { name: "setup", module: "rec", action: "ok", timeout: 60 },
      ],
    });
    const { manager, clock, calls } = aManager();
    const compiled = definitionOrThrow(readDefinitionText(text, "x.json"));
    expect(compiled.graph.layers().ends).toHaveLength(4);
    const { results } = await drive(manager.executeWorkflow(compiled), clock);
    expect(calls.map(({ step }) => step)).toEqual(["setup", "analyze_code", "ai_insights", "visualize"]);
    const analysis_data = results["analyze_code"]?.["output"];
    expect(analysis_data).toEqual({ step: "analyze_code" });
    expect(results["ai_insights"]?.["parameters_used"]).toEqual({ analysis_data });
    expect(manager.listWorkflowNames()).toEqual([]);
  });

  it("keeps a large result whole, and out of the record of its step", async () => {
    const value = { text: "x".repeat(5000) };
    const { execution, calls, store } = await run([
      aStep("a", "give", { parameters: { value } }),
      aStep("b", "ok", { parameters: { got: "{{a.output}}" } }),
    ]);
    expect(execution.result["a"]).toEqual(value);
    expect(calls[1]?.parameters).toMatchObject({ got: value });
    expect(JSON.stringify(store.get(`steps/${execution.executionId}/a`)).length).toBeLessThan(1000);
  });

  it("tells its events in order and without gaps, live as stored", async () => {
    const {
      execution,
      events: [created, ...events],
      manager,
    } = await run([aStep("a", "boom"), aStep("b", "ok", { dependencies: ["a"] }), aStep("c", "ok")]);
    expect(created).toMatchObject({ type: "workflow_created", workflow_name: "w", steps_count: 3 });
    expect(events).toEqual(manager.storedEvents(execution.executionId));
    expect(events.map((event) => ("sequence" in event ? event.sequence : 0))).toEqual(
      events.map((_, index) => index + 1),
    );
    expect(events.map(({ type }) => type).sort()).toEqual([
      "step_completed",
      "step_failed",
      "step_skipped",
      "step_started",
      "step_started",
      "workflow_completed",
      "workflow_started",
    ]);
    expect(manager.storedEvents(execution.executionId, 3)).toEqual(events.slice(3));
  });
});

describe("the parameters and options of a run", () => {
  const declared = {
    parameters: { n: { type: "integer", default: 2 }, kind: { enum: ["a", "b"] }, must: { required: true } },
  };

  it("fill in defaults, and warn of what is not declared", async () => {
    const { execution } = await run([aStep("a", "ok")], { must: null, extra: 1 }, {}, declared);
    expect(execution.parameters).toEqual({ must: null, extra: 1, n: 2 });
    expect(execution.warnings).toEqual(["Parameter 'extra' is not declared by workflow 'w'"]);
  });

  it.each([
    [
      { n: 1.5, kind: "c" },
      {},
      ["n must be of type integer, was 1.5", 'kind must be one of "a", "b", was "c"', "must is required"],
    ],
    [{ must: 1, x: { when: new Map() } }, {}, ["x.when is "]],
    [null, {}, ["parameters: must be an object"]],
    [[1], {}, ["parameters: must be an object"]],
    [{ must: 1 }, { maxParallel: 0 }, ["maxParallel: must be at least 1, was 0"]],
    [{ must: 1 }, { timeoutMs: Number.NaN }, ["timeoutMs"]],
    [{ must: 1 }, { mode: "fast" }, ["mode"]],
  ])("are refused before anything starts: %j %j", async (parameters, options, messages) => {
    const { manager, store } = aManager();
    manager.createWorkflow("w", [aStep("a", "ok")], declared);
    const error = await manager
      .startWorkflow("w", parameters as never, options as never)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "INVALID_PARAMETERS" });
    for (const message of messages) expect((error as Error).message).toContain(message);
    expect(store.list("executions/")).toEqual([]);
  });

  it("are copied once for all actions, however many items of a list in them are gone over", async () => {
    const { manager, clock, modules } = aManager();
    const seen = new Set<unknown>();
    modules.registerModule("see", { it: (_, { parameters }) => void seen.add(parameters) });
    manager.createWorkflow("w", [{ name: "each", module: "see", action: "it", foreach: "{{list}}" }]);
    const list = Array.from({ length: 100 }, (_, index) => index);
    expect((await drive(manager.executeWorkflow("w", { list }), clock)).success).toBe(true);
    expect([...seen]).toEqual([{ list }]);
  });

  it("belong to the run alone: neither the caller nor an action can change them", async () => {
    const { manager, clock, modules } = aManager();
    const given = { list: [1] };
    modules.registerModule("bad", {
      change: (_, context) => {
        (context.parameters["list"] as number[]).push(3);
      },
    });
    manager.createWorkflow("w", [
      aStep("a", "slow", { parameters: { ms: 10 } }),
      { name: "b", module: "bad", action: "change", max_retries: 0, dependencies: ["a"] },
    ]);
    const running = manager.executeWorkflow("w", given);
    given.list.push(2);
    const execution = await drive(running, clock);
    expect(execution.parameters).toEqual({ list: [1] });
    expect(execution.results["b"]).toMatchObject({ status: "failed", error_type: "TypeError" });
  });
});

describe("an execution whose id is given", () => {
  const steps = [{ name: "a", module: "rec", action: "ok" }];
  const executionId = "0198c0de-0000-7000-8000-000000000001";

  it("has that id", async () => {
    const { manager } = aManager();
    manager.createWorkflow("w", steps, false);
    expect(await manager.startWorkflow("w", {}, { executionId })).toBe(executionId);
    expect((await manager.waitForExecution(executionId))?.status).toBe("completed");
  });

  it("is refused for one that there is, which stays as it is, and for what is no UUID", async () => {
    const { manager } = aManager();
    manager.createWorkflow("w", steps, false);
    await manager.executeWorkflow("w", { x: 1 }, { executionId });
    for (const wrong of [executionId, "../etc"])
      await expect(manager.startWorkflow("w", { x: 2 }, { executionId: wrong })).rejects.toMatchObject({
        code: "INVALID_PARAMETERS",
      });
    expect(manager.getExecution(executionId)?.parameters).toEqual({ x: 1 });
    expect(manager.listExecutions()).toHaveLength(1);
  });

  it("begins once, however many ask for it at the same time, in whatever process", async () => {
    const store = memoryStore();
    const [one, other] = [aManager({ store }), aManager({ store, probe: probeOf(2, "alive") })];
    const asked = [one, one, other].map(({ manager }) => {
      manager.createWorkflow("w", steps, false);
      return manager.startWorkflow("w", {}, { executionId });
    });
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "INVALID_PARAMETERS" });
    expect((await other.manager.waitForExecution(executionId))?.status).toBe("completed");
    expect([...one.calls, ...other.calls]).toHaveLength(1);
  });
});

it("warns of no parameter that is implied", async () => {
  const { manager } = aManager();
  const parameters = { a: { default: 1 } };
  manager.createWorkflow("w", [{ name: "a", module: "rec", action: "ok" }], { save: false, parameters });
  const given = { project_name: "p", other: 1 };
  const { warnings } = await manager.executeWorkflow("w", given, { impliedParameters: ["project_name"] });
  expect(warnings).toEqual(["Parameter 'other' is not declared by workflow 'w'"]);
});
