import type { JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const slow = (name: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action: "slow",
  parameters: { ms: 1000 },
  max_retries: 0,
  ...rest,
});

describe("why a step has not ended", () => {
  it("is told for each of them, and is gone with its cause", async () => {
    const { manager, clock, store } = aManager({ random: () => 1 });
    manager.createWorkflow("inner", [slow("x", { parameters: { ms: 90_000 } })]);
    manager.createWorkflow("w", [
      slow("runs", { parameters: { ms: 50_000 } }),
      { name: "asks", module: "wait", action: "answer", parameters: {} },
      { name: "sleeps", module: "wait", action: "sleep", parameters: { duration: 60 } },
      { name: "child", module: "workflow", action: "run", parameters: { workflow: "inner" } },
      slow("queued"),
      slow("after", { dependencies: ["asks", "runs"] }),
      { ...slow("retries", { action: "boom", max_retries: 1, retry_delay: 20 }) },
    ]);
    const id = await drive(manager.startWorkflow("w", {}, { maxParallel: 1 }), clock);
    await settle();
    const reasons = () => Object.fromEntries(manager.why(id).map(({ step, reason }) => [step, reason]));
    expect(reasons()).toEqual({
      runs: "running",
      asks: "answer",
      sleeps: "time",
      child: "execution",
      queued: "place",
      after: "dependency",
      retries: "place",
    });
    expect(manager.why(id, "after")).toMatchObject([
      { waitsFor: ["asks", "runs"], message: "it waits for asks, runs" },
    ]);
    await drive(manager.answer(id, "asks", 1), clock);
    expect(manager.why(id, "after")).toMatchObject([{ waitsFor: ["runs"] }]);
    await drive(manager.pauseExecution(id), clock);
    expect(reasons()).toMatchObject({ runs: "running", queued: "paused" });
    await drive(manager.resumeExecution(id), clock);
    clock.advance(50_000);
    await settle();
    clock.advance(1000);
    await settle();
    clock.advance(1000);
    await settle();
    expect(reasons()).toEqual({ sleeps: "time", child: "execution", retries: "retry" });
    const other = aManager({ store, clock, probe: probeOf(2) });
    expect(other.manager.why(id, "retries")).toMatchObject([{ reason: "interrupted" }]);
    await drive(manager.waitForExecution(id), clock);
    expect(manager.why(id)).toEqual([]);
    expect(() => manager.why(id, "afer")).toThrow(
      expect.objectContaining({
        code: "INVALID_PARAMETERS",
        details: expect.objectContaining({ near: ["after"] }),
      }),
    );
    expect(() => manager.why("nobody")).toThrow(expect.objectContaining({ code: "EXECUTION_NOT_FOUND" }));
  });

  it("names who goes first in an execution that keeps an order", async () => {
    const { manager, clock } = aManager();
    const steps = ["a", "b", "c", "d"].map((name) => slow(name, name === "d" ? { priority: "high" } : {}));
    manager.createWorkflow("w", steps);
    const id = await drive(manager.startWorkflow("w", {}, { mode: "priority", maxParallel: 1 }), clock);
    await settle();
    const first = Object.fromEntries(manager.why(id).map(({ step, goesFirst }) => [step, goesFirst]));
    expect(first).toEqual({
      a: undefined,
      b: { count: 1, next: `${id}/a`, message: "1 step goes first, next 'a'" },
      c: { count: 2, next: `${id}/a`, message: "2 steps go first, next 'a'" },
      d: undefined,
    });
    await drive(manager.waitForExecution(id), clock);
  });

  it("names who goes first where executions share workers, a lock, or a group", async () => {
    const { manager, clock, runtime } = aManager({ maxWorkers: 1 });
    manager.createWorkflow("one", [slow("a"), slow("b")]);
    manager.createWorkflow("two", [slow("x")]);
    const one = await drive(manager.startWorkflow("one"), clock);
    const two = await drive(manager.startWorkflow("two"), clock);
    await settle();
    expect(runtime.running).toBe(1);
    expect(manager.why(two, "x")).toMatchObject([
      { reason: "place", goesFirst: { count: 1, next: `${one}/b`, message: "1 task goes first, next 'b'" } },
    ]);
    expect(manager.why(one, "b")[0]?.goesFirst).toBeUndefined();
    await drive(manager.waitForExecution(two), clock);
  });

  it("names who goes first for a lock that nobody holds yet", async () => {
    const { manager, clock } = aManager();
    const lock = (mode: string) => ({ resources: [{ type: "lock", identifier: "f", mode }] });
    manager.createWorkflow("w", [
      slow("reads", lock("read")),
      slow("writes", lock("write")),
      slow("late", lock("read")),
    ]);
    const id = await drive(manager.startWorkflow("w"), clock);
    await settle();
    expect(manager.why(id, "late")).toMatchObject([
      {
        goesFirst: { count: 1, next: `${id}/writes` },
        message: expect.stringContaining("'writes' comes first"),
      },
    ]);
    await drive(manager.waitForExecution(id), clock);
  });

  it("names the resources that are short: how much is wanted and there, and who holds it since when", async () => {
    const { manager, clock, runtime } = aManager();
    runtime.ledger.define({ id: "gpu", type: "gpu", capacity: { units: 3 } });
    const gpu = (amount: number) => ({ resources: [{ type: "gpu", amount }] });
    manager.createWorkflow("w", [slow("holds", gpu(2)), slow("waits", gpu(2)), slow("fits", gpu(1))]);
    const id = await drive(manager.startWorkflow("w"), clock);
    await settle();
    const [holds, waits] = manager.why(id);
    expect(holds).toMatchObject({ step: "holds", reason: "running" });
    expect(waits).toMatchObject({
      step: "waits",
      reason: "resources",
      lacks: [{ resource_id: "gpu", dimension: "units", wanted: 2, capacity: 3 }],
    });
    expect(waits?.message).toMatch(
      new RegExp(`for resources: gpu units: 2 wanted, [01] of 3 available, held by ${id}/holds since 20`),
    );
    expect(waits?.lacks?.[0]?.held_by[0]?.user_id).toBe(`${id}/holds`);
    await drive(manager.waitForExecution(id), clock);
    expect(manager.why(id)).toEqual([]);
  });
});
