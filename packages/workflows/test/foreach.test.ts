import type { JsonObject, JsonValue } from "@orch/core";
import { sleep } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const each = (rest: JsonObject): JsonObject => ({
  name: "each",
  module: "rec",
  action: "give",
  max_retries: 0,
  retry_delay: 0,
  foreach: "{{list}}",
  parameters: { value: ["{{index}}", "{{item}}"] },
  ...rest,
});

/** A manager with the action `it.run`, which takes `ms` and fails for the items in `bad`. */
function aFanManager(bad: readonly JsonValue[] = [], options: Parameters<typeof aManager>[0] = {}) {
  const made = aManager(options);
  const seen = { running: 0, most: 0, ran: [] as JsonValue[] };
  const broken = new Set(bad);
  made.modules.registerModule("it", {
    run: async ({ item = null, ms = 0 }, { signal }) => {
      seen.running++;
      seen.most = Math.max(seen.most, seen.running);
      seen.ran.push(item);
      try {
        await sleep(Number(ms), { clock: made.clock, signal });
      } finally {
        seen.running--;
      }
      if (broken.has(item)) throw new Error(`no ${String(item)}`);
      return item;
    },
  });
  const define = (rest: JsonObject = {}) =>
    made.manager.createWorkflow("w", [
      each({ module: "it", action: "run", parameters: { item: "{{item}}", ms: 10 }, ...rest }),
    ]);
  return { ...made, seen, broken, define };
}
const list = (size: number): number[] => Array.from({ length: size }, (_, index) => index);

describe("a step for each item of a list", () => {
  it("gives the outputs in the order of the list, whatever order they end in, and hands them on", async () => {
    const { manager, clock } = aManager();
    manager.createWorkflow("w", [
      each({}),
      { name: "all", module: "rec", action: "give", parameters: { value: "{{each.output}}" } },
    ]);
    const execution = await drive(manager.executeWorkflow("w", { list: ["a", { b: 1 }, null] }), clock);
    const outputs = [
      [0, "a"],
      [1, { b: 1 }],
      [2, null],
    ];
    expect(execution.result).toEqual({ each: outputs, all: outputs });
    expect(execution.results["each"]).toMatchObject({ items: 3, attempts: 1 });
  });

  it("completes with an empty list, refuses what is no list, and keeps to its own limit", async () => {
    const { manager, clock, seen, define } = aFanManager();
    define({ max_parallel: 3 });
    expect(await drive(manager.executeWorkflow("w", { list: [] }), clock)).toMatchObject({
      status: "completed",
      result: { each: [] },
    });
    expect(await drive(manager.executeWorkflow("w", { list: 5 }), clock)).toMatchObject({
      status: "failed",
      errorCode: "INVALID_PARAMETERS",
    });
    await drive(manager.executeWorkflow("w", { list: list(20) }, { maxParallel: 10 }), clock);
    expect(seen.most).toBe(3);
    seen.most = 0;
    await drive(manager.executeWorkflow("w", { list: list(20) }, { maxParallel: 2 }), clock);
    expect(seen.most).toBe(2);
  });

  it("gives an item the parameters of the run, all but the list, unless the step asks for it", async () => {
    const { manager, clock, calls } = aManager();
    manager.createWorkflow("w", [each({})]);
    manager.createWorkflow("all", [each({ parameters: { list: "{{list}}" } })]);
    await drive(manager.executeWorkflow("w", { list: ["a"], other: 1 }), clock);
    await drive(manager.executeWorkflow("all", { list: ["a"] }), clock);
    expect(calls.map(({ parameters }) => parameters)).toEqual([
      { other: 1, value: [0, "a"] },
      { list: ["a"] },
    ]);
  });

  it("retries each item by itself, with a key of its own", async () => {
    const { manager, clock, modules } = aManager();
    const tries: string[] = [];
    modules.registerModule("it", {
      run: ({ item = null }, { attempt, idempotencyKey }) => {
        tries.push(`${idempotencyKey.split("/").slice(1).join("/")}#${attempt}`);
        if (item === 1 && attempt === 1) throw new Error("once");
        return item;
      },
    });
    manager.createWorkflow("w", [
      each({ module: "it", action: "run", parameters: { item: "{{item}}" }, max_retries: 1 }),
    ]);
    const execution = await drive(manager.executeWorkflow("w", { list: [0, 1] }), clock);
    expect(execution.result).toEqual({ each: [0, 1] });
    expect(tries).toEqual(["each/0#1", "each/1#1", "each/1#2"]);
  });

  it("goes on, stops or cancels when an item fails", async () => {
    const go = async (on_item_failure: string) => {
      const made = aFanManager([1, 2]);
      made.define({ on_item_failure, max_parallel: 2 });
      const execution = await drive(made.manager.executeWorkflow("w", { list: list(5) }), made.clock);
      return { execution, ran: made.seen.ran, store: made.store };
    };
    const all = await go("continue");
    expect(all.execution).toMatchObject({
      status: "completed",
      result: { each: [0, null, null, 3, 4] },
      warnings: ["Step each: 2 of 5 items failed, first item 1 failed: no 1"],
    });
    const stopped = await go("stop");
    expect(stopped.execution).toMatchObject({
      status: "failed",
      errors: ["Step each failed: item 1 failed: no 1"],
    });
    // The second one was out already when the first one of them failed, and a place was free for a third.
    expect(stopped.ran).toEqual([0, 1, 2]);
    const cancelled = await go("cancel");
    expect(cancelled.execution.errors).toEqual(["Step each failed: item 1 failed: no 1"]);
  });

  it("goes on after a crash with the items that have not ended", async () => {
    const first = aFanManager([], { probe: probeOf(1) });
    first.define({ max_parallel: 2 });
    const id = await drive(first.manager.startWorkflow("w", { list: list(10) }), first.clock);
    await settle();
    for (let turn = 0; turn < 2; turn++) {
      first.clock.advance(10);
      await settle();
    }
    const ended = first.store
      .list(`items/${id}/`)
      .filter(([, item]) => (item as JsonObject)["status"] === "completed");
    expect(ended).toHaveLength(4);
    const second = aFanManager([], { store: first.store, clock: first.clock, probe: probeOf(2) });
    await drive(second.manager.recover(), second.clock);
    const execution = await drive(second.manager.waitForExecution(id), second.clock);
    expect(execution?.result).toEqual({ each: list(10) });
    expect(second.seen.ran).toEqual(list(10).slice(4));
  });

  it("keeps the items that completed when it is resumed after a failure", async () => {
    const { manager, clock, seen, broken, define } = aFanManager([3]);
    define({ on_item_failure: "stop" });
    const { executionId } = await drive(manager.executeWorkflow("w", { list: list(6) }), clock);
    broken.clear();
    seen.ran.length = 0;
    await drive(manager.resumeExecution(executionId), clock);
    const execution = await drive(manager.waitForExecution(executionId), clock);
    expect(execution).toMatchObject({ status: "completed", result: { each: list(6) } });
    expect(seen.ran.includes(3)).toBe(true);
    expect(seen.ran.includes(0)).toBe(false);
  });

  it("is cancelled with its execution, and runs nothing more", async () => {
    const { manager, clock, seen, define } = aFanManager();
    define({ max_parallel: 2 });
    const id = await drive(manager.startWorkflow("w", { list: list(1000) }), clock);
    await settle();
    expect(manager.cancelExecution(id)).toBe(true);
    const execution = await drive(manager.waitForExecution(id), clock);
    expect(execution).toMatchObject({ status: "cancelled", results: { each: { status: "cancelled" } } });
    expect(seen.ran).toHaveLength(2);
    expect(seen.running).toBe(0);
  });

  it("hands out its items as they have a place, not all at once", async () => {
    const { manager, clock, seen, store, define } = aFanManager();
    define({ max_parallel: 4, parameters: { item: "{{item}}", ms: 1000 } });
    const id = await drive(manager.startWorkflow("w", { list: list(100_000) }), clock);
    await settle();
    expect(seen.ran).toHaveLength(4);
    expect(store.list(`items/${id}/`)).toHaveLength(4);
    manager.cancelExecution(id);
    await drive(manager.waitForExecution(id), clock);
  });
});
