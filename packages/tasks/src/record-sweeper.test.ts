import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Store } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import type { TaskOrchestratorOptions } from "./orchestrator-options.ts";
import type { TaskRetention } from "./retention.ts";

const DAY_MS = 86_400_000;
/** Enough for a round, with its pauses. */
const ROUND_MS = 2000;
const BETWEEN_MS = 600_000;

let directory: string;
let open: { close(): void }[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "orch-sweep-"));
  open = [];
});
afterEach(() => {
  for (const each of open) each.close();
  rmSync(directory, { recursive: true });
});

const file = () => join(directory, "state.db");
const openStore = (): Store => {
  const store = sqliteStore(file(), { durability: "normal" });
  open.push(store);
  return store;
};

function aRig(retention: TaskRetention = {}, options: TaskOrchestratorOptions = {}) {
  const rig = new OrchestratorRig({ store: openStore(), retention, ...options });
  const { store } = rig.orchestrator.runtime;
  const ids = () => store.list("tasks/").map(([key]) => key.slice("tasks/".length));
  const run = async (action: "ok" | "bad", id: string, rest = {}) => {
    rig.orchestrator.submitTask(rig.task(action, { id, name: id, ...rest }));
    await rig.settle();
  };
  /** Lets time pass in steps, with what is to be decided in between. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 100) {
      rig.clock.advance(Math.min(left, 100));
      await rig.settle();
    }
  };
  /** The wall clock goes on, and the next round comes. */
  const age = (ms: number) => {
    rig.clock.jumpTo(rig.clock.now() + ms);
    rig.clock.advance(BETWEEN_MS + ROUND_MS);
  };
  return { rig, store, ids, run, pass, age, orchestrator: rig.orchestrator };
}

describe("the records of tasks that have ended", () => {
  it("leave the disk, and memory, when they are too old, and an id can be used again then", async () => {
    const { ids, run, age, orchestrator } = aRig();
    await run("ok", "old");
    age(29 * DAY_MS);
    await run("ok", "young");
    expect(ids()).toEqual(["old", "young"]);
    age(DAY_MS);
    expect([ids(), orchestrator.getTask("old"), orchestrator.getTaskStatus("young")]).toEqual([
      ["young"],
      null,
      "completed",
    ]);
    expect(orchestrator.getExecutionStats().total_tasks).toBe(2);
    await run("ok", "old", { parameters: { value: "again" } });
    expect(orchestrator.getTaskResult("old")?.data).toBe("again");
  });

  it("leave the disk when they are too many, but for young ones with ids of their callers", async () => {
    const { rig, ids, run, age } = aRig({ maxCount: 3 });
    const made: string[] = [];
    for (let n = 0; n < 6; n++) {
      made.push(rig.orchestrator.submitTask(rig.task("ok")));
      await run("ok", `own-${n}`);
      rig.clock.advance(1);
    }
    rig.clock.advance(ROUND_MS);
    const own = [0, 1, 2, 3, 4, 5].map((n) => `own-${n}`);
    expect(ids()).toEqual([...made.slice(5), ...own]);
    age(DAY_MS);
    expect(ids()).toEqual([...made.slice(5), ...own.slice(4)]);
  });

  it("leave the disk at the end of a process that was too short for a round, in one of sixteen", async () => {
    const live = async (chance: number) => {
      const { rig, run, orchestrator } = aRig({ maxCount: 1, ownIdsMs: 0 }, { random: () => chance });
      for (let n = 0; n < 3; n++) {
        await run("ok", `${chance}-${n}`);
        rig.clock.advance(1);
      }
      await orchestrator.close();
      const store = openStore();
      return store.list("tasks/").map(([key]) => key.slice("tasks/".length));
    };
    expect(await live(1 / 16)).toEqual(["0.0625-0", "0.0625-1", "0.0625-2"]);
    expect(await live(0.06)).toHaveLength(1);
  });

  it("stay while a task that has not ended depends on them, here or in another process", async () => {
    const here = aRig({ maxCount: 0, ownIdsMs: 0 });
    const there = aRig({ maxCount: 0, ownIdsMs: 0 });
    await here.run("ok", "a");
    await here.run("ok", "b");
    await here.run("ok", "c");
    const slow = here.rig.task("slow", { id: "here", dependencies: ["a"] });
    here.orchestrator.submitTask(slow);
    await here.rig.settle();
    there.orchestrator.submitTask(there.rig.task("slow", { id: "there", dependencies: ["b"] }));
    there.rig.clock.advance(1);
    await there.rig.settle();
    await here.pass(ROUND_MS);
    expect(here.ids()).toEqual(["a", "b"]);
    await there.pass(ROUND_MS);
    expect(here.ids()).toEqual(["a", "b"]);
    await here.rig.finish();
    await there.rig.finish();
    here.age(0);
    expect(here.ids()).toEqual([]);
  });

  it("stay, with what they depended on, as long as there is a dead letter", async () => {
    const { rig, ids, run, age, orchestrator } = aRig({ maxAgeMs: 0, maxCount: 0, ownIdsMs: 0 });
    await run("ok", "price", { parameters: { value: 7 } });
    await run("bad", "pay", { dependencies: ["price"] });
    await run("ok", "other");
    age(89 * DAY_MS);
    expect(ids()).toEqual(["pay", "price"]);
    rig.modules.register("rec", "bad", (_, { results }) => results["price"] ?? null);
    const again = orchestrator.deadLetters.retry("pay");
    await rig.settle();
    expect(orchestrator.getTaskResult(again)?.data).toBe(7);
    age(0);
    expect(ids()).toEqual([]);
  });

  it("go with their dead letters when those are too old", async () => {
    const { ids, run, age, orchestrator } = aRig();
    await run("bad", "pay");
    age(90 * DAY_MS);
    expect([ids(), orchestrator.deadLetters.list()]).toEqual([[], []]);
  });

  it("take their blobs with them", async () => {
    const { rig, run, orchestrator } = aRig({ maxCount: 0, ownIdsMs: 0 });
    await run("ok", "large", { parameters: { value: "x".repeat(500_000) } });
    const blobs = () => readdirSync(`${file()}-blobs`).length;
    expect(blobs()).toBeGreaterThan(0);
    rig.clock.advance(ROUND_MS);
    await orchestrator.close();
    expect(blobs()).toBe(0);
  });

  it("are not looked at while anything waits to be decided, for a second", async () => {
    const { rig, ids, run } = aRig({ maxCount: 0, ownIdsMs: 0 });
    await run("ok", "a");
    rig.orchestrator.submitTask(rig.task("ok", { id: "b" }));
    rig.clock.advance(1900);
    expect(ids()).toEqual(["a"]);
    await rig.settle();
    rig.clock.advance(ROUND_MS);
    expect(ids()).toEqual([]);
  });

  it("leave the disk also when there is always something to do", async () => {
    const { rig, ids, run } = aRig({ maxCount: 3, ownIdsMs: 0 });
    for (let n = 0; n < 20; n++) await run("ok", `early${n}`);
    for (let n = 0; n < 40; n++) {
      rig.orchestrator.submitTask(rig.task("ok", { id: `busy${n}`, name: `busy${n}` }));
      // What is submitted is not decided yet when the time comes.
      rig.clock.advance(100);
      await rig.settle();
    }
    // A round in the middle of it has left three, and what came after.
    expect(ids().length).toBeLessThan(30);
  });

  it("are looked at again as soon as many more have ended", async () => {
    const { rig, ids, run, pass } = aRig({ maxCount: 3, ownIdsMs: 0 });
    await run("ok", "first");
    await pass(ROUND_MS);
    for (let n = 0; n < 1000; n++) rig.orchestrator.submitTask(rig.task("ok"));
    await rig.settle();
    expect(ids()).toHaveLength(1001);
    await pass(ROUND_MS);
    expect(ids()).toHaveLength(3);
  });

  it("go as soon as another process does not write any more", async () => {
    const { rig, ids, run } = aRig({ maxCount: 0, ownIdsMs: 0 });
    await run("ok", "a");
    const other = new DatabaseSync(file());
    other.exec("BEGIN IMMEDIATE");
    rig.clock.advance(ROUND_MS);
    expect(ids()).toEqual(["a"]);
    other.exec("ROLLBACK");
    other.close();
    rig.clock.advance(ROUND_MS);
    expect(ids()).toEqual([]);
  });

  it("go although one between them is damaged, which stays", async () => {
    const { rig, run } = aRig({ maxCount: 0, ownIdsMs: 0 });
    for (const id of ["a", "b", "c", "d"]) await run("ok", id);
    const other = new DatabaseSync(file());
    other.exec("UPDATE c_tasks SET v = '{' WHERE k = 'b'");
    rig.clock.advance(ROUND_MS);
    expect(other.prepare("SELECT k FROM c_tasks").all()).toEqual([{ k: "b" }]);
    other.close();
  });

  it("stay without an end to what is kept", async () => {
    const forEver = Number.POSITIVE_INFINITY;
    const { ids, run, age } = aRig({ maxCount: forEver, maxAgeMs: forEver });
    await run("ok", "a");
    age(10_000 * DAY_MS);
    expect(ids()).toEqual(["a"]);
  });

  it("of a process that another one has taken over are its business no more", async () => {
    const { rig, ids, run, store, orchestrator } = aRig({ maxCount: 0, ownIdsMs: 0 });
    await run("ok", "a");
    const key = `instances/${orchestrator.runtime.instance.id}`;
    store.transact((tx) => tx.put(key, { ...(tx.get(key) as object), fenced: true }));
    rig.clock.advance(ROUND_MS);
    expect(ids()).toEqual(["a"]);
  });
});

it.each([
  [{ maxCount: 1.5 }, "retention.maxCount must be a whole number from 0, was 1.5"],
  [{ maxAgeMs: -1 }, "retention.maxAgeMs must be a number of milliseconds from 0, was -1"],
  [{ maxAge: 1 }, "have no 'maxAge'"],
  ["long", "must be an object"],
] as [TaskRetention, string][])("a retention of %j is refused", (retention, message) => {
  expect(() => new OrchestratorRig({ retention })).toThrow(
    expect.objectContaining({ code: "INVALID_PARAMETERS", message: expect.stringContaining(message) }),
  );
});
