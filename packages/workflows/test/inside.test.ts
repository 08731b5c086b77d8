import type { JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action,
  max_retries: 0,
  retry_delay: 0,
  ...rest,
});
const inner = (rest: JsonObject = {}): JsonObject => ({
  name: "inner",
  module: "workflow",
  action: "run",
  parameters: { workflow: "inner" },
  ...rest,
});
const statusesOf = ({ manager }: ReturnType<typeof aManager>) =>
  Object.fromEntries(
    manager.listExecutions().map(({ record }) => [record.workflow_name, record.status] as const),
  );

describe("an execution inside of another one", () => {
  it("is cancelled when the time of its step is over, and hinders nothing else", async () => {
    const made = aManager();
    const { manager, clock, runtime } = made;
    manager.createWorkflow("inner", [aStep("a", "slow", { parameters: { ms: 60_000 } })]);
    manager.createWorkflow("outer", [inner({ timeout: 1 })]);
    manager.createWorkflow("other", [aStep("b", "slow", { parameters: { ms: 5000 } })]);
    const other = await drive(manager.startWorkflow("other"), clock);
    const execution = await drive(manager.executeWorkflow("outer"), clock);
    expect(execution).toMatchObject({ status: "failed", results: { inner: { status: "timeout" } } });
    expect(await drive(manager.waitForExecution(other), clock)).toMatchObject({ status: "completed" });
    expect(statusesOf(made)).toEqual({ inner: "cancelled", outer: "failed", other: "completed" });
    expect(runtime.error).toBeNull();
  });

  it("is cancelled after a crash when the time of its step was over meanwhile", async () => {
    const first = aManager({ probe: probeOf(1) });
    const define = ({ manager }: typeof first) => {
      manager.createWorkflow("inner", [aStep("a", "slow", { parameters: { ms: 60_000 } })]);
      manager.createWorkflow("outer", [inner({ timeout: 1 })]);
    };
    define(first);
    const id = await drive(first.manager.startWorkflow("outer"), first.clock);
    await settle();
    const second = aManager({ store: first.store, probe: probeOf(2) });
    second.clock.advance(10_000);
    await drive(second.manager.recover(), second.clock);
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "failed",
      results: { inner: { status: "timeout" } },
    });
    expect(statusesOf(second)).toEqual({ inner: "cancelled", outer: "failed" });
  });

  it("is not taken for the one that came in its place", async () => {
    const made = aManager();
    const { manager, clock } = made;
    const undo = { module: "rec", action: "slow", parameters: { ms: 2000 } };
    manager.createWorkflow("inner", [
      aStep("a", "ok", { undo }),
      aStep("b", "slow", { parameters: { ms: 5000 }, dependencies: ["a"] }),
    ]);
    manager.createWorkflow("outer", [inner()]);
    const id = await drive(manager.startWorkflow("outer"), clock);
    await settle();
    await drive(manager.requestCancel(id), clock);
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({ status: "cancelled" });
    await drive(manager.resumeExecution(id, { from: "inner" }), clock);
    const execution = await drive(manager.waitForExecution(id), clock);
    expect(execution).toMatchObject({ status: "completed", result: { inner: { b: "b" } } });
    expect(manager.listExecutions({ workflowName: "inner" }).map(({ record }) => record.status)).toEqual([
      "completed",
      "cancelled",
    ]);
  });

  it("begins again only when what it did has been undone, also after a crash", async () => {
    for (const dies of [false, true]) {
      const first = aManager({ probe: probeOf(1) });
      const undo = { module: "rec", action: "slow", parameters: { ms: 2000 } };
      first.manager.createWorkflow("inner", [
        aStep("a", "ok", { undo }),
        aStep("b", "slow", { parameters: { ms: 5000 }, dependencies: ["a"] }),
      ]);
      first.manager.createWorkflow("outer", [inner()]);
      const id = await drive(first.manager.startWorkflow("outer"), first.clock);
      await settle();
      await drive(first.manager.requestCancel(id), first.clock);
      await drive(first.manager.waitForExecution(id), first.clock);
      let last = first;
      if (dies) {
        // Each with a clock of its own: those before stand still.
        const second = aManager({ store: first.store, probe: probeOf(2) });
        await drive(second.manager.resumeExecution(id), second.clock);
        last = aManager({ store: first.store, probe: probeOf(3) });
        await drive(last.manager.recover(), last.clock);
      } else await drive(first.manager.resumeExecution(id), first.clock);
      await settle();
      const child = last.manager.listExecutions({ workflowName: "inner" })[0]?.id ?? "";
      const execution = await drive(last.manager.waitForExecution(id), last.clock);
      expect(execution).toMatchObject({ status: "completed", results: { inner: { status: "completed" } } });
      const told = last.manager.storedEvents(child).map(({ type }) => type);
      expect(told.indexOf("undo_completed")).toBeLessThan(told.lastIndexOf("step_started"));
      expect(told.filter((type) => type === "workflow_completed")).toHaveLength(2);
    }
  });

  it("is left to the process that still undoes it", async () => {
    const first = aManager({ probe: probeOf(1, "alive") });
    const undo = { module: "rec", action: "slow", parameters: { ms: 2000 } };
    first.manager.createWorkflow("inner", [
      aStep("a", "ok", { undo }),
      aStep("b", "boom", { dependencies: ["a"] }),
    ]);
    first.manager.createWorkflow("outer", [inner({ timeout: 1 })]);
    const id = await drive(first.manager.startWorkflow("outer"), first.clock);
    await settle();
    first.clock.advance(1000);
    await settle();
    expect(first.manager.getExecution(id)).toMatchObject({ results: { inner: { status: "timeout" } } });
    const second = aManager({ store: first.store, clock: first.clock, probe: probeOf(2, "alive") });
    await expect(second.manager.resumeExecution(id)).rejects.toMatchObject({ code: "STORE_LOCKED" });
    expect(await drive(first.manager.waitForExecution(id), first.clock)).toMatchObject({ status: "failed" });
    expect(first.store.list("active/")).toEqual([]);
  });

  it("that was paused by itself goes on by itself, also where the whole was recovered in between", async () => {
    const first = aManager({ probe: probeOf(1) });
    first.manager.createWorkflow("inner", [
      aStep("a", "slow", { parameters: { ms: 1000 } }),
      aStep("b", "ok", { dependencies: ["a"] }),
    ]);
    first.manager.createWorkflow("outer", [inner()]);
    const id = await drive(first.manager.startWorkflow("outer"), first.clock);
    await settle();
    const child = first.manager.listExecutions({ workflowName: "inner" })[0]?.id ?? "";
    await drive(first.manager.pauseExecution(child), first.clock);
    const second = aManager({ store: first.store, clock: first.clock, probe: probeOf(2) });
    await drive(second.manager.recover(), second.clock);
    await settle();
    const parked = { reason: "paused", hint: `orch resume ${child}` };
    expect(second.manager.getExecution(child)?.parked).toMatchObject(parked);
    expect(second.manager.getExecution(id)?.parked).toMatchObject(parked);
    second.clock.advance(5000);
    await settle();
    expect(second.calls).toEqual([]);
    await expect(second.manager.resumeExecution(child, { from: "a" })).rejects.toMatchObject({
      code: "INVALID_STATE",
    });
    await drive(second.manager.resumeExecution(child), second.clock);
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "completed",
      parked: null,
    });
  });

  it("shows through the whole how its question is answered", async () => {
    const { manager, clock } = aManager();
    const parameters = { message: "go on?" };
    manager.createWorkflow("inner", [{ name: "ask", module: "human", action: "approval", parameters }]);
    manager.createWorkflow("middle", [inner()]);
    manager.createWorkflow("outer", [inner({ parameters: { workflow: "middle" } })]);
    const id = await drive(manager.startWorkflow("outer"), clock);
    await settle();
    const child = manager.listExecutions({ workflowName: "inner" })[0]?.id ?? "";
    expect(manager.getExecution(id)?.parked).toMatchObject({
      reason: "waiting",
      hint: `orch execution answer ${child} ask <answer>`,
    });
    await drive(manager.answer(child, "ask", true), clock);
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({
      status: "completed",
      parked: null,
    });
  });
});

describe("a default", () => {
  it("that does not fit its form fails its step at once, and hinders nothing else", async () => {
    for (const what of [
      { module: "human", action: "input", parameters: { message: "how many?", form: { type: "integer" } } },
      { module: "wait", action: "answer", parameters: { form: { type: "integer" } } },
    ]) {
      const { manager, clock, runtime } = aManager();
      const parameters = { ...what.parameters, default: "{{fallback}}" };
      manager.createWorkflow("w", [{ name: "ask", ...what, parameters, timeout: 1 }]);
      const execution = await drive(manager.executeWorkflow("w", { fallback: "many" }), clock);
      expect(execution).toMatchObject({ status: "failed", errorCode: "INVALID_PARAMETERS" });
      expect(execution.error).toMatch(/The default does not fit the form/);
      manager.createWorkflow("v", [aStep("a", "ok")]);
      expect(await drive(manager.executeWorkflow("v"), clock)).toMatchObject({ status: "completed" });
      expect(runtime.error).toBeNull();
    }
  });
});
