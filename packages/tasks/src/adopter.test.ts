import type { JsonObject, Store } from "@orch/core";
import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { recordOf } from "../test/record-of.ts";
import { SharedDisk, type SimulatedProcess } from "../test/shared-disk.ts";
import type { RecoveredTasks } from "./adopter.ts";
import type { TaskInit } from "./task.ts";

/** A process on the disk, with what it has been given. */
function aProcess(disk: SharedDisk) {
  const process = disk.start();
  const rig = new OrchestratorRig({ store: process.store, probe: process.probe });
  const submit = async (...tasks: [action: "ok" | "bad" | "slow", init: Partial<TaskInit>][]) => {
    for (const [action, init] of tasks) rig.orchestrator.submitTask(rig.task(action, init));
    await rig.settle();
  };
  const recover = async (): Promise<RecoveredTasks> => {
    rig.orchestrator.startExecution();
    const found = rig.orchestrator.recover();
    await rig.settle();
    return found;
  };
  return { ...process, rig, submit, recover };
}

const status = (disk: SharedDisk, id: string) => recordOf(disk.records, id)?.status;

describe("a process that dies with tasks that have not ended", () => {
  it("has them gone on with: what has ended is not run again, what was in flight has the next attempt and the same key", async () => {
    const disk = new SharedDisk();
    const first = aProcess(disk);
    const resources = [{ type: "cpu" as const, amount: 5 }];
    await first.submit(
      ["ok", { id: "done" }],
      ["slow", { id: "flying", name: "flying", priority: "high", resources, timeoutMs: 5000 }],
      [
        "ok",
        {
          id: "after",
          name: "after",
          dependencies: ["flying", "done"],
          parameters: { value: "${flying.result.x} ${done.result}" },
        },
      ],
    );
    first.die();
    const second = aProcess(disk);
    const found = await second.recover();
    expect(found).toEqual({ adopted: ["flying", "after"], failed: [], waiting: [] });
    second.rig.clock.advance(250);
    await second.rig.settle();
    expect(second.rig.called).toEqual(["flying"]);
    expect(second.rig.calls[0]?.context).toMatchObject({ attempt: 2, idempotencyKey: "flying" });
    // What the dead one held is free again: both together are more than there is.
    expect(second.rig.used).toBe(5);
    const flying = second.rig.orchestrator.getTask("flying");
    expect(flying).toMatchObject({ priority: "high", timeoutMs: 5000, status: "running", retryCount: 0 });
    await second.rig.finish({ x: 7 });
    expect(second.rig.orchestrator.getTaskResult("after")?.data).toBe("7 t0");
    expect(second.rig.called).toEqual(["flying", "after"]);
    expect(flying?.result).toMatchObject({ status: "completed", attempts: 2 });
    expect(await second.rig.orchestrator.waitForCompletion()).toBe(true);
    // Nothing names the dead one any more.
    await second.recover();
    for (const rows of ["backlog/", "marks/"]) expect(disk.records.list(rows)).toEqual([]);
    expect(disk.records.list("instances/").map(([key]) => key)).toEqual([
      `instances/${second.rig.orchestrator.runtime.instance.id}`,
    ]);
    await second.rig.orchestrator.close();
  });

  it("leaves the tasks of one that lives alone, however silent it is", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    await first.submit(["slow", { id: "mine" }]);
    second.rig.clock.advance(600_000);
    expect(await second.recover()).toEqual({ adopted: [], failed: [], waiting: [] });
    await first.rig.finish(1);
    expect(first.rig.orchestrator.getTaskStatus("mine")).toBe("completed");
    for (const { rig } of [first, second]) await rig.orchestrator.close();
  });

  it("can write nothing any more when it was taken for dead and was not", async () => {
    const disk = new SharedDisk();
    const first = aProcess(disk);
    await first.submit(["slow", { id: "mine" }]);
    const gone = { ...first.probe, liveness: () => "dead" as const };
    const second = new OrchestratorRig({ store: disk.start().store, probe: gone });
    second.orchestrator.startExecution();
    const found = second.orchestrator.recover();
    await second.settle();
    expect((await found).adopted).toEqual(["mine"]);
    await first.rig.finish("late");
    await second.finish("right");
    expect(first.rig.orchestrator.runtime.error?.code).toBe("FENCED");
    expect(disk.records.get("tasks/mine")).toMatchObject({
      status: "completed",
      result: "right",
      attempt: 2,
    });
    await expect(first.rig.orchestrator.executeTask(first.rig.task("ok"))).rejects.toThrow("taken over");
    await second.orchestrator.close();
  });

  it("is looked for again and again, until the other one is closed", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    await first.submit(["slow", { id: "mine" }]);
    await second.recover();
    first.die();
    second.rig.clock.advance(1000);
    await second.rig.settle();
    expect(second.rig.orchestrator.getTaskStatus("mine")).toBe("running");
    await second.rig.finish();
    await second.rig.orchestrator.close();
    expect(second.rig.clock.pending).toBe(0);
  });

  it("keeps the delay before a retry, and the failures so far", async () => {
    const disk = new SharedDisk();
    const first = aProcess(disk);
    await first.submit(["bad", { id: "t", maxRetries: 1, retryDelayMs: 8000 }]);
    const due = (recordOf(disk.records, "t")?.due_at ?? 0) - first.rig.clock.now();
    expect(due).toBeGreaterThan(0);
    first.die();
    const second = aProcess(disk);
    await second.recover();
    second.rig.clock.advance(due - 1);
    await second.rig.settle();
    expect(second.rig.called).toEqual([]);
    second.rig.clock.advance(1);
    await second.rig.settle();
    expect(second.rig.orchestrator.getTask("t")).toMatchObject({ status: "failed", retryCount: 1 });
    expect(second.rig.called).toHaveLength(1);
    await second.rig.orchestrator.close();
  });

  it("never waits longer than a delay may be, however far the wall clock was set back", async () => {
    const disk = new SharedDisk();
    const first = aProcess(disk);
    first.rig.clock.advance(86_400_000);
    await first.submit(["bad", { id: "t", maxRetries: 1, retryDelayMs: 30_000 }]);
    first.die();
    const second = aProcess(disk);
    await second.recover();
    second.rig.clock.advance(30_000);
    await second.rig.settle();
    expect(status(disk, "t")).toBe("failed");
    await second.rig.orchestrator.close();
  });

  it.each([0, 1])(
    "never waits longer than the delay was, after %i lost attempts, when the wall clock was set back",
    async (lost) => {
      const disk = new SharedDisk();
      let last = aProcess(disk);
      await last.submit(["slow", { id: "t", maxRetries: 2, retryDelayMs: 1500 }]);
      for (let times = 0; times < lost; times++) {
        last.die();
        last = aProcess(disk);
        await last.recover();
      }
      last.rig.clock.advance(3_600_000);
      last.rig.calls.shift()?.reject(new Error("no"));
      await last.rig.settle();
      last.die();
      const next = aProcess(disk);
      await next.recover();
      next.rig.clock.advance(1500);
      await next.rig.settle();
      expect(next.rig.called).toEqual(["t0"]);
      await next.rig.finishAll();
      await next.rig.orchestrator.close();
    },
  );

  it("never waits longer than a later delay, which is longer, may be", async () => {
    const disk = new SharedDisk();
    const first = aProcess(disk);
    first.rig.clock.advance(3_600_000);
    const retry = { factor: 3, maxDelayMs: 4000, jitter: false };
    await first.submit(["bad", { id: "t", maxRetries: 2, retryDelayMs: 1000, retry }]);
    first.rig.clock.advance(1000);
    await first.rig.settle();
    first.die();
    const second = aProcess(disk);
    await second.recover();
    second.rig.clock.advance(2999);
    await second.rig.settle();
    expect(second.rig.called).toEqual([]);
    second.rig.clock.advance(1);
    await second.rig.settle();
    expect(status(disk, "t")).toBe("failed");
    await second.rig.orchestrator.close();
  });

  it("counts the retries that were made, not the attempts that were lost", async () => {
    const disk = new SharedDisk();
    let last = aProcess(disk);
    const next = async () => {
      last.die();
      last = aProcess(disk);
      await last.recover();
    };
    const fail = async () => {
      last.rig.calls.shift()?.reject(new Error("no"));
      await last.rig.settle();
    };
    const shown = () => last.rig.orchestrator.getTask("t")?.retryCount;
    await last.submit(["slow", { id: "t", maxRetries: 2, retryDelayMs: 0 }]);
    const counts = [shown()];
    for (const happens of [next, next, fail, next, fail, next, next, fail, next]) {
      await happens();
      last.rig.clock.advance(0);
      await last.rig.settle();
      counts.push(shown());
    }
    // Lost twice, failed; the first retry lost and failed; the second lost twice and failed for good.
    expect(counts).toEqual([0, 0, 0, 1, 1, 2, 2, 2, 2, 2]);
    expect(recordOf(disk.records, "t")).toMatchObject({ status: "failed", attempt: 8, failures: 3 });
    await last.rig.orchestrator.close();
  });

  it("does not count a retry before it begins, nor after a failure that none follows", async () => {
    const disk = new SharedDisk();
    let last = aProcess(disk);
    await last.submit(["slow", { id: "t", maxRetries: 1, retryDelayMs: 1000 }]);
    last.die();
    last = aProcess(disk);
    await last.recover();
    const shown = () => last.rig.orchestrator.getTask("t");
    for (const retryCount of [0, 1]) {
      last.rig.calls.shift()?.reject(new Error("no"));
      await last.rig.settle();
      expect(shown()).toMatchObject({ retryCount });
      last.rig.clock.advance(1000);
      await last.rig.settle();
    }
    expect(shown()).toMatchObject({ status: "failed", retryCount: 1 });
    await last.rig.orchestrator.close();
    const later = aProcess(disk);
    expect(later.rig.orchestrator.getTask("t")).toMatchObject({ status: "failed", retryCount: 1 });
    await later.rig.orchestrator.close();
  });

  it("leaves tasks whose action nobody knows where they are, and says so, until somebody does", async () => {
    const disk = new SharedDisk();
    const first = aProcess(disk);
    first.rig.modules.register("own", "thing", () => new Promise(() => {}));
    first.rig.orchestrator.submitTask({ id: "odd", module: "own", action: "thing" });
    await first.submit(["slow", { id: "known" }], ["ok", { id: "after", dependencies: ["odd"] }]);
    first.die();
    const second = aProcess(disk);
    const waiting = [{ taskId: "odd", module: "own", action: "thing" }];
    expect(await second.recover()).toEqual({ adopted: ["known", "after"], failed: [], waiting });
    expect(status(disk, "odd")).toBe("running");
    await second.rig.finishAll();
    expect(second.rig.orchestrator.getTaskStatus("after")).toBe("blocked");
    // A third process knows it, and the second sees how it ended.
    const third = aProcess(disk);
    third.rig.modules.register("own", "thing", () => "did it");
    expect((await third.recover()).adopted).toEqual(["odd"]);
    expect(third.rig.orchestrator.getTaskResult("odd")).toMatchObject({ data: "did it", attempts: 2 });
    second.rig.clock.advance(250);
    await second.rig.settle();
    expect(second.rig.orchestrator.getTaskStatus("after")).toBe("completed");
    for (const { rig } of [second, third]) await rig.orchestrator.close();
  });

  it("loses nothing else when one record is damaged or one task asks for what is not there any more", async () => {
    const disk = new SharedDisk();
    const first = aProcess(disk);
    first.rig.ledger.define({ id: "gone", type: "custom", capacity: { units: 1 } });
    await first.submit(
      ["slow", { id: "a" }],
      ["slow", { id: "b", resources: [{ type: "custom", identifier: "gone", amount: 1 }] }],
      ["slow", { id: "c" }],
    );
    first.die();
    disk.records.transact((tx) => tx.put("tasks/a", { nonsense: true }));
    const second = aProcess(disk);
    const found = await second.recover();
    expect([...found.adopted, ...found.failed].sort()).toEqual(["a", "b", "c"]);
    expect(found.failed).toContain("a");
    await second.rig.finishAll();
    expect(status(disk, "c")).toBe("completed");
    // Neither is found a second time.
    expect(await second.recover()).toEqual({ adopted: [], failed: [], waiting: [] });
    await second.rig.orchestrator.close();
  });

  it("sets a task aside whose process dies each time that it runs, and no other", async () => {
    const disk = new SharedDisk();
    const first = aProcess(disk);
    await first.submit(
      ["slow", { id: "killer", name: "killer" }],
      ["slow", { id: "innocent", name: "innocent" }],
    );
    first.die();
    const second = aProcess(disk);
    await second.recover();
    expect(second.rig.called.toSorted()).toEqual(["innocent", "killer"]);
    second.die();
    // From the second death on they start one at a time.
    const third = aProcess(disk);
    await third.recover();
    expect(third.rig.called).toHaveLength(1);
    const [suspect] = third.rig.called;
    third.die();
    const fourth = aProcess(disk);
    await fourth.recover();
    expect(fourth.rig.called).toHaveLength(1);
    expect(fourth.rig.called).not.toEqual([suspect]);
    await fourth.rig.finishAll();
    const { deadLetters } = fourth.rig.orchestrator;
    const parked = deadLetters.list();
    expect(parked).toHaveLength(1);
    expect(parked[0]).toMatchObject({
      task_id: suspect,
      reason: "parked",
      code: "EXECUTION_PARKED",
      attempts: 3,
    });
    expect(parked[0]?.suggestions.length).toBeGreaterThan(0);
    expect(fourth.rig.orchestrator.getTask(String(suspect))).toMatchObject({ status: "failed" });
    // By hand it gets another chance.
    const again = deadLetters.retry(String(suspect));
    await fourth.rig.settle();
    expect(fourth.rig.calls[0]?.context).toMatchObject({ attempt: 1, idempotencyKey: suspect });
    await fourth.rig.finishAll();
    expect(fourth.rig.orchestrator.getTaskStatus(again)).toBe("completed");
    await fourth.rig.orchestrator.close();
  });

  it("forgets lost attempts once one has ended", async () => {
    const disk = new SharedDisk();
    let last = aProcess(disk);
    await last.submit(["slow", { id: "t", maxRetries: 5, retryDelayMs: 0 }]);
    for (let round = 0; round < 5; round++) {
      last.die();
      last = aProcess(disk);
      await last.recover();
      last.rig.calls.shift()?.reject(new Error("no"));
      await last.rig.settle();
      last.rig.clock.advance(0);
      await last.rig.settle();
    }
    expect(last.rig.orchestrator.getTask("t")).toMatchObject({ status: "running", retryCount: 5 });
    expect(recordOf(disk.records, "t")).toMatchObject({ attempt: 11, failures: 5 });
    await last.rig.finish("at last");
    expect(status(disk, "t")).toBe("completed");
    await last.rig.orchestrator.close();
  });

  it("has a large backlog gone on with in slices", async () => {
    const disk = new SharedDisk();
    const first = aProcess(disk);
    for (let n = 0; n < 2000; n++) first.rig.orchestrator.addTask(first.rig.task("ok"));
    await first.rig.settle();
    first.die();
    const second = aProcess(disk);
    const found = await second.recover();
    expect([found.adopted.length, new Set(found.adopted).size]).toEqual([2000, 2000]);
    await second.rig.settle();
    expect(second.rig.orchestrator.getExecutionStats().completed).toBe(2000);
    await second.rig.orchestrator.close();
  });

  it("has its backlog in rows that do not grow, however often it is taken over", async () => {
    const disk = new SharedDisk();
    const gate = aProcess(disk);
    await gate.submit(["slow", { id: "gate" }]);
    let last = aProcess(disk);
    for (let n = 0; n < 700; n++)
      last.rig.orchestrator.addTask(last.rig.task("ok", { dependencies: ["gate"] }));
    await last.rig.settle();
    const sizes = () =>
      disk.records.list("backlog/").map(([, row]) => (Array.isArray(row) ? row.length : Number.NaN));
    for (let times = 0; times < 4; times++) {
      last.die();
      last = aProcess(disk);
      expect((await last.recover()).adopted).toHaveLength(700);
      expect(sizes().reduce((sum, size) => sum + size, 0)).toBe(701);
      expect(Math.max(...sizes())).toBeLessThanOrEqual(128);
    }
    for (const { rig } of [gate, last]) {
      await rig.finishAll();
      await rig.orchestrator.close();
    }
  });
});

describe("a process of which the system says nothing", () => {
  const unknown = (process: SimulatedProcess) => ({
    store: process.store,
    probe: { ...process.probe, liveness: () => "unknown" as const },
  });
  const beatOf = (disk: SharedDisk) =>
    disk.records.list("instances/").map(([, record]) => (record as { beat: number }).beat);

  it("says that it lives while its tasks only wait, and keeps them", async () => {
    const disk = new SharedDisk();
    const first = new OrchestratorRig(unknown(disk.start()));
    first.orchestrator.submitTask(first.task("ok", { dependencies: ["nothing"] }));
    await first.settle();
    const second = new OrchestratorRig(unknown(disk.start()));
    second.orchestrator.startExecution();
    const found = second.orchestrator.recover();
    for (let seconds = 0; seconds < 5; seconds++) {
      for (const rig of [first, second]) {
        rig.clock.advance(1000);
        await rig.settle();
      }
    }
    expect((await found).adopted).toEqual([]);
    expect(beatOf(disk)[0]).toBe(5);
    for (const { orchestrator } of [first, second]) await orchestrator.close();
  });

  it("keeps its tasks when it gives a sign of life in the last moment", async () => {
    const disk = new SharedDisk();
    const first = new OrchestratorRig(unknown(disk.start()));
    first.orchestrator.submitTask(first.task("slow"));
    await first.settle();
    const { store, probe } = unknown(disk.start());
    const [[key, record] = ["", null]] = disk.records.list("instances/");
    let adopts = 0;
    const transact: Store["transact"] = (work) => {
      if (adopts++ === 0) disk.records.transact((tx) => tx.put(key, { ...(record as JsonObject), beat: 7 }));
      return store.transact(work);
    };
    const second = new OrchestratorRig({ probe, store: { ...store, transact } });
    second.orchestrator.startExecution();
    const found = second.orchestrator.recover();
    second.clock.advance(4000);
    await second.settle();
    expect((await found).adopted).toEqual([]);
    expect(adopts).toBeGreaterThan(0);
    expect(second.called).toEqual([]);
    await first.finishAll();
    for (const { orchestrator } of [first, second]) await orchestrator.close();
  });
});

describe("an orchestrator that was closed while code ran that does not stop", () => {
  it("keeps its tasks until that code has ended, then another one of the same process has them", async () => {
    const disk = new SharedDisk();
    const { store, probe } = disk.start();
    const before = new OrchestratorRig({ store, probe });
    for (const task of [
      before.task("slow", { id: "stuck", name: "stuck" }),
      before.task("ok", { id: "after", dependencies: ["stuck"] }),
    ])
      before.orchestrator.submitTask(task);
    await before.settle();
    const closed = before.orchestrator.close();
    await before.settle();
    before.clock.advance(5500);
    await closed;
    const next = new OrchestratorRig({ store, probe });
    const scan = async () => {
      const found = next.orchestrator.recover();
      await next.settle();
      return (await found).adopted;
    };
    next.orchestrator.startExecution();
    // Two attempts of one task never overlap.
    expect(await scan()).toEqual([]);
    before.calls.shift()?.resolve("too late");
    await new Promise(setImmediate);
    expect(await scan()).toEqual(["stuck", "after"]);
    next.clock.advance(1000);
    await next.settle();
    expect(next.calls.map(({ context }) => context.attempt)).toEqual([2]);
    await next.finishAll();
    expect(next.orchestrator.getTaskStatus("after")).toBe("completed");
    await next.orchestrator.close();
  });
});

describe("two processes on one store", () => {
  it("wait for each other's tasks", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    await first.submit(["slow", { id: "theirs", name: "theirs" }]);
    await second.submit([
      "ok",
      { id: "ours", dependencies: ["theirs"], parameters: { value: "${theirs.result}" } },
    ]);
    expect(second.rig.orchestrator.getTaskStatus("theirs")).toBe("running");
    expect(second.rig.orchestrator.getBlockedReport()).toEqual([
      { taskId: "ours", reason: "dependency", path: ["ours", "theirs"] },
    ]);
    const waiting = second.rig.orchestrator.waitForCompletion({ taskIds: ["theirs", "ours"] });
    await first.rig.finish("from afar");
    second.rig.clock.advance(250);
    await second.rig.settle();
    expect(await waiting).toBe(true);
    expect(second.rig.orchestrator.getTaskResult("ours")?.data).toBe("from afar");
    // Nothing is waited for: nobody looks any more.
    second.rig.clock.advance(250);
    expect(second.rig.clock.pending).toBe(first.rig.clock.pending);
    for (const { rig } of [first, second]) await rig.orchestrator.close();
  });

  it("go on when another one brings the task that nobody had", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    await first.submit([
      "ok",
      { id: "ours", dependencies: ["late"], parameters: { value: "${late.result}" } },
    ]);
    await first.submit(["ok", { id: "vain", dependencies: ["never"] }]);
    expect(first.rig.orchestrator.getTaskStatus("ours")).toBe("blocked");
    await second.submit(["slow", { id: "late" }]);
    first.rig.clock.advance(250);
    await first.rig.settle();
    expect(first.rig.orchestrator.getBlockedReport()).toEqual([
      { taskId: "ours", reason: "dependency", path: ["ours", "late"] },
      { taskId: "vain", reason: "missing_dependency", path: ["vain", "never"] },
    ]);
    const waiting = first.rig.orchestrator.waitForCompletion({ taskIds: ["ours"] });
    await second.rig.finish("at last");
    first.rig.clock.advance(250);
    await first.rig.settle();
    expect([await waiting, first.rig.orchestrator.getTaskResult("ours")?.data]).toEqual([true, "at last"]);
    // One that comes and ends between two looks is found, too.
    await second.submit(["ok", { id: "never" }]);
    first.rig.clock.advance(250);
    await first.rig.settle();
    expect(first.rig.orchestrator.getTaskStatus("vain")).toBe("completed");
    for (const { rig } of [first, second]) await rig.orchestrator.close();
  });

  it("wait no longer for each other's tasks than somebody asks for them", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    await first.submit(["slow", { id: "long" }]);
    const { orchestrator, clock } = second.rig;
    const short = orchestrator.waitForCompletion({ taskIds: ["long"], timeoutMs: 50 });
    await second.submit(["ok", { id: "never", dependencies: ["nothing"] }]);
    clock.advance(50);
    expect(await short).toBe(false);
    expect(await orchestrator.waitForCompletion({ taskIds: ["never"] })).toBe(false);
    // Nobody looks any more, but for whether somebody brings the task that nothing has.
    clock.advance(250);
    expect(clock.pending).toBe(first.rig.clock.pending + 1);
    // One who waits for both gets his answer when the other process is done.
    const both = orchestrator.waitForCompletion({ taskIds: ["never", "long"] });
    await first.rig.finishAll();
    clock.advance(250);
    await second.rig.settle();
    expect(await both).toBe(false);
    for (const { rig } of [first, second]) await rig.orchestrator.close();
  });

  it("do not give an id away that the other one's unfinished task has", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    await first.submit(["slow", { id: "same" }]);
    expect(() => second.rig.orchestrator.addTask(second.rig.task("ok", { id: "same" }))).toThrow(
      "another process",
    );
    await first.rig.finishAll();
    for (const { rig } of [first, second]) await rig.orchestrator.close();
  });

  it("give an id to one of them when both ask for it at once: the other one's task fails and leaves the record alone", async () => {
    const disk = new SharedDisk();
    const [first, second] = [aProcess(disk), aProcess(disk)];
    const [one, other] = [first, second].map(({ rig }) => rig.task("slow", { id: "same", name: "same" }));
    if (!one || !other) throw new Error("Two tasks are needed");
    first.rig.orchestrator.submitTask(one);
    const refused = second.rig.orchestrator.executeTask(other);
    await first.rig.settle();
    await second.rig.settle();
    expect(await refused).toMatchObject({ status: "failed", errorCode: "INVALID_PARAMETERS" });
    expect(second.rig.called).toEqual([]);
    // What is told of the id is the task of the one that has it.
    expect(second.rig.orchestrator.getTaskStatus("same")).toBe("running");
    await first.rig.finish("mine");
    expect(second.rig.orchestrator.getTaskResult("same")).toMatchObject({
      status: "completed",
      data: "mine",
    });
    expect(() => second.rig.orchestrator.addTask(second.rig.task("ok", { id: "same" }))).toThrow(
      "it ran before and is completed",
    );
    for (const { rig } of [first, second]) await rig.orchestrator.close();
  });

  it("adopt the tasks of a third one only once", async () => {
    const disk = new SharedDisk();
    const [first, second, third] = [aProcess(disk), aProcess(disk), aProcess(disk)];
    await first.submit(["slow", { id: "a" }], ["slow", { id: "b" }]);
    first.die();
    for (const { rig } of [second, third]) rig.orchestrator.startExecution();
    const both = [second.rig.orchestrator.recover(), third.rig.orchestrator.recover()];
    await second.rig.settle();
    await third.rig.settle();
    const found = await Promise.all(both);
    expect(found.flatMap(({ adopted }) => adopted).toSorted()).toEqual(["a", "b"]);
    for (const { rig } of [second, third]) {
      await rig.finishAll();
      await rig.orchestrator.close();
    }
  });
});
