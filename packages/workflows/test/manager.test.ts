import type { JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, settle } from "./rig.ts";

const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action,
  max_retries: 0,
  ...rest,
});

describe("tasks that are run together", () => {
  it("are refused with all that is wrong, and then nothing runs", async () => {
    const { manager, calls } = aManager();
    const a = { name: "a", module: "rec", action: "ok", dependencies: ["nope"] };
    const refused = await manager.executeParallelWorkflow({ tasks: [a], dependencies: { zz: ["a"] } });
    expect(refused).toMatchObject({ status: "failed", error: "Validation failed" });
    expect(JSON.stringify(refused["validation_errors"])).toMatch(/nope.*zz/);
    expect(calls).toEqual([]);
    await expect(manager.executeParallelWorkflow({ tasks: [], max_parallel: 0 })).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
    });
  });

  it("say how each ended, in which order, and whether all, some or none completed", async () => {
    const { manager, clock } = aManager();
    const run = (actions: Readonly<Record<string, string>>) =>
      drive(
        manager.executeParallelWorkflow({
          tasks: Object.entries(actions).map(([name, action]) => ({ name, module: "rec", action })),
          dependencies: { b: ["a"] },
        }),
        clock,
      );
    expect(await run({ a: "ok", b: "ok" })).toMatchObject({
      status: "completed",
      total_tasks: 2,
      completed_tasks: 2,
      failed_tasks: 0,
      execution_order: [["a"], ["b"]],
      task_results: { a: { status: "completed" } },
    });
    expect(await run({ a: "ok", b: "boom" })).toMatchObject({ status: "partial_failure", failed_tasks: 1 });
    expect(await run({ a: "boom", b: "ok" })).toMatchObject({
      status: "failed",
      task_results: { a: { status: "failed", error: "boom!" }, b: { status: "skipped" } },
    });
  });
});

describe("the helpers for graphs", () => {
  it("validate, order and draw what they are given", () => {
    const { manager } = aManager();
    expect(manager.validateWorkflowDependencies([{ name: "a", dependencies: ["ghost"] }])).toEqual([
      expect.stringMatching(/missing task.*ghost/),
    ]);
    const tasks = [
      { name: "t1" },
      { name: "t2", dependencies: ["t1"] },
      { name: "t3", dependencies: ["t1"] },
    ];
    expect(manager.getWorkflowExecutionOrder(tasks)).toEqual([["t1"], ["t2", "t3"]]);
    expect(manager.createWorkflowDag(tasks).getExecutionLevels()).toEqual([["t1"], ["t2", "t3"]]);
  });
});

describe("a summary of performance", () => {
  it("counts what ended, by workflow, step and module, and says whether it gets slower", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [aStep("a", "slow", { parameters: { ms: "{{ms}}" } }), aStep("b", "ok")]);
    manager.createWorkflow("bad", [aStep("a", "boom")]);
    for (const ms of [1000, 1000, 2000, 2000]) await drive(manager.executeWorkflow("w", { ms }), clock);
    await drive(manager.executeWorkflow("bad"), clock);
    const summary = manager.getPerformanceSummary();
    expect(summary).toMatchObject({
      total_workflows_executed: 5,
      successful_executions: 4,
      failed_executions: 1,
      success_rate: 0.8,
      performance_stats: {
        w: { count: 4, execution_time: { p50: 1, p95: 2, total: 6 } },
        bad: { failed: 1 },
      },
      step_stats: { "w/a": { count: 4, execution_time: { max: 2 } } },
      module_usage_stats: { rec: { count: 9, failed: 1, total_time: 6 } },
    });
    expect(manager.getPerformanceSummary("w")).toMatchObject({
      success_rate: 1,
      trend: { earlier_average: 1, recent_average: 2, change: 1 },
    });
    expect(manager.getPerformanceSummary("nobody")).toMatchObject({
      total_workflows_executed: 0,
      success_rate: 1,
    });
    expect(manager.performanceMonitor?.getStats("w/a")).toMatchObject({ total_calls: 4 });
    const off = aManager({ enablePerformanceMonitoring: false });
    expect(off.manager.getPerformanceSummary()).toEqual({ error: "Performance monitoring not enabled" });
  });
});

describe("the history", () => {
  it("is read page by page, newest first, also with a filter", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [aStep("a", "ok")]);
    manager.createWorkflow("v", [aStep("a", "ok")]);
    const ids: string[] = [];
    for (let run = 0; run < 7; run++) {
      ids.unshift((await drive(manager.executeWorkflow(run % 2 === 0 ? "w" : "v"), clock)).executionId);
      clock.advance(1);
    }
    const pages: string[][] = [];
    for (let before: string | undefined; ; ) {
      const page = manager.listExecutions({ limit: 3, before }).map(({ id }) => id);
      if (page.length === 0) break;
      pages.push(page);
      before = page.at(-1);
    }
    expect(pages).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
    const only = manager.listExecutions({ workflowName: "v", limit: 2 }).map(({ id }) => id);
    expect(only).toEqual([ids[1], ids[3]]);
    expect(
      manager.listExecutions({ workflowName: "v", limit: 2, before: only[1] }).map(({ id }) => id),
    ).toEqual([ids[5]]);
  });
});

describe("the events of an execution", () => {
  it("can be followed from any number on, until it has ended, and are the same afterwards", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [
      aStep("a", "slow", { parameters: { ms: 1000 } }),
      aStep("b", "slow", { parameters: { ms: 1000 }, dependencies: ["a"] }),
    ]);
    const id = await drive(manager.startWorkflow("w"), clock);
    const live: number[] = [];
    const reading = (async () => {
      for await (const { sequence } of manager.followEvents(id, { after: 1, follow: true }))
        live.push(sequence);
    })();
    await drive(reading, clock);
    const stored = manager.storedEvents(id).map(({ sequence }) => sequence);
    expect(stored).toEqual([1, 2, 3, 4, 5, 6]);
    expect(live).toEqual(stored.slice(1));
    const later: string[] = [];
    for await (const { type } of manager.followEvents(id, { after: 5 })) later.push(type);
    expect(later).toEqual(["workflow_completed"]);
    await expect(manager.followEvents("nobody").next()).rejects.toMatchObject({
      code: "EXECUTION_NOT_FOUND",
    });
  });

  it("stop to be followed when the signal says so", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [aStep("a", "slow", { parameters: { ms: 100_000 } })]);
    const id = await drive(manager.startWorkflow("w"), clock);
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { type } of manager.followEvents(id, { follow: true, signal: stop.signal }))
        seen.push(type);
    })();
    await settle();
    stop.abort();
    await reading;
    expect(seen).toEqual(["workflow_started", "step_started"]);
    manager.cancelExecution(id);
    await drive(manager.waitForExecution(id), clock);
  });
});
