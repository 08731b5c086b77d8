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
const control = (name: string, what: string, parameters: JsonObject, rest: JsonObject = {}): JsonObject => {
  const [module = "", action = ""] = what.split(".");
  return { name, module, action, parameters, ...rest };
};

describe("a step that sleeps", () => {
  it("holds no place, wakes when its time is over, and says for how long it slept", async () => {
    const { manager, clock, calls } = aManager();
    manager.createWorkflow("w", [
      control("nap", "wait.sleep", { duration: 3600 }),
      aStep("next", "give", { parameters: { value: "{{nap.output.slept}}" } }),
      aStep("other", "ok"),
    ]);
    const id = await drive(manager.startWorkflow("w", {}, { maxParallel: 1 }), clock);
    await settle();
    expect(calls.map(({ step }) => step)).toEqual(["other"]);
    clock.advance(3_599_000);
    await settle();
    expect(calls).toHaveLength(1);
    clock.advance(1000);
    const execution = await drive(manager.waitForExecution(id), clock);
    expect(execution).toMatchObject({ status: "completed", result: { nap: { slept: 3600 }, next: 3600 } });
  });

  it("goes on sleeping until the same instant after a crash", async () => {
    const first = aManager({ probe: probeOf(1) });
    first.manager.createWorkflow("w", [control("nap", "wait.sleep", { duration: 100 })]);
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    first.clock.advance(60_000);
    await settle();
    const second = aManager({ store: first.store, clock: first.clock, probe: probeOf(2) });
    await drive(second.manager.recover(), second.clock);
    first.clock.advance(39_000);
    await settle();
    expect(second.manager.getExecution(id)?.status).toBe("running");
    first.clock.advance(1000);
    await settle();
    expect(second.manager.getExecution(id)).toMatchObject({
      status: "completed",
      results: { nap: { execution_time: 100, attempts: 1 } },
    });
  });

  it("lets its process say that it lives", async () => {
    const { manager, clock, store, runtime } = aManager();
    manager.createWorkflow("w", [control("nap", "wait.sleep", { duration: 100 })]);
    const id = await drive(manager.startWorkflow("w"), clock);
    const beat = () => (store.get(`instances/${runtime.instance.id}`) as JsonObject)["beat"];
    for (let second = 0; second < 5; second++) {
      clock.advance(1000);
      await settle();
    }
    expect(beat()).toBeGreaterThanOrEqual(4);
    manager.cancelExecution(id);
    await drive(manager.waitForExecution(id), clock);
  });

  it("ends at once when the instant is past", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [control("nap", "wait.until", { time: "2020-01-01T00:00:00Z" })]);
    const execution = await drive(manager.executeWorkflow("w"), clock);
    expect(execution.result).toEqual({ nap: { time: "2020-01-01T00:00:00Z" } });
  });
});

describe("a step that a person answers", () => {
  const form = { type: "object", properties: { amount: { type: "integer" } }, required: ["amount"] };

  it("waits without a resource, shows what it asks, refuses what does not fit, and goes on with the answer", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [
      control("ask", "human.input", { message: "How much for {{who}}?", form }),
      aStep("pay", "give", { parameters: { value: "{{ask.output.amount}}" } }),
    ]);
    const id = await drive(manager.startWorkflow("w", { who: "Ann" }), clock);
    await settle();
    expect(manager.getExecution(id)).toMatchObject({
      status: "running",
      parked: { reason: "waiting" },
      results: {
        ask: { status: "running", waiting: { kind: "human.input", message: "How much for Ann?", form } },
      },
    });
    await expect(manager.answer(id, "ask", { amount: "much" })).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
    });
    await expect(manager.answer(id, "pay", 1)).rejects.toMatchObject({ code: "INVALID_STATE" });
    await expect(manager.answer("nobody", "pay", 1)).rejects.toMatchObject({ code: "EXECUTION_NOT_FOUND" });
    await drive(manager.answer(id, "ask", { amount: 3 }), clock);
    const execution = await drive(manager.waitForExecution(id), clock);
    expect(execution).toMatchObject({ status: "completed", parked: null, result: { pay: 3 } });
    await expect(manager.answer(id, "ask", { amount: 4 })).rejects.toMatchObject({ code: "INVALID_STATE" });
  });

  it("fails when it is rejected, and completes when it is approved", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [control("ok", "human.approval", { message: "Sure?" })]);
    const answered = async (answer: boolean | JsonObject) => {
      const id = await drive(manager.startWorkflow("w"), clock);
      await settle();
      await drive(manager.answer(id, "ok", answer), clock);
      return drive(manager.waitForExecution(id), clock);
    };
    expect(await answered({ approved: true, comment: "fine" })).toMatchObject({
      status: "completed",
      result: { ok: { approved: true, comment: "fine" } },
    });
    expect(await answered(false)).toMatchObject({ status: "failed", errorCode: "APPROVAL_REJECTED" });
  });

  it("takes the default when its time is over, and fails without one", async () => {
    const { manager, clock } = aManager();
    const ask = (extra: JsonObject) =>
      control("ask", "wait.answer", { form: { type: "integer" }, ...extra }, { timeout: 60 });
    manager.createWorkflow("with", [ask({ default: 7 })]);
    manager.createWorkflow("without", [ask({})]);
    expect(await drive(manager.executeWorkflow("with"), clock)).toMatchObject({ result: { ask: 7 } });
    expect(await drive(manager.executeWorkflow("without"), clock)).toMatchObject({
      status: "failed",
      errors: ["Step ask timed out after 60 seconds"],
      errorCode: "TIMEOUT_EXCEEDED",
    });
  });

  it("can be answered after its process died, and by another process while it runs", async () => {
    const first = aManager({ probe: probeOf(1) });
    first.manager.createWorkflow("w", [control("ask", "human.input", { message: "?" })]);
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    // Nobody runs it now: the answer waits in the store for whoever goes on with it.
    const second = aManager({ store: first.store, clock: first.clock, probe: probeOf(2) });
    await drive(second.manager.answer(id, "ask", "yes"), second.clock);
    await drive(second.manager.recover(), second.clock);
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "completed",
      result: { ask: "yes" },
    });
    expect(second.store.list("requests/")).toEqual([]);
  });
});

describe("a step that runs another workflow", () => {
  it("gets its outputs, and its failure with the reason", async () => {
    const { manager, clock, store } = aManager();
    manager.createWorkflow("inner", [aStep("a", "give", { parameters: { value: "{{x}}" } })], {
      outputs: { twice: ["{{a.output}}", "{{a.output}}"] },
    });
    manager.createWorkflow("broken", [aStep("a", "boom")]);
    manager.createWorkflow("w", [
      control("sub", "workflow.run", { workflow: "inner", parameters: { x: "{{n}}" } }),
      aStep("after", "give", { parameters: { value: "{{sub.output.twice[1]}}" } }),
      control("bad", "workflow.run", { workflow: "broken" }, { required: false }),
      control("none", "workflow.run", { workflow: "nowhere" }, { required: false }),
    ]);
    const execution = await drive(manager.executeWorkflow("w", { n: 5 }), clock);
    expect(execution).toMatchObject({ status: "completed", result: { sub: { twice: [5, 5] }, after: 5 } });
    expect(execution.results["bad"]).toMatchObject({
      error: "Workflow 'broken' failed: Step a failed: boom!",
      error_code: "TASK_EXECUTION_FAILED",
    });
    expect(execution.results["none"]).toMatchObject({ error_code: "WORKFLOW_NOT_FOUND" });
    const child = String(execution.results["sub"]?.["child_execution_id"]);
    expect(manager.getExecution(child)).toMatchObject({ status: "completed", workflowName: "inner" });
    expect(store.list("active/")).toEqual([]);
  });

  it("starts a detached one and goes on", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("inner", [aStep("a", "slow", { parameters: { ms: 5000 } })]);
    manager.createWorkflow("w", [control("sub", "workflow.run", { workflow: "inner", detached: true })]);
    const execution = await drive(manager.executeWorkflow("w"), clock);
    expect(execution.status).toBe("completed");
    const { execution_id } = execution.result["sub"] as { execution_id: string };
    expect(manager.getExecution(execution_id)?.status).toBe("running");
    expect(await drive(manager.waitForExecution(execution_id), clock)).toMatchObject({ status: "completed" });
  });

  it("is refused when it runs itself without end", async () => {
    const { manager, clock, store } = aManager();
    manager.createWorkflow("w", [control("again", "workflow.run", { workflow: "w" })]);
    const execution = await drive(manager.executeWorkflow("w"), clock);
    expect(execution).toMatchObject({ status: "failed", errorCode: "LIMIT_EXCEEDED" });
    expect(store.list("executions/")).toHaveLength(17);
  });

  it("is cancelled and paused with the whole, and goes on with it after a crash and after a failure", async () => {
    const first = aManager({ probe: probeOf(1) });
    const broken = { now: true };
    const define = ({ manager, modules }: typeof first) => {
      modules.registerModule("flaky", {
        run: () => {
          if (broken.now) throw new Error("not yet");
          return "at last";
        },
      });
      manager.createWorkflow("inner", [
        aStep("a", "slow", { parameters: { ms: 1000 } }),
        { ...aStep("b", "run", { dependencies: ["a"] }), module: "flaky" },
      ]);
      manager.createWorkflow("w", [control("sub", "workflow.run", { workflow: "inner" })]);
    };
    define(first);
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    const second = aManager({ store: first.store, clock: first.clock, probe: probeOf(2) });
    define(second);
    expect(await drive(second.manager.recover(), second.clock)).toEqual({ resumed: [id], failed: [] });
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "failed",
    });
    expect(second.calls.map(({ attempt }) => attempt)).toEqual([2]);
    broken.now = false;
    await drive(second.manager.resumeExecution(id), second.clock);
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "completed",
      result: { sub: { a: "a", b: "at last" } },
    });
    expect(second.calls).toHaveLength(1);
    const again = await drive(second.manager.startWorkflow("w"), second.clock);
    await settle();
    expect(second.manager.cancelExecution(again)).toBe(true);
    await drive(second.manager.waitForExecution(again), second.clock);
    const statuses = second.manager.listExecutions().map(({ record }) => record.status);
    expect(statuses.toSorted()).toEqual(["cancelled", "cancelled", "completed", "completed"]);
  });
});

describe("a step that asks the run for what it cannot do", () => {
  it.each([{}, { foreach: [1, 2] }])("fails before it begins, and says what there is: %j", async (rest) => {
    const { manager, clock, modules, store } = aManager();
    modules.register("wait", "other", () => null);
    manager.createWorkflow("w", [control("a", "wait.approval", {}, rest)]);
    const execution = await drive(manager.executeWorkflow("w"), clock);
    expect(execution).toMatchObject({
      status: "failed",
      errors: ["Step a failed: Action 'approval' not found in module 'wait'"],
      results: { a: { status: "failed", attempts: 0 } },
    });
    expect(store.get(`steps/${execution.executionId}/a`)).toMatchObject({
      error: {
        code: "ACTION_NOT_FOUND",
        retryable: false,
        details: { module: "wait", action: "approval", available: ["sleep", "until", "answer"] },
        suggestions: ["Did you mean 'human.approval'?", "Module 'wait' has: sleep, until, answer."],
      },
    });
  });
});
