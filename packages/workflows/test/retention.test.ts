import { type JsonObject, memoryStore, type Store } from "@orch/core";
import { describe, expect, it } from "vitest";
import type { ExecutionRetention } from "../src/execution-retention.ts";
import { countingStore } from "./crashing-store.ts";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const step = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action: "ok",
  ...more,
});

/** Ids in the order of their starts; `n` is the last one so far. */
function counting() {
  let n = 0;
  return () => `run${String(++n).padStart(5, "0")}`;
}

/** Lets the timers of `ms` fire, one after the other. */
async function pass({ clock }: ReturnType<typeof aManager>, ms: number): Promise<void> {
  const until = clock.now() + ms;
  for (let turn = 0; turn < 3000 && clock.now() < until; turn++) {
    await settle();
    clock.advance(Math.min(until - clock.now(), 10));
  }
  clock.advance(Math.max(0, until - clock.now()));
  await settle();
}

const ids = ({ manager }: ReturnType<typeof aManager>) => manager.listExecutions().map(({ id }) => id);

/** All keys that name one of these executions. */
const keysOf = (store: Store, ...those: string[]): string[] =>
  ["executions", "active", "defs", "steps", "results", "items", "undos", "parts", "ended", "doomed", "events"]
    .flatMap((name) => store.list(`${name}/`).map(([key]) => key))
    .filter((key) => those.some((id) => key.includes(id)));

describe("executions that have ended", () => {
  it("stay as many as the operator says, those that ended last, and nothing is left of the others", async () => {
    const made = aManager({ retention: { maxCount: 3 }, idGenerator: counting() });
    const { manager, clock, store } = made;
    manager.createWorkflow("w", [
      step("a"),
      step("each", { action: "give", foreach: [1, 2], parameters: { value: "{{item}}" } }),
    ]);
    for (let n = 0; n < 6; n++) await drive(manager.executeWorkflow("w"), clock);
    expect(ids(made)).toHaveLength(6);
    await pass(made, 2000);
    expect(ids(made)).toEqual(["run00006", "run00005", "run00004"]);
    expect(keysOf(store, "run00001", "run00002", "run00003")).toEqual([]);
    expect(manager.getExecution("run00006")?.result["each"]).toEqual([1, 2]);
    for (let n = 0; n < 2; n++) await drive(manager.executeWorkflow("w"), clock);
    clock.advance(HOUR_MS);
    await pass(made, 1000);
    expect(ids(made)).toEqual(["run00008", "run00007", "run00006"]);
  });

  it("go at the end of a process that was too short for a round, in one of sixteen", async () => {
    const live = async (chance: number) => {
      const store = memoryStore();
      const keep = Object.assign(store, { close: () => {} });
      const { manager, runtime, clock } = aManager({
        store: keep,
        retention: { maxCount: 1 },
        random: () => chance,
      });
      manager.createWorkflow("w", [step("a")]);
      for (let n = 0; n < 3; n++) await drive(manager.executeWorkflow("w"), clock);
      await runtime.close();
      return store.list("executions/").length;
    };
    expect([await live(1 / 16), await live(0.06)]).toEqual([3, 1]);
  });

  it("go when they are too old, counted from their end, and one that goes on does not", async () => {
    const made = aManager({ retention: { maxAgeMs: 2 * DAY_MS }, idGenerator: counting() });
    const { manager, clock } = made;
    manager.createWorkflow("w", [step("a")]);
    manager.createWorkflow("long", [step("a", { action: "slow", parameters: { ms: 10 * DAY_MS } })]);
    await drive(manager.executeWorkflow("w"), clock);
    await drive(manager.startWorkflow("long"), clock);
    await settle();
    await drive(manager.executeWorkflow("w"), clock);
    clock.advance(DAY_MS);
    await pass(made, 1000);
    expect(ids(made)).toHaveLength(3);
    await drive(manager.resumeExecution("run00001", { from: "a" }), clock);
    await settle();
    clock.advance(1.5 * DAY_MS);
    await pass(made, 1000);
    expect(ids(made)).toEqual(["run00002", "run00001"]);
    manager.cancelExecution("run00002");
    await settle();
  });

  it("go with their parts, and stay while one that has not ended has started them", async () => {
    const made = aManager({ retention: { maxCount: 0 }, idGenerator: counting() });
    const { manager, clock, store } = made;
    const run = (name: string, detached: boolean): JsonObject => ({
      ...{ name, module: "workflow", action: "run", parameters: { workflow: "inner", detached } },
    });
    manager.createWorkflow("inner", [step("a")]);
    manager.createWorkflow("outer", [run("part", false), run("away", true)]);
    manager.createWorkflow("open", [
      run("part", false),
      run("away", true),
      step("wait", { action: "slow", parameters: { ms: 5000 }, dependencies: ["part", "away"] }),
    ]);
    await drive(manager.startWorkflow("open"), clock);
    await drive(manager.executeWorkflow("outer"), clock);
    expect(ids(made)).toHaveLength(6);
    await pass(made, 2500);
    const left = manager.listExecutions().map(({ record }) => record.workflow_name);
    expect(left).toEqual(["inner", "inner", "open"]);
    await pass(made, 4000);
    clock.advance(HOUR_MS);
    await pass(made, 1000);
    expect(ids(made)).toEqual([]);
    for (const name of ["steps/", "events/", "parts/", "ended/", "doomed/", "defs/"])
      expect(store.list(name)).toEqual([]);
  });

  it("are deleted in slices of a bounded size, out of sight at once, and the next process goes on with it", async () => {
    const { store: disk } = countingStore();
    let most = 0;
    let isDead = false;
    const store: Store = {
      ...disk,
      transact: (work) =>
        disk.transact((tx) => {
          let deleted = 0;
          const result = work({
            get: (key) => tx.get(key),
            list: (prefix, options) => tx.list(prefix, options),
            put: (key, value) => tx.put(key, value),
            delete: (key) => {
              deleted++;
              tx.delete(key);
            },
          });
          most = Math.max(most, deleted);
          return result;
        }),
    };
    const first = aManager({ store, retention: { maxCount: 0 }, idGenerator: () => "big", maxParallel: 50 });
    const items = Array.from({ length: 3000 }, (_, index) => index);
    first.manager.createWorkflow("w", [
      step("each", { action: "give", foreach: items, parameters: { value: "{{item}}" } }),
    ]);
    await drive(first.manager.executeWorkflow("w"), first.clock);
    most = 0;
    for (let turn = 0; turn < 400 && !isDead; turn++) {
      await settle();
      first.clock.advance(5);
      isDead = disk.list("doomed/").length > 0 && disk.list("items/").length < 2500;
    }
    expect(first.manager.getExecution("big")).toBeNull();
    expect(disk.list("items/").length).toBeGreaterThan(500);
    await first.runtime.close();
    const second = aManager({ store, retention: {}, probe: probeOf(2), idGenerator: () => "small" });
    second.manager.createWorkflow("w", [step("a")]);
    await drive(second.manager.executeWorkflow("w"), second.clock);
    await pass(second, 2000);
    expect(keysOf(disk, "big")).toEqual([]);
    expect(second.manager.getExecution("small")?.status).toBe("completed");
    expect(most).toBeLessThanOrEqual(502);
    await second.runtime.close();
    expect([first.clock.pending, second.clock.pending]).toEqual([0, 0]);
  });

  it.each([
    [{ maxCount: -1 }, "retention.maxCount must be a whole number from 0, was -1"],
    [{ maxCount: 1.5 }, "retention.maxCount"],
    [{ maxAgeMs: Number.NaN }, "retention.maxAgeMs"],
    [{ maxAge: 5 }, "maxAge"],
  ])("are not kept as %j says", (retention, message) => {
    expect(() => aManager({ retention: retention as ExecutionRetention })).toThrow(message);
  });
});
