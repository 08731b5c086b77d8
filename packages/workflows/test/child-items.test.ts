import type { JsonObject } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action,
  max_retries: 0,
  ...rest,
});
const each = (
  items: readonly unknown[] | string,
  rest: JsonObject = {},
  more: JsonObject = {},
): JsonObject => ({
  name: "each",
  module: "workflow",
  action: "run",
  foreach: items as JsonObject[],
  parameters: { workflow: "inner", parameters: { n: "{{item}}", at: "{{index}}" }, ...more },
  ...rest,
});

/** A process with the workflow `inner`, which gives back its parameter `n` and fails where that is negative. */
function aProcess(pid = 1, before?: ReturnType<typeof aManager>) {
  const made = aManager({
    probe: probeOf(pid),
    ...(before ? { store: before.store, clock: new ManualClock(before.clock.now()) } : {}),
  });
  made.manager.createWorkflow(
    "inner",
    [
      aStep("nap", "slow", { parameters: { ms: 1000 } }),
      aStep("give", "give", { parameters: { value: "{{n}}" }, dependencies: ["nap"] }),
      aStep("check", "boom", { run_if: "params.n < 0", required: true, dependencies: ["nap"] }),
    ],
    { parameters: { n: { type: "integer" }, at: { type: "integer" } }, outputs: { n: "{{give.output}}" } },
  );
  return made;
}

const inner = ({ manager }: ReturnType<typeof aProcess>) =>
  manager.listExecutions({ workflowName: "inner", limit: 1000 });

describe("a foreach over another workflow", () => {
  it("runs an execution for each item, a few at a time, and gives their outputs in order", async () => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [each("{{list}}", { max_parallel: 2 })]);
    const id = await drive(made.manager.startWorkflow("outer", { list: [5, 6, 7] }), made.clock);
    await settle();
    expect(inner(made)).toHaveLength(2);
    expect(made.manager.why(id)).toMatchObject([
      { reason: "execution", waitsFor: [expect.any(String), expect.any(String)] },
    ]);
    const execution = await drive(made.manager.waitForExecution(id), made.clock);
    expect(execution).toMatchObject({
      status: "completed",
      result: { each: [{ n: 5 }, { n: 6 }, { n: 7 }] },
    });
    const parts = inner(made).map(({ record }) => [record.parameters, record.parent]);
    expect(parts.toReversed()).toEqual(
      [5, 6, 7].map((n, at) => [
        { n, at },
        { execution_id: id, step: "each", item: at },
      ]),
    );
    const events = made.manager.storedEvents(id).map(({ type }) => type);
    for (const type of ["item_started", "item_waiting", "item_completed"])
      expect(events.filter((found) => found === type)).toHaveLength(3);
  });

  it("holds no place of the run meanwhile, whatever its mode", async () => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [each([1, 2]), aStep("other", "ok")]);
    await drive(made.manager.startWorkflow("outer", {}, { maxParallel: 1 }), made.clock);
    await settle();
    expect(made.calls.map(({ step }) => step)).toContain("other");
  });

  it.each([
    ["stop", "failed", undefined, 2],
    ["cancel", "failed", undefined, 2],
    ["continue", "completed", [null, { n: 2 }, null, { n: 4 }], 4],
  ])("treats the failure of an item as any other step does: %s", async (policy, status, output, begun) => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [
      each([-1, 2, -3, 4], { on_item_failure: policy, max_parallel: 2 }),
    ]);
    const execution = await drive(made.manager.executeWorkflow("outer"), made.clock);
    expect(execution.results["each"]).toMatchObject({ status, ...(output ? { output } : {}) });
    expect(inner(made)).toHaveLength(begun);
    expect(made.store.list("active/")).toEqual([]);
  });

  it("tries an item again with the execution that it has", async () => {
    const made = aProcess();
    let failures = 2;
    made.modules.registerModule("it", {
      flaky: () => {
        if (failures-- > 0) throw new Error("not yet");
        return "ok";
      },
    });
    made.manager.createWorkflow("inner", [
      aStep("a", "ok"),
      { ...aStep("b", "flaky"), module: "it", dependencies: ["a"] },
    ]);
    made.manager.createWorkflow("outer", [each([1, 2], { max_retries: 1 })]);
    const id = await drive(made.manager.startWorkflow("outer"), made.clock);
    const execution = await drive(made.manager.waitForExecution(id), made.clock);
    expect(execution).toMatchObject({ status: "completed" });
    expect(inner(made)).toHaveLength(2);
    expect(made.calls).toHaveLength(2);
    const events = made.manager.storedEvents(id).filter(({ type }) => type === "item_retrying");
    expect(events).toMatchObject([
      { item: 0, attempt: 1 },
      { item: 1, attempt: 1 },
    ]);
  });

  it("goes on after a crash with those that were under way, and repeats none that had ended", async () => {
    const first = aProcess(1);
    const outer = [each([1, 2, 3, 4, 5], { max_parallel: 2 })];
    first.manager.createWorkflow("outer", outer);
    const id = await drive(first.manager.startWorkflow("outer"), first.clock);
    await settle();
    first.clock.advance(1000);
    await settle();
    const ids = inner(first).map((part) => part.id);
    expect(ids).toHaveLength(4);
    const second = aProcess(2, first);
    second.manager.createWorkflow("outer", outer);
    await drive(second.manager.recover(), second.clock);
    const execution = await drive(second.manager.waitForExecution(id), second.clock);
    expect(execution?.result["each"]).toEqual([1, 2, 3, 4, 5].map((n) => ({ n })));
    expect(inner(second)).toHaveLength(5);
    expect(inner(second).map((part) => part.id)).toEqual(expect.arrayContaining(ids));
    expect(second.calls.filter(({ action }) => action === "give")).toHaveLength(3);
  });

  it("is resumed by hand where it failed: the executions of its items go on, with none of the completed", async () => {
    const made = aProcess();
    let broken = true;
    made.modules.registerModule("it", {
      check: ({ n }) => {
        if (broken && n === 2) throw new Error("oh");
        return n ?? null;
      },
    });
    made.manager.createWorkflow("inner", [
      aStep("a", "ok"),
      { name: "b", module: "it", action: "check", max_retries: 0, dependencies: ["a"] },
    ]);
    made.manager.createWorkflow("outer", [each([1, 2, 3], { on_item_failure: "stop", max_parallel: 1 })]);
    const id = await drive(made.manager.startWorkflow("outer"), made.clock);
    expect(await drive(made.manager.waitForExecution(id), made.clock)).toMatchObject({ status: "failed" });
    broken = false;
    await drive(made.manager.resumeExecution(id), made.clock);
    const execution = await drive(made.manager.waitForExecution(id), made.clock);
    expect(execution?.status).toBe("completed");
    expect(inner(made)).toHaveLength(3);
    expect(made.calls.map(({ step }) => step)).toEqual(["a", "a", "a"]);
    await drive(made.manager.resumeExecution(id, { from: "each" }), made.clock);
    await drive(made.manager.waitForExecution(id), made.clock);
    expect(inner(made)).toHaveLength(6);
  });

  it("begins no item while the whole is paused, and is paused with it", async () => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [each([1, 2, 3], { max_parallel: 1 })]);
    const id = await drive(made.manager.startWorkflow("outer"), made.clock);
    await settle();
    await drive(made.manager.pauseExecution(id), made.clock);
    made.clock.advance(60_000);
    await settle();
    expect(inner(made).map(({ record }) => record.parked?.reason)).toEqual(["paused"]);
    await drive(made.manager.resumeExecution(id), made.clock);
    expect(await drive(made.manager.waitForExecution(id), made.clock)).toMatchObject({
      status: "completed",
      result: { each: [{ n: 1 }, { n: 2 }, { n: 3 }] },
    });
  });

  it("is cancelled with all that it has begun", async () => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [each([1, 2, 3], { max_parallel: 2 })]);
    const id = await drive(made.manager.startWorkflow("outer"), made.clock);
    await settle();
    await drive(made.manager.requestCancel(id), made.clock);
    const execution = await drive(made.manager.waitForExecution(id), made.clock);
    expect(execution).toMatchObject({ status: "cancelled", results: { each: { status: "cancelled" } } });
    await settle();
    expect(inner(made).map(({ record }) => record.status)).toEqual(["cancelled", "cancelled"]);
    expect(made.store.list("active/")).toEqual([]);
  });

  it("is deleted with the executions of its items", async () => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [each([1, 2, 3])]);
    const { executionId } = await drive(made.manager.executeWorkflow("outer"), made.clock);
    expect(made.manager.deleteExecution(executionId)).toHaveLength(4);
    expect(inner(made)).toEqual([]);
  });

  it("starts thousands that end at once, and those that go their own way", async () => {
    const made = aProcess();
    made.manager.createWorkflow("inner", [aStep("never", "ok", { run_if: "1 > 2" })]);
    const items = Array.from({ length: 3000 }, (_, index) => index);
    made.manager.createWorkflow("outer", [each(items, { max_parallel: 10_000 })]);
    const execution = await drive(made.manager.executeWorkflow("outer"), made.clock);
    expect(execution.result["each"]).toHaveLength(3000);
    made.manager.createWorkflow("away", [each([1, 2], {}, { detached: true })]);
    const away = await drive(made.manager.executeWorkflow("away"), made.clock);
    expect(away.result["each"]).toEqual([
      { execution_id: expect.any(String) },
      { execution_id: expect.any(String) },
    ]);
  });

  it("fails an item whose parameters make no sense, and none of the others where it may", async () => {
    const made = aProcess();
    made.manager.createWorkflow("outer", [
      each([1, "x", 3], { on_item_failure: "continue", max_retries: 2 }),
    ]);
    const execution = await drive(made.manager.executeWorkflow("outer"), made.clock);
    expect(execution.result["each"]).toEqual([{ n: 1 }, null, { n: 3 }]);
    expect(execution.warnings).toEqual([expect.stringContaining("1 of 3 items failed, first item 1 failed")]);
  });

  it("is the only control step that can have items", () => {
    const { manager } = aProcess();
    const step = { name: "s", module: "wait", action: "sleep", parameters: { duration: 1 }, foreach: [1] };
    expect(() => manager.createWorkflow("w", [step])).toThrow(/foreach/);
  });
});
