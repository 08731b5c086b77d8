import type { JsonObject, JsonValue, Store, StoreReader } from "@orch/core";
import { describe, expect, it } from "vitest";
import { countingStore } from "./crashing-store.ts";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const steps: JsonObject[] = [
  { name: "a", module: "rec", action: "ok" },
  { name: "b", module: "rec", action: "ok", dependencies: ["a"] },
];

/** A store with `count` executions of a process that died before their first step. */
async function interrupted(count: number) {
  const { store, commits } = countingStore();
  const first = aManager({ store, probe: probeOf(1), idGenerator: () => "first" });
  first.manager.createWorkflow("w", steps);
  await drive(first.manager.startWorkflow("w"), first.clock);
  const rows = ["executions/", "defs/"].flatMap((prefix) => store.list(prefix));
  await settle();
  await first.runtime.close();
  store.transact((tx) => {
    tx.delete("executions/first");
    for (let index = 0; index < count; index++) {
      const id = `run${String(index).padStart(6, "0")}`;
      for (const [key, value] of rows) tx.put(key.replace("first", id), asDead(value));
      tx.put(`active/${id}`, "dead");
    }
  });
  return { store, commits, clock: first.clock };
}

const asDead = (value: JsonValue): JsonValue =>
  typeof value === "object" && value !== null && "owner" in value
    ? { ...value, owner: "dead", status: "running", ended_at: null }
    : value;

const statuses = (store: Store) =>
  store.list("executions/").map(([, record]) => (record as JsonObject)["status"]);

describe("a recovery", () => {
  it("takes over many executions with few commits, each of them once", async () => {
    const { store, commits, clock } = await interrupted(1000);
    const before = commits();
    const second = aManager({ store, clock, probe: probeOf(2) });
    const { resumed, failed } = await drive(second.manager.recover(), clock);
    expect([new Set(resumed).size, failed]).toEqual([1000, []]);
    for (let turn = 0; statuses(store).includes("running") && turn < 500; turn++) await settle();
    expect(statuses(store).every((status) => status === "completed")).toBe(true);
    expect(second.calls).toHaveLength(2000);
    // At most 128 of them come in with a tick, and two steps of each end in one.
    expect(commits() - before).toBeLessThan(200);
  });

  it("reads each record of an execution once", async () => {
    const count = 500;
    const { store, clock } = await interrupted(count);
    const reads = { single: 0, lists: 0 };
    const counted = (reader: StoreReader): StoreReader => ({
      get: (key) => {
        reads.single++;
        return reader.get(key);
      },
      list: (prefix, options) => {
        reads.lists++;
        return reader.list(prefix, options);
      },
    });
    const counting: Store = {
      ...store,
      ...counted(store),
      transact: (work) =>
        store.transact((tx) =>
          work({
            ...counted(tx),
            put: (key, value) => tx.put(key, value),
            delete: (key) => tx.delete(key),
          }),
        ),
    };
    const second = aManager({ store: counting, clock, probe: probeOf(2) });
    expect((await drive(second.manager.recover(), clock)).resumed).toHaveLength(count);
    // Its record and its definition; its steps and its last event.
    expect(reads.single).toBeLessThan(2.2 * count);
    expect(reads.lists).toBeLessThan(2.2 * count);
  });

  it("by two processes at once runs each execution in one of them, and neither says that anything failed", async () => {
    const { store, clock } = await interrupted(300);
    const others = [2, 3].map((pid) => aManager({ store, clock, probe: probeOf(pid, "alive") }));
    const recovered = await drive(Promise.all(others.map(({ manager }) => manager.recover())), clock);
    expect(recovered.map(({ failed }) => failed)).toEqual([[], []]);
    const resumed = recovered.flatMap((each) => each.resumed);
    expect([resumed.length, new Set(resumed).size]).toEqual([300, 300]);
    for (let turn = 0; statuses(store).includes("running") && turn < 500; turn++) await settle();
    expect(others.flatMap(({ calls }) => calls)).toHaveLength(600);
  });

  it("goes on looking: what a process leaves later is taken over, too, until the runtime is closed", async () => {
    const { store, clock } = await interrupted(1);
    const second = aManager({ store, clock, probe: probeOf(2) });
    expect((await drive(second.manager.recover(), clock)).resumed).toHaveLength(1);
    await settle();
    const third = aManager({ store, clock, probe: probeOf(3), idGenerator: () => "later" });
    third.manager.createWorkflow("w", [{ ...steps[0], action: "slow", parameters: { ms: 1e9 } }]);
    await drive(third.manager.startWorkflow("w"), clock);
    await settle();
    clock.advance(2000);
    await settle();
    expect(second.calls.map(({ attempt }) => attempt).at(-1)).toBe(2);
    second.manager.cancelExecution("later");
    await settle();
    await second.runtime.close();
    third.manager.cancelExecution("later");
    await third.runtime.close();
    expect(clock.pending).toBe(0);
  });
});

describe("a journal", () => {
  it("opens at any number without reading what lies before or behind", async () => {
    const { store, clock } = await interrupted(1);
    const size = 2000;
    store.transact((tx) => {
      for (let first = 1; first <= size * 10; first += 10) {
        const events = Array.from({ length: 10 }, (_, index) => ({
          type: "x",
          sequence: first + index,
          at: 0,
        }));
        tx.put(`events/run000000/${String(first).padStart(10, "0")}`, events);
      }
    });
    let read = 0;
    const counted: Store = {
      ...store,
      list: (prefix, options) => {
        const rows = store.list(prefix, options);
        read += rows.length;
        return rows;
      },
    };
    const { manager } = aManager({ store: counted, clock });
    const first = await manager.followEvents("run000000", { after: 15_004 }).next();
    expect(first.value).toMatchObject({ sequence: 15_005 });
    expect(read).toBeLessThan(100);
    expect(manager.storedEvents("run000000", 19_990).map(({ sequence }) => sequence)).toEqual([
      19_991, 19_992, 19_993, 19_994, 19_995, 19_996, 19_997, 19_998, 19_999, 20_000,
    ]);
  });

  it("is written in records of a bounded size, however much happens in one turn", async () => {
    const { manager, clock, store } = aManager();
    const many = Array.from({ length: 1000 }, (_, index) => ({
      ...{ name: `s${index}`, module: "rec", action: "ok" },
      dependencies: ["first"],
    }));
    manager.createWorkflow("w", [{ name: "first", module: "rec", action: "boom", max_retries: 0 }, ...many]);
    const { executionId } = await drive(manager.executeWorkflow("w"), clock);
    const sizes = store.list(`events/${executionId}/`).map(([, events]) => (events as JsonObject[]).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
    const told = manager.storedEvents(executionId).map(({ sequence }) => sequence);
    expect(told.length).toBeGreaterThan(1000);
    expect(told).toEqual(told.map((_, index) => index + 1));
    expect(manager.storedEvents(executionId, 700)).toHaveLength(told.length - 700);
  });
});
