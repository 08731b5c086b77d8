import type { JsonObject } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { WorkflowStep } from "../src/workflow-step.ts";
import { aManager, drive, probeOf, settle } from "./rig.ts";

/** A step of the module `it`, whose action `flaky` fails as often as is left in `failures`. */
const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: action === "flaky" ? "it" : "rec",
  action,
  max_retries: 0,
  ...rest,
});
const running = (rest: JsonObject, more: JsonObject = {}): JsonObject => ({
  name: "inner",
  module: "workflow",
  action: "run",
  parameters: { workflow: "inner", ...more },
  retry: { jitter: false },
  retry_delay: 10,
  ...rest,
});

/** A process in which `flaky` fails `world.failures` times. */
function aProcess(pid = 1, world = { failures: 1 }, before?: ReturnType<typeof aManager>) {
  const made = aManager({
    probe: probeOf(pid),
    ...(before ? { store: before.store, clock: new ManualClock(before.clock.now()) } : {}),
  });
  made.modules.registerModule("it", {
    flaky: (_, { attempt }) => {
      if (world.failures-- > 0) throw new Error("not yet");
      return attempt;
    },
  });
  made.manager.createWorkflow("inner", [
    aStep("a", "ok", { undo: { module: "rec", action: "ok" } }),
    aStep("b", "flaky", { dependencies: ["a"] }),
  ]);
  return { ...made, world };
}

const typesOf = ({ manager }: ReturnType<typeof aProcess>, id: string) =>
  manager.storedEvents(id).flatMap((event) => ("step_name" in event ? [event.type] : []));

describe("a step that runs another workflow", () => {
  it("is tried once, unless it says how often", () => {
    const step = { name: "s", module: "workflow", action: "run" };
    expect(new WorkflowStep(step).maxRetries).toBe(0);
    expect(WorkflowStep.fromDict({ ...step, max_retries: 2 }).maxRetries).toBe(2);
    expect(new WorkflowStep({ ...step, maxRetries: 3 }).maxRetries).toBe(3);
    expect(new WorkflowStep({ ...step, module: "other" }).maxRetries).toBe(3);
    expect(WorkflowStep.fromDict(new WorkflowStep(step).toDict()).maxRetries).toBe(0);
  });

  it("goes on with the same execution: what was undone is done again, and what has failed gets new retries", async () => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [running({ max_retries: 1 })]);
    const id = await drive(made.manager.startWorkflow("outer"), made.clock);
    const execution = await drive(made.manager.waitForExecution(id), made.clock);
    expect(execution).toMatchObject({
      status: "completed",
      results: { inner: { attempts: 2, retry_count: 1, output: { b: 2 } } },
    });
    expect(typesOf(made, id)).toEqual([
      "step_started",
      "step_waiting",
      "step_retrying",
      "step_started",
      "step_waiting",
      "step_completed",
    ]);
    const retrying = made.manager.storedEvents(id).find(({ type }) => type === "step_retrying");
    expect(retrying).toMatchObject({
      attempt: 1,
      delay_seconds: 10,
      error: expect.stringContaining("not yet"),
    });
    const children = made.manager.listExecutions({ workflowName: "inner" });
    expect(children.map(({ record }) => [record.status, record.epoch])).toEqual([["completed", 1]]);
    // Done, undone, done again.
    expect(made.calls.map(({ step }) => step)).toEqual(["a", "a", "a"]);
    expect(made.store.list(`undos/${children[0]?.id}/`)).toEqual([]);
  });

  it("does not run again what has completed in it", async () => {
    const made = aProcess(1, { failures: 2 });
    made.manager.createWorkflow("inner", [aStep("a", "ok"), aStep("b", "flaky", { dependencies: ["a"] })]);
    made.manager.createWorkflow("outer", [running({ max_retries: 2 })]);
    const execution = await drive(made.manager.executeWorkflow("outer"), made.clock);
    expect(execution).toMatchObject({ status: "completed", results: { inner: { attempts: 3 } } });
    expect(made.calls).toHaveLength(1);
  });

  it("fails when its attempts are used up, and only for errors that may go away", async () => {
    const made = aProcess(1, { failures: 9 });
    made.manager.createWorkflow("outer", [running({ max_retries: 2 })]);
    const spent = await drive(made.manager.executeWorkflow("outer"), made.clock);
    expect(spent).toMatchObject({ status: "failed", results: { inner: { attempts: 3, retry_count: 2 } } });
    made.manager.createWorkflow("missing", [running({ max_retries: 2 }, { workflow: "nobody" })]);
    const missing = await drive(made.manager.executeWorkflow("missing"), made.clock);
    expect(missing).toMatchObject({ status: "failed", results: { inner: { attempts: 1 } } });
    const [no] = [{ name: "ask", module: "human", action: "approval", parameters: { message: "?" } }];
    made.manager.createWorkflow("inner", [no]);
    const id = await drive(made.manager.startWorkflow("outer"), made.clock);
    await settle();
    const [child] = made.manager.listExecutions({ workflowName: "inner", limit: 1 });
    await drive(made.manager.answer(child?.id ?? "", "ask", false), made.clock);
    const refused = await drive(made.manager.waitForExecution(id), made.clock);
    expect(refused).toMatchObject({ status: "failed", results: { inner: { attempts: 1 } } });
  });

  it("is not begun again when its execution was cancelled by hand", async () => {
    const made = aProcess();
    made.manager.createWorkflow("inner", [aStep("a", "slow", { parameters: { ms: 60_000 } })]);
    made.manager.createWorkflow("outer", [running({ max_retries: 2 })]);
    const id = await drive(made.manager.startWorkflow("outer"), made.clock);
    await settle();
    const [child] = made.manager.listExecutions({ workflowName: "inner" });
    await drive(made.manager.requestCancel(child?.id ?? ""), made.clock);
    const execution = await drive(made.manager.waitForExecution(id), made.clock);
    expect(execution).toMatchObject({ status: "failed", results: { inner: { attempts: 1 } } });
  });

  it("gets its time anew with each attempt, and waits until what took too long has ended", async () => {
    const made = aProcess();
    let round = 0;
    const running2 = new Set<number>();
    made.modules.registerModule("late", {
      act: async (_, { signal }) => {
        const mine = ++round;
        expect(running2.size).toBe(0);
        running2.add(mine);
        await new Promise<void>((resolve) => {
          if (mine > 1) resolve();
          // It takes a while to stop.
          signal.addEventListener("abort", () => made.clock.setTimer(resolve, 3000));
        });
        running2.delete(mine);
        return mine;
      },
    });
    made.manager.createWorkflow("inner", [{ name: "a", module: "late", action: "act", max_retries: 0 }]);
    made.manager.createWorkflow("outer", [running({ max_retries: 1, timeout: 20, retry_delay: 1 })]);
    const execution = await drive(made.manager.executeWorkflow("outer"), made.clock);
    expect(execution).toMatchObject({ status: "completed", result: { inner: { a: 2 } } });
  });

  it("keeps its delay and its attempts over a crash", async () => {
    const first = aProcess(1, { failures: 2 });
    first.manager.createWorkflow("outer", [running({ max_retries: 2 })]);
    const id = await drive(first.manager.startWorkflow("outer"), first.clock);
    await settle();
    first.clock.advance(4000);
    await settle();
    const why = first.manager.why(id);
    expect(why).toMatchObject([
      { step: "inner", reason: "retry", message: expect.stringContaining("not yet") },
    ]);
    const second = aProcess(2, { failures: 1 }, first);
    second.manager.createWorkflow("outer", [running({ max_retries: 2 })]);
    await drive(second.manager.recover(), second.clock);
    second.clock.advance(5900);
    await settle();
    expect(second.manager.getExecution(id)?.results["inner"]).toMatchObject({ attempts: 1 });
    second.clock.advance(200);
    await settle();
    expect(second.manager.getExecution(id)?.results["inner"]).toMatchObject({ attempts: 2 });
    const execution = await drive(second.manager.waitForExecution(id), second.clock);
    expect(execution).toMatchObject({
      status: "completed",
      results: { inner: { attempts: 3, retry_count: 2 } },
    });
  });

  it("begins no attempt while the whole is paused", async () => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [running({ max_retries: 1 })]);
    const id = await drive(made.manager.startWorkflow("outer"), made.clock);
    await settle();
    await drive(made.manager.pauseExecution(id), made.clock);
    made.clock.advance(60_000);
    await settle();
    expect(made.manager.getExecution(id)?.results["inner"]).toMatchObject({ attempts: 1 });
    await drive(made.manager.resumeExecution(id), made.clock);
    expect(await drive(made.manager.waitForExecution(id), made.clock)).toMatchObject({ status: "completed" });
  });

  it("can be cancelled between its attempts", async () => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [running({ max_retries: 1 })]);
    const id = await drive(made.manager.startWorkflow("outer"), made.clock);
    await settle();
    await drive(made.manager.requestCancel(id), made.clock);
    const execution = await drive(made.manager.waitForExecution(id), made.clock);
    expect(execution).toMatchObject({ status: "cancelled", results: { inner: { status: "cancelled" } } });
    expect(made.store.list("active/")).toEqual([]);
  });
});
