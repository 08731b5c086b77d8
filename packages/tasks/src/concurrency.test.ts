import { InvalidParametersError } from "@orch/core";
import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk } from "../test/shared-disk.ts";
import type { TaskOrchestratorOptions } from "./orchestrator-options.ts";
import type { TaskInit } from "./task.ts";

/** Submits tasks by name with a gate before them, and returns the order in which they start. */
async function orderOf(
  options: TaskOrchestratorOptions,
  tasks: Record<string, Partial<TaskInit>>,
  freed = true,
) {
  const rig = new OrchestratorRig({ maxWorkers: 8, ...options });
  rig.orchestrator.submitTask(
    rig.task("slow", { name: "holder", resources: [{ type: "lock", identifier: "l", mode: "write" }] }),
  );
  await rig.settle();
  for (const [name, init] of Object.entries(tasks))
    rig.orchestrator.addTask(rig.task("ok", { name, ...init }));
  await rig.settle();
  if (freed) await rig.finish();
  return { rig, order: rig.called.slice(1) };
}

const lock = [{ type: "lock" as const, identifier: "l", mode: "write" as const }];
const mixed = {
  low: { priority: "low" },
  waits: { priority: "high", resources: lock },
  normal: {},
  high: { priority: "high" },
} as const satisfies Record<string, Partial<TaskInit>>;

describe("modes", () => {
  it("sequential: one at a time, as they came", async () => {
    const { rig } = await orderOf({ mode: "sequential" }, {}, false);
    for (const name of ["a", "b"]) rig.orchestrator.addTask(rig.task("slow", { name, priority: "high" }));
    await rig.settle();
    const steps: unknown[][] = [];
    for (let n = 0; n < 3; n++) {
      steps.push(rig.calls.map(({ name }) => name));
      await rig.finish();
    }
    expect(steps).toEqual([["holder"], ["a"], ["b"]]);
  });

  it("parallel: as they came; one that waits for resources holds up those behind it", async () => {
    const { order } = await orderOf({ mode: "parallel" }, mixed, false);
    expect(order).toEqual(["low"]);
    expect((await orderOf({ mode: "parallel" }, mixed)).order).toEqual(["low", "waits", "normal", "high"]);
  });

  it("priority: by priority; one that waits for resources holds up those behind it", async () => {
    const { order } = await orderOf({ mode: "priority" }, mixed, false);
    expect(order).toEqual([]);
    expect((await orderOf({ mode: "priority" }, mixed)).order).toEqual(["waits", "high", "normal", "low"]);
  });

  it("resource_aware: by priority; one that waits for resources holds up nobody", async () => {
    const { order } = await orderOf({}, mixed, false);
    expect(order).toEqual(["high", "normal", "low"]);
  });

  it("keep the priority that was asked for in the record", async () => {
    const { rig } = await orderOf({ mode: "parallel" }, { a: { id: "a", priority: "low" } });
    expect(rig.orchestrator.runtime.store.get("tasks/a")).toMatchObject({ priority: 3 });
  });
});

describe("limits", () => {
  it("let a session run no more than its share, and say so", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 8, maxPerSession: 2 });
    for (const name of ["a1", "a2", "a3", "b1"])
      rig.orchestrator.submitTask(rig.task("slow", { id: name, name, sessionId: name.slice(0, 1) }));
    rig.orchestrator.submitTask(rig.task("slow", { name: "none" }));
    await rig.settle();
    expect(rig.called).toEqual(["a1", "a2", "b1", "none"]);
    expect(rig.orchestrator.why("a3")?.causes).toMatchObject([
      { reason: "group", group: "a", running: 2, limit: 2 },
    ]);
    await rig.finish();
    expect(rig.called.at(-1)).toBe("a3");
    await rig.finishAll();
    expect(rig.orchestrator.getExecutionStats()).toMatchObject({ completed: 5, total_tasks: 5 });
  });

  it("let tasks with one key run one at a time, in all processes", async () => {
    const disk = new SharedDisk();
    const rigs = [1, 2].map(() => new OrchestratorRig(disk.start()));
    for (const rig of rigs) {
      for (const name of ["x1", "x2", "y1"])
        rig.orchestrator.submitTask(
          rig.task("slow", { id: undefined, name, concurrencyKey: name.slice(0, 1) }),
        );
      await rig.settle();
    }
    expect(rigs.map(({ called }) => called)).toEqual([["x1", "y1"], []]);
    const cause = rigs[0]?.orchestrator.why(rigs[0].orchestrator.listTasks("blocked")[0]?.id ?? "")
      ?.causes[0];
    expect(cause).toMatchObject({ reason: "resources", lacks: [{ resource_id: "orch:key:x" }] });
  });

  it("are none for a lock whose name looks like a key, and its own names are refused", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 8 });
    const lock = (identifier: string) => ({ resources: [{ type: "lock" as const, identifier }] });
    rig.orchestrator.submitTask(rig.task("slow", { name: "key", concurrencyKey: "x" }));
    rig.orchestrator.submitTask(rig.task("slow", { name: "lock", ...lock("key:x") }));
    await rig.settle();
    expect(rig.called).toEqual(["key", "lock"]);
    expect(() => rig.orchestrator.submitTask({ module: "rec", action: "ok", ...lock("orch:key:x") })).toThrow(
      expect.objectContaining({
        code: "INVALID_PARAMETERS",
        message: expect.stringContaining("must not begin with 'orch:'"),
      }),
    );
  });

  it("let as many with one key run as they are told to", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 8, maxPerKey: 2 });
    for (const name of ["x1", "x2", "x3", "y1"])
      rig.orchestrator.submitTask(rig.task("slow", { name, concurrencyKey: name.slice(0, 1) }));
    await rig.settle();
    expect(rig.called).toEqual(["x1", "x2", "y1"]);
    await rig.finish();
    expect(rig.called).toEqual(["x1", "x2", "y1", "x3"]);
    await rig.finishAll();
  });

  it("let as many with one key run in all processes together, also where the key comes up later", async () => {
    const disk = new SharedDisk();
    const [one, other] = [1, 2].map(
      () => new OrchestratorRig({ ...disk.start(), maxWorkers: 8, maxPerKey: 2 }),
    );
    if (!one || !other) throw new Error("two processes");
    for (const name of ["x1", "x2"])
      one.orchestrator.submitTask(one.task("slow", { id: name, name, concurrencyKey: "x" }));
    await one.settle();
    // Something that makes the other take in what the first holds, before it knows the key.
    other.orchestrator.submitTask(
      other.task("ok", { id: "o", name: "o", resources: [{ type: "lock", identifier: "l", mode: "write" }] }),
    );
    await other.settle();
    for (const name of ["x3", "x4"])
      other.orchestrator.submitTask(other.task("slow", { id: name, name, concurrencyKey: "x" }));
    await other.settle();
    expect([one.called, other.called]).toEqual([["x1", "x2"], ["o"]]);
  });

  it("leave nothing behind of a key, and no place that somebody else could take", async () => {
    const rig = new OrchestratorRig({ maxWorkers: 8, maxPerKey: 2 });
    for (const name of ["x1", "x2", "y1"])
      rig.orchestrator.submitTask(rig.task("slow", { name, concurrencyKey: name.slice(0, 1) }));
    await rig.settle();
    expect([rig.ledger.has("orch:key:x"), rig.ledger.has("orch:key:y"), rig.ledger.ids()]).toEqual([
      true,
      true,
      ["cpu"],
    ]);
    expect(rig.ledger.canEverFit(rig.ledger.compileDemand([{ type: "semaphore", amounts: 1 }]))).toBe(false);
    await rig.finish();
    expect(rig.ledger.has("orch:key:x")).toBe(true);
    await rig.finishAll();
    expect([rig.ledger.has("orch:key:x"), rig.ledger.has("orch:key:y")]).toEqual([false, false]);
  });

  it.each([
    [{ mode: "random" as never }, "mode must be one of"],
    [{ maxPerSession: 0 }, "maxPerSession must be a whole number from 1, was 0"],
    [{ maxPerKey: 1.5 }, "maxPerKey must be a whole number from 1, was 1.5"],
  ])("refuse %j", (options, message) => {
    expect(() => new OrchestratorRig(options)).toThrow(InvalidParametersError);
    expect(() => new OrchestratorRig(options)).toThrow(message);
  });
});

describe("the retry policy of a task", () => {
  const run = async (retry: TaskInit["retry"], rounds: number) => {
    const rig = new OrchestratorRig({ random: () => 0.5 });
    const delays: number[] = [];
    rig.orchestrator.events.on("task_retrying", ({ delay_seconds }) => delays.push(delay_seconds));
    rig.orchestrator.submitTask(rig.task("bad", { id: "t", maxRetries: 3, retryDelayMs: 1000, retry }));
    for (let round = 0; round < rounds; round++) {
      await rig.settle();
      rig.clock.advance(60_000);
    }
    await rig.settle();
    return { rig, delays };
  };

  it("says how delays grow, where they end and whether they are drawn", async () => {
    expect((await run(null, 4)).delays).toEqual([0.5, 1, 2]);
    expect((await run({ factor: 10, jitter: false, maxDelayMs: 20_000 }, 4)).delays).toEqual([1, 10, 20]);
  });

  it("says which errors are tried again", async () => {
    expect((await run({ notOn: ["TASK_EXECUTION_FAILED"] }, 1)).delays).toEqual([]);
    expect((await run({ on: ["TIMEOUT_EXCEEDED"] }, 1)).delays).toEqual([]);
    expect((await run({ on: ["TASK_EXECUTION_FAILED"] }, 1)).delays).not.toEqual([]);
  });

  it("is gone on with after a death, as all that was asked for", async () => {
    const disk = new SharedDisk();
    const first = disk.start();
    const before = new OrchestratorRig(first);
    const asked = {
      retry: { factor: 3, on: ["X_CODE"] },
      isolation: "inline",
      sessionId: "s",
      concurrencyKey: "k",
      cache: true,
      cacheTtlMs: 5,
      description: "d",
      onDependencyFailure: "continue",
    } as const satisfies Partial<TaskInit>;
    const task = before.task("slow", { id: "t", ...asked, retry: { factor: 3, on: ["X_CODE"] } });
    before.orchestrator.submitTask(task);
    await before.settle();
    first.die();
    const after = new OrchestratorRig(disk.start());
    after.orchestrator.startExecution();
    const found = after.orchestrator.recover();
    await after.settle();
    expect((await found).adopted).toEqual(["t"]);
    const volatile = { started_at: null, status: null };
    expect({ ...after.orchestrator.getTask("t")?.toDict(), ...volatile }).toEqual({
      ...task.toDict(),
      ...volatile,
    });
  });
});
