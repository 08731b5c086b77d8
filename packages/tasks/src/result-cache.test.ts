import { memoryStore } from "@orch/core";
import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { CACHE_TTL_MS, cacheKey } from "./cache-rule.ts";

const source = { module: "m", action: "a", version: null, parameters: { x: 1, y: [2] }, dependencies: {} };

describe("cacheKey", () => {
  it("is the same for equal sources, whatever the order of their keys, and another for any other", () => {
    const key = cacheKey(source);
    expect(cacheKey({ ...source, parameters: { y: [2], x: 1 } })).toBe(key);
    const others = [
      { ...source, module: "n" },
      { ...source, action: "b" },
      { ...source, version: "2" },
      { ...source, parameters: { x: 1, y: [3] } },
      { ...source, dependencies: { d: 1 } },
      { ...source, dependencies: { d: 2 } },
    ];
    expect(new Set([key, ...others.map(cacheKey)]).size).toBe(7);
  });
});

describe("ResultCache", () => {
  const value = { list: [1, "two"] };

  it("uses a completed result again and says so, also in another orchestrator on the same store", async () => {
    const store = memoryStore();
    const rig = new OrchestratorRig({ store });
    const first = rig.task("ok", { name: "n", cache: true, parameters: { value } });
    rig.orchestrator.submitTask(first);
    await rig.settle();
    const next = new OrchestratorRig({ store });
    const again = next.task("ok", { name: "n", cache: true, parameters: { value } });
    next.orchestrator.submitTask(again);
    await next.settle();
    expect([first.result?.cached, again.result?.cached]).toEqual([false, true]);
    expect(again.result).toMatchObject({ status: "completed", data: value });
    expect([rig.called, next.called]).toEqual([["n"], []]);
    // What one caller does to his result reaches nobody else.
    expect(again.result?.data).not.toBe(first.result?.data);
  });

  it("keeps nothing of tasks that do not ask for it, and asks for all where the orchestrator says so", async () => {
    const [off, on] = [new OrchestratorRig(), new OrchestratorRig({ cache: true })];
    for (const rig of [off, on]) {
      for (const cache of [null, null, false])
        rig.orchestrator.submitTask(rig.task("ok", { name: "n", cache }));
      await rig.settle();
    }
    expect([off.called.length, on.called.length]).toEqual([3, 2]);
    expect(off.orchestrator.runtime.store.list("cache/")).toEqual([]);
  });

  it("never keeps a failure", async () => {
    const rig = new OrchestratorRig();
    for (const _ of [1, 2]) rig.orchestrator.submitTask(rig.task("bad", { name: "n", cache: true }));
    await rig.settle();
    expect(rig.called).toEqual(["n", "n"]);
    expect(rig.orchestrator.runtime.store.list("cache/")).toEqual([]);
  });

  it("calls an action once for equal tasks that run at the same time", async () => {
    const rig = new OrchestratorRig();
    const tasks = [1, 2, 3].map(() => rig.task("slow", { name: "n", cache: true }));
    for (const task of tasks) rig.orchestrator.submitTask(task);
    await rig.settle();
    expect([rig.calls.length, rig.orchestrator.runtime.running]).toEqual([1, 3]);
    await rig.finish("done");
    expect(tasks.map(({ result }) => [result?.data, result?.cached])).toEqual([
      ["done", false],
      ["done", true],
      ["done", true],
    ]);
  });

  it("lets the next of equal tasks call the action when the first one fails or is cancelled", async () => {
    const rig = new OrchestratorRig();
    const tasks = [1, 2, 3, 4].map(() => rig.task("slow", { name: "n", cache: true }));
    for (const task of tasks) rig.orchestrator.submitTask(task);
    await rig.settle();
    rig.calls.shift()?.reject(new Error("no"));
    await rig.settle();
    expect(rig.calls).toHaveLength(1);
    // One that waits for another's result is cancelled at once, and the others are not.
    rig.orchestrator.cancelTask(tasks[3]?.id ?? "");
    await rig.settle();
    expect(rig.orchestrator.runtime.running).toBe(2);
    await rig.finish(7);
    expect(tasks.map(({ status }) => status)).toEqual(["failed", "completed", "completed", "cancelled"]);
    expect(rig.called).toHaveLength(2);
  });

  it("goes by the results of the dependencies, not only by the parameters", async () => {
    const rig = new OrchestratorRig();
    const run = async (result: number) => {
      const needs = rig.task("ok", { name: "needs", parameters: { value: result } });
      rig.orchestrator.submitTask(needs);
      rig.orchestrator.submitTask(rig.task("ok", { name: "n", cache: true, dependencies: [needs.id] }));
      await rig.settle();
    };
    for (const result of [1, 2, 1]) await run(result);
    expect(rig.called.filter((name) => name === "n")).toHaveLength(2);
  });

  it("goes by the results of all dependencies, also of those with equal names", async () => {
    const rig = new OrchestratorRig();
    const isCached = async (values: readonly number[], ids: readonly string[] = []) => {
      const dependencies = values.map((value, at) => {
        const id = ids[at];
        const source = { module: "rec", action: "ok", parameters: { value } };
        return rig.orchestrator.submitTask(id === undefined ? source : { ...source, id });
      });
      const task = rig.task("ok", { name: "n", cache: true, dependencies });
      rig.orchestrator.submitTask(task);
      await rig.settle();
      return task.result?.cached;
    };
    expect(await isCached([1, 2])).toBe(false);
    expect(await isCached([1, 2])).toBe(true);
    for (const values of [[3, 2], [2, 1], [1, 3], [1, 2, 2], [2]]) expect(await isCached(values)).toBe(false);
    // Ids of the caller's own are known to the action.
    expect(await isCached([1, 2], ["a", "b"])).toBe(false);
    expect(await isCached([2, 1], ["c", "d"])).toBe(false);
  });

  it("forgets a result when its time is over", async () => {
    const rig = new OrchestratorRig();
    const submit = async () => {
      rig.orchestrator.submitTask(rig.task("ok", { name: "n", cache: true, cacheTtlMs: 1000 }));
      await rig.settle();
    };
    await submit();
    rig.clock.advance(999);
    await submit();
    expect(rig.called).toHaveLength(1);
    rig.clock.advance(1);
    await submit();
    expect(rig.called).toHaveLength(2);
    rig.clock.advance(1000);
    expect([rig.orchestrator.runtime.cache.sweep(), rig.orchestrator.runtime.cache.sweep()]).toEqual([1, 0]);
    expect(rig.orchestrator.runtime.store.list("cache/")).toEqual([]);
  });

  it("gives nobody a result that is older than he takes, and none that has expired as it was written", async () => {
    const rig = new OrchestratorRig();
    const isCached = async (cacheTtlMs: number | null) => {
      const task = rig.task("ok", { name: "n", cache: true, cacheTtlMs });
      rig.orchestrator.submitTask(task);
      await rig.settle();
      return task.result?.cached;
    };
    expect(await isCached(null)).toBe(false);
    rig.clock.advance(60);
    // What is called for instead is written anew, for as long as its own task says.
    expect([await isCached(61), await isCached(60)]).toEqual([true, false]);
    rig.clock.advance(59);
    expect(await isCached(null)).toBe(true);
    rig.clock.advance(1);
    expect(await isCached(null)).toBe(false);
    rig.clock.advance(CACHE_TTL_MS - 1);
    expect(await isCached(null)).toBe(true);
  });

  it("holds no more than a thousand results, the newest, and none above 256 KiB", async () => {
    const rig = new OrchestratorRig({ cache: true });
    for (let n = 0; n < 1100; n++) {
      rig.orchestrator.submitTask(rig.task("ok", { name: `n${n}` }));
      if (n % 100 === 99) await rig.settle();
      rig.clock.advance(1);
    }
    await rig.settle();
    const { store, cache } = rig.orchestrator.runtime;
    expect(store.list("cache/").length).toBeGreaterThan(750);
    expect(store.list("cache/").length).toBeLessThanOrEqual(1000);
    expect(store.list("cache/").length).toBe(store.list("cache_order/").length);
    const called = rig.called.length;
    rig.orchestrator.submitTask(rig.task("ok", { name: "n1099" }));
    rig.orchestrator.submitTask(rig.task("ok", { name: "n0" }));
    rig.orchestrator.submitTask(
      rig.task("ok", { name: "large", parameters: { value: "x".repeat(300_000) } }),
    );
    await rig.settle();
    expect(rig.called.slice(called)).toEqual(["n0", "large"]);
    expect(store.list("cache/").some(([, entry]) => JSON.stringify(entry).length > 262_144)).toBe(false);
    expect(cache.clear()).toBeGreaterThan(750);
    expect(store.list("cache/")).toEqual([]);
  });

  it("calls the action when an entry cannot be read", async () => {
    const store = memoryStore();
    const rig = new OrchestratorRig({ store, cache: true });
    rig.orchestrator.submitTask(rig.task("ok", { name: "n" }));
    await rig.settle();
    const [[key] = [""]] = store.list("cache/");
    store.transact((tx) => tx.put(key, { broken: true }));
    rig.orchestrator.submitTask(rig.task("ok", { name: "n" }));
    await rig.settle();
    expect(rig.called).toEqual(["n", "n"]);
  });
});
