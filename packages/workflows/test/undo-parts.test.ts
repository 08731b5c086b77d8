import type { JsonObject } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { drive, probeOf, settle } from "./rig.ts";
import { aShop, aStep } from "./shop.ts";

/** A step over `things`, whose undo is what `undo` says. */
const aList = (things: readonly string[], undo: JsonObject, more: JsonObject = {}): JsonObject =>
  aStep("list", {
    foreach: things,
    parameters: { thing: "{{item}}" },
    undo: { action: "undo", max_retries: 0, ...undo },
    ...more,
  });

const perItem = { parameters: { thing: "{{item}} {{index}} {{list.output}}" } };
const whole = { parameters: { thing: "{{list.output}}" } };

const runs = (name: string, workflow: string, more: JsonObject = {}): JsonObject => ({
  name,
  module: "workflow",
  action: "run",
  parameters: { workflow },
  ...more,
});

describe("a list that failed half-way", () => {
  it("has each item that completed taken back, the last first, by an undo that asks for the item", async () => {
    const { manager, clock, did, broken, events } = aShop();
    broken.add("do c");
    manager.createWorkflow("w", [
      aStep("before"),
      aList(["a", "b", "c", "d"], perItem, { dependencies: ["before"], max_parallel: 1 }),
    ]);
    const execution = await drive(manager.executeWorkflow("w"), clock);
    expect(execution.status).toBe("failed");
    expect(did).toEqual([
      ...["do before", "do a", "do b"],
      ...["undo b 1 b by list/1", "undo a 0 a by list/0", "undo before by before"],
    ]);
    const undone = events.flatMap((event) => (event.type === "undo_completed" ? [event.item] : []));
    expect(undone).toEqual([1, 0, undefined]);
    expect(execution.errors).toEqual(["Step list failed: item 2 failed: cannot do c"]);
  });

  it("is taken back at once by an undo that asks for the outputs, null where there is none", async () => {
    const { manager, clock, did, broken } = aShop();
    broken.add("do c");
    manager.createWorkflow("w", [aList(["a", "b", "c", "d"], whole, { max_parallel: 1 })]);
    await drive(manager.executeWorkflow("w"), clock);
    expect(did.slice(2)).toEqual(["undo a by list/0,b by list/1,,"]);
  });

  it.each([perItem, whole])("leaves nothing to undo where no item completed", async (undo) => {
    const { manager, clock, did, broken, store } = aShop();
    for (const each of ["do a", "do b"]) broken.add(each);
    manager.createWorkflow("w", [aList(["a", "b"], undo)]);
    expect((await drive(manager.executeWorkflow("w"), clock)).status).toBe("failed");
    expect([did, store.list("undos/")]).toEqual([[], []]);
  });

  it("is taken back when the run is cancelled, and an item whose undo fails hinders no other", async () => {
    const { manager, clock, did, broken } = aShop();
    broken.add("undo b 1 b by list/1");
    manager.createWorkflow("w", [
      aList(["a", "b", "c"], perItem, { parameters: { thing: "{{item}}", ms: 50 }, max_parallel: 1 }),
    ]);
    const id = await drive(manager.startWorkflow("w"), clock);
    for (let turn = 0; turn < 2; turn++) {
      await settle();
      clock.advance(50);
    }
    await settle();
    await drive(manager.requestCancel(id), clock);
    const execution = await drive(manager.waitForExecution(id), clock);
    expect(did).toEqual(["do a", "do b", "undo a 0 a by list/0"]);
    expect(execution?.errors).toContain("Undo of step list, item 1, failed: cannot undo b 1 b by list/1");
  });

  it("is done again from the beginning by a resume, and what was undone is done once more", async () => {
    const { manager, clock, did, broken, store } = aShop();
    broken.add("do b");
    manager.createWorkflow("w", [aList(["a", "b"], perItem, { max_parallel: 1 })]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    expect(manager.planResume(id)).toMatchObject([
      { action: "rerun", reason: "it was undone", isAnew: true },
    ]);
    broken.clear();
    await drive(manager.resumeExecution(id), clock);
    expect((await drive(manager.waitForExecution(id), clock))?.status).toBe("completed");
    expect(did).toEqual(["do a", "undo a 0 a by list/0", "do a", "do b"]);
    expect(store.list("undos/")).toEqual([]);
  });
});

describe("a workflow inside of one that fails later", () => {
  /** `outer` runs `middle`, that runs `inner` and does something itself, and then fails. */
  const define = ({ manager }: ReturnType<typeof aShop>) => {
    manager.createWorkflow("inner", [aStep("a"), aStep("b", { dependencies: ["a"] })]);
    manager.createWorkflow("middle", [runs("in", "inner"), aStep("c", { dependencies: ["in"] })]);
    manager.createWorkflow("outer", [
      aStep("first"),
      runs("sub", "middle", { dependencies: ["first"] }),
      aStep("last", { dependencies: ["sub"] }),
    ]);
  };
  const undone = ["undo c by c", "undo b by b", "undo a by a", "undo first by first"];

  it("is taken back with it, the last step first, however deep", async () => {
    const shop = aShop();
    shop.broken.add("do last");
    define(shop);
    const execution = await drive(shop.manager.executeWorkflow("outer"), shop.clock);
    expect(execution).toMatchObject({ status: "failed", errors: ["Step last failed: cannot do last"] });
    expect(shop.did).toEqual(["do first", "do a", "do b", "do c", ...undone]);
    const inside = shop.manager.listExecutions({ status: "cancelled" });
    expect(inside.map(({ record }) => record.workflow_name).toSorted()).toEqual(["inner", "middle"]);
    expect(inside[0]?.record.errors[0]).toMatch(/^Undone with execution '.+', which (failed|cancelled)$/);
    expect(shop.store.list("active/")).toEqual([]);
  });

  it("tells what of it could not be undone, and begins anew when the whole is resumed", async () => {
    const shop = aShop();
    for (const each of ["do last", "undo b by b"]) shop.broken.add(each);
    define(shop);
    const { manager, clock, did, broken } = shop;
    const { executionId: id, errors } = await drive(manager.executeWorkflow("outer"), clock);
    expect(errors[1]).toMatch("Undo of step sub failed: Undo of step in failed: Undo of step b failed");
    expect(did.slice(4)).toEqual(undone.filter((each) => each !== "undo b by b"));
    expect(manager.planResume(id).map(({ action, reason }) => [action, reason])).toEqual([
      ["rerun", "it was undone"],
      ["rerun", "it was undone"],
      ["rerun", "step 'sub' runs again"],
    ]);
    broken.clear();
    await drive(manager.resumeExecution(id), clock);
    expect((await drive(manager.waitForExecution(id), clock))?.status).toBe("completed");
    expect(did.slice(-5)).toEqual(["do first #2", "do a", "do b", "do c", "do last #2"]);
  });

  it("stays where nothing of it can be undone, where its step has an undo of its own, and where it is detached", async () => {
    const shop = aShop();
    shop.broken.add("do last");
    define(shop);
    const { manager, clock, did } = shop;
    manager.createWorkflow("plain", [{ ...aStep("x"), undo: null }]);
    manager.createWorkflow("outer", [
      runs("none", "plain"),
      runs("own", "inner", {
        dependencies: ["none"],
        undo: { module: "shop", action: "undo", parameters: { thing: "own" } },
      }),
      runs("away", "inner", { dependencies: ["own"], parameters: { workflow: "inner", detached: true } }),
      { name: "wait", module: "wait", action: "sleep", parameters: { duration: 1 }, dependencies: ["away"] },
      aStep("last", { dependencies: ["wait"] }),
    ]);
    const { executionId: id } = await drive(manager.executeWorkflow("outer"), clock);
    expect(did.filter((each) => each.startsWith("undo"))).toEqual(["undo own"]);
    expect(manager.listExecutions({ status: "completed" })).toHaveLength(3);
    expect(manager.planResume(id)[0]).toMatchObject({ step: "none", action: "reuse" });
  });

  it("is taken back once when the process dies between any two undos", async () => {
    const first = aShop({ probe: probeOf(1) });
    first.broken.add("do last");
    define(first);
    const slow = (name: string, more: JsonObject = {}) =>
      aStep(name, {
        undo: { action: "undo", parameters: { thing: `{{${name}.output}}`, ms: 100 } },
        ...more,
      });
    first.manager.createWorkflow("inner", [slow("a"), slow("b", { dependencies: ["a"] })]);
    const id = await drive(first.manager.startWorkflow("outer"), first.clock);
    for (let turn = 0; turn < 40 && !first.did.includes("undo c by c"); turn++) {
      await settle();
      first.clock.advance(1);
    }
    for (let turn = 0; turn < 20 && !first.did.includes("undo b by b"); turn++) {
      await settle();
      first.clock.advance(10);
    }
    await settle();
    expect(first.did.slice(-2)).toEqual(undone.slice(0, 2));
    const second = aShop({
      store: first.store,
      clock: new ManualClock(first.clock.now()),
      probe: probeOf(2),
    });
    await drive(second.manager.recover(), second.clock);
    expect(await drive(second.manager.waitForExecution(id), second.clock)).toMatchObject({
      status: "failed",
    });
    expect(second.did).toEqual(["undo a by a #2", "undo first by first"]);
  });
});

describe("a workflow inside that is given up", () => {
  const define = ({ manager }: ReturnType<typeof aShop>) => {
    manager.createWorkflow("inner", [
      aStep("a", { undo: { action: "undo", parameters: { thing: "a", ms: 100 } } }),
      aStep("b", { dependencies: ["a"], parameters: { thing: "b", ms: 5000 } }),
    ]);
    manager.createWorkflow("between", [runs("sub", "inner")]);
    manager.createWorkflow("w", [
      aStep("first"),
      runs("sub", "between", { dependencies: ["first"], timeout: 1, max_retries: 0 }),
    ]);
  };
  const shown = ["undo a", "undo first by first"];

  it("is undone before the rest, and the whole ends with the last undo", async () => {
    const made = aShop();
    define(made);
    const { status, results } = await drive(made.manager.executeWorkflow("w"), made.clock);
    expect([status, results["sub"]?.status]).toEqual(["failed", "timeout"]);
    expect(made.did).toEqual(["do first", "do a", ...shown]);
    expect(made.store.list("active/")).toEqual([]);
  });

  it("is taken along by the process that goes on with the whole", async () => {
    const first = aShop({ probe: probeOf(1) });
    define(first);
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    first.clock.advance(1000);
    await settle();
    expect(first.manager.getExecution(id)).toMatchObject({
      status: "running",
      results: { sub: { status: "timeout" } },
    });
    const clock = new ManualClock(first.clock.now());
    const second = aShop({ store: first.store, clock, probe: probeOf(2) });
    define(second);
    await drive(second.manager.recover(), clock);
    expect((await drive(second.manager.waitForExecution(id), clock))?.status).toBe("failed");
    expect(second.did).toEqual(["undo a #2", "undo first by first"]);
    expect(second.store.list("active/")).toEqual([]);
  });

  it("hinders the end of the whole no more when its undo fails", async () => {
    const made = aShop();
    define(made);
    made.broken.add("undo a");
    const { status } = await drive(made.manager.executeWorkflow("w"), made.clock);
    expect([status, made.did]).toEqual(["failed", ["do first", "do a", "undo first by first"]]);
    expect(made.store.list("active/")).toEqual([]);
  });
});

describe("a workflow inside of one that is run again", () => {
  it("is another one when its step begins from nothing, and both are deleted with the whole", async () => {
    const { manager, clock, did, store } = aShop();
    const undo = { action: "undo", parameters: { thing: "a", ms: 100 } };
    manager.createWorkflow("inner", [
      aStep("a", { undo }),
      aStep("b", { dependencies: ["a"], parameters: { thing: "b", ms: 500 } }),
    ]);
    manager.createWorkflow("w", [runs("sub", "inner")]);
    const id = await drive(manager.startWorkflow("w"), clock);
    await settle();
    manager.cancelExecution(id);
    await settle();
    await expect(manager.resumeExecution(id, { from: "sub" })).rejects.toMatchObject({
      code: "INVALID_STATE",
    });
    expect((await drive(manager.waitForExecution(id), clock))?.status).toBe("cancelled");
    expect(did).toEqual(["do a", "undo a"]);
    await drive(manager.resumeExecution(id, { from: "sub" }), clock);
    expect((await drive(manager.waitForExecution(id), clock))?.status).toBe("completed");
    expect(did).toEqual(["do a", "undo a", "do a", "do b"]);
    expect(store.list(`parts/${id}/`)).toHaveLength(2);
    expect(manager.deleteExecution(id)).toHaveLength(3);
    for (const left of ["executions/", "steps/", "parts/", "events/", "undos/"])
      expect(store.list(left)).toEqual([]);
  });

  it.each<[string, boolean]>([
    ["asked for", false],
    ["edited", true],
  ])("is undone first where it was under way when its process died, and its step is %s", async (_, edits) => {
    const define = ({ manager }: ReturnType<typeof aShop>, note: string) => {
      manager.createWorkflow("inner", [
        aStep("a", { undo: { action: "undo", parameters: { thing: "a", ms: 100 } } }),
        aStep("b", { dependencies: ["a"], parameters: { thing: "b", ms: 5000 } }),
      ]);
      manager.createWorkflow("between", [runs("deep", "inner"), aStep("c", { dependencies: ["deep"] })]);
      manager.createWorkflow("w", [
        aStep("first"),
        runs("sub", "between", {
          dependencies: ["first"],
          parameters: { workflow: "between", parameters: { note } },
        }),
      ]);
    };
    const first = aShop({ probe: probeOf(1) });
    define(first, "old");
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    expect(first.did).toEqual(["do first", "do a"]);
    const second = aShop({
      store: first.store,
      clock: new ManualClock(first.clock.now()),
      probe: probeOf(2),
    });
    define(second, edits ? "new" : "old");
    const { manager, clock, did, store } = second;
    await drive(manager.resumeExecution(id, edits ? { edited: true } : { from: "sub" }), clock);
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({
      status: "completed",
      errors: [],
    });
    expect(did).toEqual(["undo a", "do a", "do b", "do c"]);
    const statuses = ["between", "inner"].map((workflowName) =>
      manager.listExecutions({ workflowName }).map(({ record }) => record.status),
    );
    expect(statuses).toEqual([
      ["completed", "cancelled"],
      ["completed", "cancelled"],
    ]);
    expect(store.list("active/")).toEqual([]);
  });

  it("is undone where it was under way when its process died and its step was removed since", async () => {
    const define = ({ manager }: ReturnType<typeof aShop>, steps: readonly JsonObject[]) => {
      const undo = { action: "undo", parameters: { thing: "a", ms: 100 } };
      manager.createWorkflow("inner", [
        aStep("a", { undo }),
        aStep("b", { dependencies: ["a"], parameters: { thing: "b", ms: 5000 } }),
      ]);
      manager.createWorkflow("w", [...steps]);
    };
    const first = aShop({ probe: probeOf(1) });
    define(first, [aStep("first"), runs("sub", "inner")]);
    const id = await drive(first.manager.startWorkflow("w"), first.clock);
    await settle();
    const second = aShop({
      store: first.store,
      clock: new ManualClock(first.clock.now()),
      probe: probeOf(2),
    });
    define(second, [aStep("first")]);
    const { manager, clock, did, store } = second;
    await drive(manager.resumeExecution(id, { edited: true }), clock);
    expect((await drive(manager.waitForExecution(id), clock))?.status).toBe("completed");
    expect(did).toEqual(["undo a"]);
    expect(store.list("active/")).toEqual([]);
  });
});
