import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk } from "../test/shared-disk.ts";
import type { TaskOrchestratorOptions } from "./orchestrator-options.ts";
import type { TaskInit } from "./task.ts";

type Mode = "read" | "write" | "exclusive";
const lock = (mode: Mode, identifier = "f") => ({
  resources: [{ type: "lock" as const, identifier, mode }],
});
const cpu = (amount: number) => ({ resources: [{ type: "cpu" as const, amount }] });

/** Tasks that end by hand, submitted one after the other; each has its name as its id. */
async function rigWith(options: TaskOrchestratorOptions, tasks: Record<string, Partial<TaskInit>>) {
  const rig = new OrchestratorRig({ maxWorkers: 8, ...options });
  const add = async (name: string, init: Partial<TaskInit> = {}) => {
    rig.orchestrator.submitTask(rig.task("slow", { id: name, name, ...init }));
    await rig.settle();
  };
  for (const [name, init] of Object.entries(tasks)) await add(name, init);
  const { orchestrator } = rig;
  return {
    rig,
    add,
    end: async (name: string) => {
      const at = rig.calls.findIndex((call) => call.name === name);
      rig.calls.splice(at, 1)[0]?.resolve();
      await rig.settle();
    },
    cancel: async (name: string) => {
      expect(orchestrator.cancelTask(name)).toBe(true);
      await rig.settle();
    },
    started: (name: string) => rig.called.includes(name),
    causes: (name: string) => orchestrator.why(name)?.causes,
    reasons: (name: string) => orchestrator.why(name)?.causes.map(({ reason }) => reason),
  };
}

/** Of three equal tasks the last one waits for what the first one has, and for the second one, which goes before. */
async function expectQueue(
  options: TaskOrchestratorOptions,
  init: Partial<TaskInit>,
  cause: Readonly<Record<string, unknown>>,
) {
  const make = () => rigWith(options, { a: init, b: init, c: init });
  const one = await make();
  expect(one.causes("c")).toMatchObject([cause, { reason: "priority", ahead: 1, next: "b" }]);
  expect(one.causes("b")).toMatchObject([cause]);
  await one.end("a");
  expect(one.rig.called).toEqual(["a", "b"]);
  const other = await make();
  await other.cancel("b");
  expect(other.started("c")).toBe(false);
  expect(other.causes("c")).toMatchObject([cause]);
  await other.end("a");
  expect(other.started("c")).toBe(true);
}

describe("who goes first", () => {
  it("is told of a session that is full", async () => {
    const cause = { reason: "group", group: "s", running: 1, limit: 1 };
    await expectQueue({ maxPerSession: 1 }, { sessionId: "s" }, cause);
  });

  it("is told in sequential mode, in words", async () => {
    const message = "Tasks run one after the other in sequential mode: 1 of at most 1 runs";
    await expectQueue({ mode: "sequential" }, {}, { reason: "group", group: "sequential", message });
  });

  it("is told of a key", async () => {
    const lacks = [{ resource_id: "orch:key:k", held_by: [{ user_id: "a" }] }];
    await expectQueue({}, { concurrencyKey: "k" }, { reason: "resources", lacks });
  });

  it("is told of a lock", async () => {
    const lacks = [{ resource_id: "f", held_by: [{ user_id: "a" }] }];
    await expectQueue({}, lock("write"), { reason: "resources", lacks });
  });

  it("is told of a resource that has no room for both, and of none that has", async () => {
    const lacks = [{ resource_id: "cpu", held_by: [{ user_id: "a" }] }];
    await expectQueue({}, cpu(5), { reason: "resources", lacks });
    const { reasons, end, started } = await rigWith({}, { a: cpu(6), b: cpu(4), c: cpu(4) });
    expect(reasons("c")).toEqual(["resources"]);
    await end("a");
    expect([started("b"), started("c")]).toEqual([true, true]);
  });

  it("is told with all their number", async () => {
    const { causes } = await rigWith(
      {},
      { a: lock("write"), b: lock("write"), c: lock("write"), d: lock("write") },
    );
    expect(causes("d")?.at(-1)).toMatchObject({ ahead: 2, next: "b", message: "2 tasks go first, next 'b'" });
  });

  it("leaves out who waits for something else as well", async () => {
    const key = { concurrencyKey: "k" };
    const tasks = { a: { sessionId: "s" }, x: key, b: { ...key, sessionId: "s" }, c: { sessionId: "s" } };
    const { reasons, end, started } = await rigWith({ maxPerSession: 1 }, tasks);
    expect(reasons("c")).toEqual(["group"]);
    await end("a");
    expect([started("b"), started("c")]).toEqual([false, true]);
  });

  it("counts those that would hold up an order that is kept", async () => {
    const tasks = { a: {}, x: lock("write"), b: lock("write"), c: {} };
    const options = { mode: "parallel", maxPerSession: 1 } as const;
    const make = () =>
      rigWith(options, {
        ...tasks,
        a: { sessionId: "s" },
        b: { ...lock("write"), sessionId: "s" },
        c: { sessionId: "s" },
      });
    const { reasons, end, started } = await make();
    expect(reasons("c")).toEqual(["group", "priority"]);
    await end("a");
    expect(started("c")).toBe(false);
    expect(reasons("c")).toEqual(["order"]);
    const { cancel, end: endOther, started: hasStarted } = await make();
    await cancel("b");
    await endOther("a");
    expect(hasStarted("c")).toBe(true);
  });

  it("is told of tasks that were not started, where there is no room for all", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 2 });
    for (const id of ["a", "b", "c"]) rig.orchestrator.addTask(rig.task("slow", { id, name: id }));
    await rig.settle();
    const reasons = (id: string) => rig.orchestrator.why(id)?.causes.map(({ reason }) => reason);
    expect(reasons("b")).toEqual(["not_started"]);
    expect(reasons("c")).toEqual(["not_started", "priority"]);
    rig.orchestrator.startExecution();
    await rig.settle();
    expect(rig.called).toEqual(["a", "b"]);
  });
});

describe("a lock", () => {
  const readers = { r1: lock("read"), w: lock("write"), r3: lock("read") };

  it("is not given to a reader behind a writer: the writer is the cause, not who reads", async () => {
    const one = await rigWith({}, readers);
    expect(one.causes("r3")).toMatchObject([
      {
        reason: "resources",
        lacks: [{ resource_id: "f", held_by: [] }],
        message: "others have waited longer for 'f'",
      },
      { reason: "priority", ahead: 1, next: "w" },
    ]);
    expect(one.causes("w")).toMatchObject([{ lacks: [{ held_by: [{ user_id: "r1" }] }] }]);
    await one.end("r1");
    expect(one.rig.called).toEqual(["r1", "w"]);
    const other = await rigWith({}, readers);
    await other.cancel("w");
    expect(other.started("r3")).toBe(true);
  });

  it("that a writer will stand in line for is told while no worker is free", async () => {
    const make = () => rigWith({ maxWorkers: 2 }, { x: {}, ...readers });
    const one = await make();
    expect(one.causes("r3")).toMatchObject([
      { reason: "workers" },
      { reason: "priority", ahead: 1, next: "w" },
    ]);
    await one.end("x");
    expect(one.started("r3")).toBe(false);
    const other = await make();
    await other.cancel("w");
    await other.end("x");
    expect(other.started("r3")).toBe(true);
  });

  it("that one will wait for behind a writer is left to it while no worker is free", async () => {
    const { reasons, end, started } = await rigWith({ maxWorkers: 2 }, { x: {}, ...readers, t: {} });
    expect(reasons("t")).toEqual(["workers"]);
    await end("x");
    expect([started("r3"), started("t")]).toEqual([false, true]);
  });

  it("that is held is told while no worker is free", async () => {
    const make = () => rigWith({ maxWorkers: 2 }, { x: {}, h: lock("write"), t: lock("write") });
    const one = await make();
    expect(one.causes("t")).toMatchObject([
      { reason: "workers", running: 2, limit: 2 },
      { reason: "resources", lacks: [{ resource_id: "f", held_by: [{ user_id: "h" }] }] },
    ]);
    await one.end("x");
    expect(one.started("t")).toBe(false);
    expect(one.reasons("t")).toEqual(["resources"]);
    await one.end("h");
    expect(one.started("t")).toBe(true);
    const other = await make();
    await other.end("h");
    expect(other.started("t")).toBe(true);
  });

  it("that another process has waited longer for is told", async () => {
    const disk = new SharedDisk();
    const [one, two] = [new OrchestratorRig(disk.start()), new OrchestratorRig(disk.start())];
    const put = async (rig: OrchestratorRig, id: string, mode: Mode) => {
      rig.orchestrator.submitTask(rig.task("slow", { id, name: id, ...lock(mode) }));
      for (let n = 0; n < 3; n++) for (const each of [one, two]) await each.settle();
    };
    await put(one, "r1", "read");
    await put(two, "w", "write");
    await put(one, "r3", "read");
    expect(one.orchestrator.why("r3")?.causes).toMatchObject([
      { reason: "resources", lacks: [{ held_by: [] }] },
      {
        reason: "others_first",
        waiting: [
          {
            resource_id: "f",
            count: 1,
            processes: [{ instance: two.orchestrator.runtime.instance.id, pid: expect.any(Number) }],
          },
        ],
        message: expect.stringMatching(/^Others have waited longer: process \d+ for 'f'$/),
      },
    ]);
  });
});
