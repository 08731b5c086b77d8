import { describe, expect, it } from "vitest";
import { drive, probeOf, settle } from "./rig.ts";
import { aShop, aStep } from "./shop.ts";

describe("an execution that fails", () => {
  it("takes back what completed, the last first, each undo with its step's output, and tells it", async () => {
    const { manager, clock, did, broken, events } = aShop();
    broken.add("do c");
    manager.createWorkflow("w", [
      aStep("a", { parameters: { thing: "a", ms: 20 } }),
      aStep("b"),
      aStep("c", { dependencies: ["a", "b"] }),
      aStep("never", { dependencies: ["c"] }),
      { ...aStep("plain"), undo: null },
    ]);
    const execution = await drive(manager.executeWorkflow("w"), clock);
    expect(execution).toMatchObject({ status: "failed", errors: ["Step c failed: cannot do c"] });
    expect(did).toEqual(["do b", "do plain", "do a", "undo a by a", "undo b by b"]);
    const told = events.filter(({ type }) => type.startsWith("undo")).map(({ type }) => type);
    expect(told).toEqual(["undo_started", "undo_completed", "undo_started", "undo_completed"]);
    const stored = manager.storedEvents(execution.executionId);
    expect(stored.at(-1)?.type).toBe("workflow_completed");
    expect(stored.map(({ sequence }) => sequence)).toEqual(stored.map((_, index) => index + 1));
  });

  it("undoes nothing when it completes", async () => {
    const { manager, clock, did, store } = aShop();
    manager.createWorkflow("w", [aStep("a")]);
    await drive(manager.executeWorkflow("w"), clock);
    expect(did).toEqual(["do a"]);
    expect(store.list("undos/")).toEqual([]);
  });

  it("goes on with the other undos when one fails, and says so", async () => {
    const { manager, clock, did, broken } = aShop();
    for (const each of ["do c", "undo b by b"]) broken.add(each);
    manager.createWorkflow("w", [
      aStep("a"),
      aStep("b", { dependencies: ["a"] }),
      aStep("c", { dependencies: ["b"] }),
    ]);
    const execution = await drive(manager.executeWorkflow("w"), clock);
    expect(execution.errors).toEqual([
      "Step c failed: cannot do c",
      "Undo of step b failed: cannot undo b by b",
    ]);
    expect(did).toEqual(["do a", "do b", "undo a by a"]);
  });

  it("undoes what was done when it is cancelled, and when its time is over", async () => {
    const { manager, clock, did } = aShop();
    manager.createWorkflow("w", [
      aStep("a"),
      aStep("b", { dependencies: ["a"], parameters: { thing: "b", ms: 9000 } }),
    ]);
    const id = await drive(manager.startWorkflow("w"), clock);
    await settle();
    manager.cancelExecution(id);
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({ status: "cancelled" });
    expect(did).toEqual(["do a", "undo a by a"]);
    await expect(drive(manager.executeWorkflow("w", {}, { timeoutMs: 100 }), clock)).rejects.toMatchObject({
      code: "TIMEOUT_EXCEEDED",
    });
    expect(did.slice(2, 4)).toEqual(["do a", "undo a by a"]);
  });

  it("goes on undoing after a crash, and never runs an undo twice that has ended", async () => {
    const first = aShop({ probe: probeOf(1) });
    first.broken.add("do c");
    const steps = ["a", "b", "c"].map((name, index, names) =>
      aStep(name, {
        dependencies: names.slice(0, index),
        undo: { action: "undo", parameters: { thing: `{{${name}.output}}`, ms: 100 } },
      }),
    );
    first.manager.createWorkflow("w", steps);
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    first.clock.advance(100);
    await settle();
    expect(first.did).toEqual(["do a", "do b", "undo b by b"]);
    const second = aShop({ store: first.store, clock: first.clock, probe: probeOf(2) });
    await drive(second.manager.recover(), second.clock);
    const execution = await drive(second.manager.waitForExecution(id), second.clock);
    expect(execution).toMatchObject({
      status: "failed",
      errors: ["Step c failed: cannot do c"],
      errorCode: "TASK_EXECUTION_FAILED",
    });
    expect(second.did).toEqual(["undo a by a #2"]);
  });

  it("undoes what a sub-workflow has done when the whole is cancelled, also after a crash", async () => {
    const first = aShop({ probe: probeOf(1) });
    const define = ({ manager }: typeof first) => {
      manager.createWorkflow("inner", [
        aStep("a", { undo: { action: "undo", parameters: { thing: "a", ms: 100 } } }),
        aStep("b", { dependencies: ["a"], parameters: { thing: "b", ms: 9000 } }),
      ]);
      manager.createWorkflow("w", [
        { name: "sub", module: "workflow", action: "run", parameters: { workflow: "inner" } },
      ]);
    };
    define(first);
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    first.manager.cancelExecution(id);
    await settle();
    expect(first.manager.getExecution(id)?.status).toBe("running");
    const second = aShop({ store: first.store, clock: first.clock, probe: probeOf(2) });
    define(second);
    expect(await drive(second.manager.recover(), second.clock)).toEqual({ resumed: [id], failed: [] });
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "cancelled",
    });
    expect(second.did).toEqual(["undo a #2"]);
    expect(second.store.list("active/")).toEqual([]);
  });

  it("does again what was undone when it is resumed", async () => {
    const { manager, clock, did, broken } = aShop();
    broken.add("do b");
    manager.createWorkflow("w", [aStep("a"), aStep("b", { dependencies: ["a"] })]);
    const { executionId } = await drive(manager.executeWorkflow("w"), clock);
    expect(manager.planResume(executionId)).toMatchObject([
      { step: "a", action: "rerun", reason: "it was undone" },
      { step: "b", action: "rerun" },
    ]);
    await drive(manager.resumeExecution(executionId), clock);
    await drive(manager.waitForExecution(executionId), clock);
    expect(did).toEqual(["do a", "undo a by a", "do a #2", "undo a by a"]);
    broken.clear();
    await drive(manager.resumeExecution(executionId), clock);
    expect(await drive(manager.waitForExecution(executionId), clock)).toMatchObject({ status: "completed" });
    expect(did.slice(4)).toEqual(["do a #3", "do b #3"]);
  });
});
