import { type JsonObject, memoryStore, type Store } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action,
  max_retries: 0,
  ...rest,
});

/** Two living processes on one store, which tells each what the other has written. */
function twoManagers() {
  const store = memoryStore();
  let writes = 0;
  const shared: Store = {
    get: (key) => store.get(key),
    list: (prefix, options) => store.list(prefix, options),
    foreignVersion: () => writes,
    close: () => {},
    transact: (work) => {
      writes++;
      return store.transact(work);
    },
  };
  const owner = aManager({ store: shared, probe: probeOf(1, "alive") });
  const other = aManager({ store: shared, clock: owner.clock, probe: probeOf(2, "alive") });
  owner.manager.createWorkflow("w", [
    aStep("a", "slow", { parameters: { ms: 10_000 } }),
    aStep("b", "ok", { dependencies: ["a"] }),
  ]);
  return { owner, other, clock: owner.clock };
}

describe("an execution that is paused", () => {
  it("lets what runs end, starts nothing more, and goes on when it is resumed", async () => {
    for (const mode of ["parallel", "resource_aware", "sequential"] as const) {
      const { manager, clock, calls, events } = aManager();
      manager.createWorkflow("w", [
        aStep("a", "slow", { parameters: { ms: 100 } }),
        aStep("b", "slow", { parameters: { ms: 100 }, dependencies: ["a"] }),
        { name: "nap", module: "wait", action: "sleep", parameters: { duration: 1 }, dependencies: ["a"] },
      ]);
      const id = await drive(manager.startWorkflow("w", {}, { mode }), clock);
      await settle();
      await drive(manager.pauseExecution(id), clock);
      clock.advance(10_000);
      await settle();
      expect(calls.map(({ step }) => step)).toEqual(["a"]);
      expect(manager.getExecution(id)).toMatchObject({
        status: "running",
        parked: { reason: "paused", hint: `orch resume ${id}` },
        results: { a: { status: "completed" } },
      });
      await drive(manager.resumeExecution(id), clock);
      expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({
        status: "completed",
        parked: null,
      });
      const told = events.flatMap(({ type }) => (/paused|continued/.test(type) ? [type] : []));
      expect(told).toEqual(["workflow_paused", "workflow_continued"]);
      await expect(manager.pauseExecution(id)).rejects.toMatchObject({ code: "INVALID_STATE" });
    }
  });

  it("stays paused when its process dies, is not recovered, and goes on when it is resumed by hand", async () => {
    const first = aManager({ probe: probeOf(1) });
    first.manager.createWorkflow("w", [
      aStep("a", "slow", { parameters: { ms: 100 } }),
      aStep("b", "ok", { dependencies: ["a"] }),
    ]);
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    await drive(first.manager.pauseExecution(id), first.clock);
    const second = aManager({ store: first.store, clock: first.clock, probe: probeOf(2) });
    expect(await drive(second.manager.recover(), second.clock)).toEqual({ resumed: [], failed: [] });
    await drive(second.manager.resumeExecution(id), second.clock);
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "completed",
    });
    expect(second.calls.map(({ step }) => step)).toEqual(["a", "b"]);
  });

  it("has the time that it had left when it goes on, also in another process", async () => {
    for (const dies of [false, true]) {
      const first = aManager({ probe: probeOf(1) });
      first.manager.createWorkflow("w", [
        { name: "nap", module: "wait", action: "sleep", parameters: { duration: 2 } },
        aStep("a", "slow", { parameters: { ms: 60_000 }, dependencies: ["nap"] }),
      ]);
      const id = await drive(first.manager.startWorkflow("w", {}, { timeoutMs: 10_000 }), first.clock);
      await drive(first.manager.pauseExecution(id), first.clock);
      for (let second = 0; second < 30; second++) {
        first.clock.advance(1000);
        await settle();
      }
      expect(first.manager.getExecution(id)).toMatchObject({
        status: "running",
        parked: { reason: "paused" },
      });
      const { manager } = dies
        ? aManager({ store: first.store, clock: first.clock, probe: probeOf(2) })
        : first;
      await drive(manager.resumeExecution(id), first.clock);
      first.clock.advance(9000);
      await settle();
      expect(manager.getExecution(id)).toMatchObject({ status: "running", parked: null });
      first.clock.advance(1000);
      await settle();
      expect(manager.getExecution(id)).toMatchObject({ status: "failed" });
      expect(manager.getExecution(id)?.error).toMatch(/timed out/);
    }
  });

  it("can be cancelled", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [
      aStep("a", "ok"),
      aStep("b", "slow", { parameters: { ms: 100 }, dependencies: ["a"] }),
    ]);
    const id = await drive(manager.startWorkflow("w", {}, { mode: "resource_aware" }), clock);
    await drive(manager.pauseExecution(id), clock);
    await settle();
    manager.cancelExecution(id);
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({ status: "cancelled" });
  });
});

describe("an execution of another process", () => {
  it("is cancelled, paused and resumed by a request that its process finds within 250 ms", async () => {
    const { owner, other, clock } = twoManagers();
    const id = await drive(owner.manager.startWorkflow("w"), clock);
    await settle();
    expect(other.manager.cancelExecution(id)).toBe(false);
    await drive(other.manager.pauseExecution(id), clock);
    clock.advance(250);
    await settle();
    expect(other.manager.getExecution(id)?.parked).toMatchObject({ reason: "paused" });
    await drive(other.manager.resumeExecution(id), clock);
    clock.advance(250);
    await settle();
    expect(other.manager.getExecution(id)?.parked).toBeNull();
    expect(await drive(other.manager.requestCancel(id), clock)).toBe(true);
    clock.advance(250);
    await settle();
    expect(other.manager.getExecution(id)).toMatchObject({ status: "cancelled" });
    expect(await drive(other.manager.requestCancel(id), clock)).toBe(false);
    expect(owner.store.list("requests/")).toEqual([]);
    await expect(other.manager.requestCancel("nobody")).rejects.toMatchObject({
      code: "EXECUTION_NOT_FOUND",
    });
  });

  it("is taken over to be cancelled when its process is gone", async () => {
    const first = aManager({ probe: probeOf(1) });
    first.manager.createWorkflow("w", [aStep("a", "slow", { parameters: { ms: 100 } })]);
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    const second = aManager({ store: first.store, clock: first.clock, probe: probeOf(2) });
    await drive(second.manager.requestCancel(id), second.clock);
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "cancelled",
    });
    expect(second.calls).toEqual([]);
  });

  it("is not resumed while code of it that did not stop runs in the other one", async () => {
    const { owner, other, clock } = twoManagers();
    owner.manager.createWorkflow("deaf", [aStep("a", "deaf", { parameters: { ms: 60_000 } })]);
    const id = await drive(owner.manager.startWorkflow("deaf"), clock);
    await settle();
    owner.manager.cancelExecution(id);
    await settle();
    expect(other.manager.getExecution(id)?.status).toBe("cancelled");
    await expect(other.manager.resumeExecution(id)).rejects.toMatchObject({
      code: "INVALID_STATE",
      details: { steps: ["a"] },
    });
    clock.advance(60_000);
    await settle();
    clock.advance(250);
    await settle();
    expect(other.store.list("draining/")).toEqual([]);
    await drive(other.manager.resumeExecution(id), clock);
    expect(other.calls.map(({ step, attempt }) => [step, attempt])).toEqual([["a", 2]]);
    other.manager.cancelExecution(id);
    await settle();
  });

  it("leaves no timer behind when it has ended", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [aStep("a", "ok")]);
    await drive(manager.executeWorkflow("w"), clock);
    clock.advance(10_000);
    await settle();
    // That which deletes old executions.
    expect(clock.pending).toBe(1);
  });
});

describe("what was asked of an execution that nobody ran", () => {
  it("does not pause what is resumed by hand, and pauses what is recovered", async () => {
    for (const isByHand of [true, false]) {
      const first = aManager({ probe: probeOf(1) });
      first.manager.createWorkflow("w", [
        aStep("a", "slow", { parameters: { ms: 100 } }),
        aStep("b", "ok", { dependencies: ["a"] }),
      ]);
      const id = await drive(first.manager.startWorkflow("w"), first.clock);
      await settle();
      const second = aManager({ store: first.store, clock: first.clock, probe: probeOf(2) });
      await drive(second.manager.pauseExecution(id), second.clock);
      if (isByHand) await drive(second.manager.resumeExecution(id), second.clock);
      else await drive(second.manager.recover(), second.clock);
      await settle();
      expect(second.manager.getExecution(id)?.parked?.reason).toBe(isByHand ? undefined : "paused");
      if (!isByHand) await drive(second.manager.resumeExecution(id), second.clock);
      expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
        status: "completed",
      });
    }
  });

  it("is forgotten where the execution had ended before it came", async () => {
    const { manager, clock, store } = aManager();
    manager.createWorkflow("w", [aStep("a", "boom")]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    manager.createWorkflow("w", [aStep("a", "ok")]);
    store.transact((tx) => tx.put(`requests/${id}/late`, { type: "cancel" }));
    await drive(manager.resumeExecution(id, { edited: true }), clock);
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({ status: "completed" });
    expect(store.list("requests/")).toEqual([]);
  });
});

describe("an execution that ends while it is asked to", () => {
  it("is not cancelled any more", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [
      { name: "nap", module: "wait", action: "sleep", parameters: { duration: 1 } },
    ]);
    const id = await drive(manager.startWorkflow("w"), clock);
    clock.advance(1000);
    expect(await drive(manager.requestCancel(id), clock)).toBe(false);
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({ status: "completed" });
  });
});

describe("an execution that is resumed twice at once", () => {
  it("goes on once, and refuses to go on otherwise meanwhile", async () => {
    const { manager, clock, calls } = aManager();
    manager.createWorkflow("w", [aStep("a", "ok"), aStep("b", "boom", { dependencies: ["a"] })]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    calls.length = 0;
    const resumed = Promise.allSettled([
      manager.resumeExecution(id),
      manager.resumeExecution(id, { from: "a" }),
      manager.resumeExecution(id),
    ]);
    const outcomes = await drive(resumed, clock);
    expect(outcomes.map((each) => (each.status === "rejected" ? each.reason.code : "done"))).toEqual([
      "done",
      "INVALID_STATE",
      "done",
    ]);
    await drive(manager.waitForExecution(id), clock);
    expect(calls.map(({ step }) => step)).toEqual(["b"]);
  });
});
