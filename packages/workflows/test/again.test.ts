import type { JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "it",
  action,
  max_retries: 0,
  retry_delay: 0,
  ...rest,
});
const overItems = (list: unknown, rest: JsonObject = {}): JsonObject =>
  aStep("each", "give", { foreach: list as JsonObject, parameters: { value: "{{item}}" }, ...rest });

/** A manager with actions that give what they get; those named in `broken` fail. */
function aGivingManager() {
  const made = aManager();
  const gave: unknown[] = [];
  const broken = new Set<unknown>();
  const lists = { now: ["a", "b"] };
  made.modules.registerModule("it", {
    give: ({ value = null }) => {
      if (broken.has(value)) throw new Error(`no ${String(value)}`);
      gave.push(value);
      return value;
    },
    flaky: () => {
      if (broken.has("flaky")) throw new Error("not yet");
      return 5;
    },
    list: () => lists.now,
    undo: () => null,
  });
  const again = async (id: string, options: Parameters<typeof made.manager.resumeExecution>[1] = {}) => {
    gave.length = 0;
    await drive(made.manager.resumeExecution(id, options), made.clock);
    return drive(made.manager.waitForExecution(id), made.clock);
  };
  return { ...made, gave, broken, lists, again };
}

describe("a step over a list that runs again", () => {
  it("runs every item again when it is asked for", async () => {
    const { manager, clock, gave, again } = aGivingManager();
    manager.createWorkflow("w", [overItems([1, 2, 3])]);
    const { executionId } = await drive(manager.executeWorkflow("w"), clock);
    clock.advance(60_000);
    const execution = await again(executionId, { from: "each" });
    expect(execution).toMatchObject({ status: "completed", result: { each: [1, 2, 3] } });
    expect(gave).toEqual([1, 2, 3]);
    // Not since it ran for the first time.
    expect(execution?.results["each"]).toMatchObject({ execution_time: 0 });
  });

  it("runs the items of the new list when what gives the list has run again", async () => {
    const { manager, clock, gave, lists, again } = aGivingManager();
    manager.createWorkflow("w", [aStep("list", "list"), overItems("{{list.output}}")]);
    const { executionId } = await drive(manager.executeWorkflow("w"), clock);
    lists.now = ["c", "d", "e"];
    const execution = await again(executionId, { from: "list" });
    expect(execution?.result).toEqual({ list: ["c", "d", "e"], each: ["c", "d", "e"] });
    expect(gave).toEqual(["c", "d", "e"]);
  });

  it("runs the items of an edited list, and hands on their outputs", async () => {
    const { manager, clock, gave, again } = aGivingManager();
    const all = aStep("all", "give", { parameters: { value: "{{each.output}}" } });
    manager.createWorkflow("w", [overItems(["a", "b"]), all]);
    const { executionId } = await drive(manager.executeWorkflow("w"), clock);
    manager.createWorkflow("w", [overItems(["z", "y"]), all]);
    const execution = await again(executionId, { edited: true });
    expect(execution?.result).toEqual({ each: ["z", "y"], all: ["z", "y"] });
    expect(gave).toEqual(["z", "y", ["z", "y"]]);
  });

  it("runs every item again after it was undone", async () => {
    const { manager, clock, gave, broken, again } = aGivingManager();
    const undo = { module: "it", action: "undo" };
    manager.createWorkflow("w", [
      overItems(["a", "b"], { undo }),
      aStep("last", "flaky", { dependencies: ["each"] }),
    ]);
    broken.add("flaky");
    const { executionId } = await drive(manager.executeWorkflow("w"), clock);
    broken.clear();
    const execution = await again(executionId);
    expect(execution).toMatchObject({ status: "completed", result: { each: ["a", "b"], last: 5 } });
    expect(gave).toEqual(["a", "b"]);
  });

  it("takes no result of the list before the edit, although it was cut short in between", async () => {
    const { manager, clock, gave, broken, again } = aGivingManager();
    const define = (list: string[]) =>
      manager.createWorkflow("w", [aStep("first", "flaky"), overItems(list, { dependencies: ["first"] })]);
    define(["a", "bad"]);
    broken.add("bad");
    const { executionId } = await drive(manager.executeWorkflow("w"), clock);
    broken.add("flaky");
    await again(executionId, { from: "first" });
    broken.clear();
    define(["z", "y"]);
    const execution = await again(executionId, { edited: true });
    expect(execution?.result).toEqual({ first: 5, each: ["z", "y"] });
    expect(gave).toEqual(["z", "y"]);
  });
});

describe("a step over a list whose process dies when it is resumed", () => {
  it("takes no end of an item before for the new one", async () => {
    const { manager, clock, store, broken } = aGivingManager();
    manager.createWorkflow("w", [overItems(["a", "b", "c"], { max_parallel: 3, on_item_failure: "stop" })]);
    for (const item of ["a", "c"]) broken.add(item);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    const statuses = () => store.list(`items/${id}/`).map(([, item]) => (item as JsonObject)["status"]);
    expect(statuses()).toEqual(["failed", "completed", "failed"]);
    // One place, and an item that does not end: the last one has not begun when the process dies.
    const second = aManager({ store, probe: probeOf(2), maxWorkers: 1 });
    second.modules.registerModule("it", { give: () => new Promise(() => {}) });
    await drive(second.manager.resumeExecution(id), second.clock);
    await settle();
    expect(statuses()).not.toContain("failed");
    const third = aManager({ store, probe: probeOf(3) });
    third.modules.registerModule("it", { give: ({ value = null }) => value });
    await drive(third.manager.recover(), third.clock);
    expect(await drive(third.manager.waitForExecution(id), third.clock)).toMatchObject({
      status: "completed",
      result: { each: ["a", "b", "c"] },
    });
  });
});

describe("a step that went on after a failure", () => {
  it("runs again with what the other one gives when that goes on", async () => {
    const { manager, clock, gave, broken, again } = aGivingManager();
    manager.createWorkflow(
      "w",
      [
        aStep("first", "flaky"),
        aStep("next", "give", { parameters: { value: "{{first.output}}" } }),
        aStep("alarm", "give", { run_if: "steps.first.status == 'failed'" }),
        aStep("other", "give"),
      ],
      { on_failure: "continue" },
    );
    broken.add("flaky");
    const failed = await drive(manager.executeWorkflow("w"), clock);
    expect(failed.result).toEqual({ next: null, alarm: null, other: null });
    broken.clear();
    expect(manager.planResume(failed.executionId).map(({ step, action }) => [step, action])).toEqual([
      ["first", "rerun"],
      ["next", "rerun"],
      ["alarm", "rerun"],
      ["other", "reuse"],
    ]);
    const execution = await again(failed.executionId);
    expect(execution?.result).toEqual({ first: 5, next: 5, other: null });
    expect(execution?.results["alarm"]).toMatchObject({ status: "skipped" });
    expect(gave).toEqual([5]);
  });

  it("keeps no item that was made without what the other one gives now", async () => {
    const { manager, clock, broken, again } = aGivingManager();
    manager.createWorkflow(
      "w",
      [
        aStep("first", "flaky"),
        overItems(["a", "bad"], { parameters: { value: "{{item}}", with: "{{first.output}}" } }),
      ],
      { on_failure: "continue" },
    );
    broken.add("flaky").add("bad");
    const { executionId } = await drive(manager.executeWorkflow("w"), clock);
    broken.clear();
    expect(manager.planResume(executionId)[1]).toMatchObject({ action: "rerun", isAnew: true });
    expect((await again(executionId))?.result).toEqual({ first: 5, each: ["a", "bad"] });
  });
});
