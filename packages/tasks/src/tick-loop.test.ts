import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { diskFull, faultyStore, locked } from "../test/faulty-store.ts";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { recordedIds, recordOf } from "../test/record-of.ts";
import type { InstanceRecord } from "./instance.ts";

const aRig = () => {
  const store = faultyStore();
  return { store, rig: new OrchestratorRig({ store }) };
};

describe("a store that refuses", () => {
  it("is asked again when it is locked before the work: nothing was decided, nothing is lost", async () => {
    const { store, rig } = aRig();
    store.begin.push(locked(), locked());
    const task = rig.task("ok");
    const done = rig.orchestrator.executeTask(task);
    await rig.settle();
    expect([task.status, rig.called.length, store.counts.committed]).toEqual(["pending", 0, 0]);
    rig.clock.advance(2);
    rig.clock.advance(2);
    await rig.settle();
    expect((await done).data).toBe("t0");
    expect(rig.called).toEqual(["t0"]);
  });

  it("has nothing dispatched or told before a commit that failed once was made", async () => {
    const { store, rig } = aRig();
    const told: string[] = [];
    rig.orchestrator.events.on("*", ({ type }) => told.push(type));
    store.commit.push(diskFull());
    const task = rig.task("ok");
    rig.orchestrator.submitTask(task);
    await rig.settle();
    expect([task.status, rig.called, told]).toEqual(["pending", [], []]);
    rig.clock.advance(99);
    expect(store.counts.asked).toBe(1);
    rig.clock.advance(1);
    expect(told).toEqual(["task_submitted", "task_started"]);
    await rig.settle();
    expect([task.status, rig.called]).toEqual(["completed", ["t0"]]);
  });

  it("has an end acknowledged only when it is on disk, and the code run once", async () => {
    const { store, rig } = aRig();
    const task = rig.task("slow");
    const next = rig.task("ok", { dependencies: [task.id] });
    rig.orchestrator.submitTask(task);
    rig.orchestrator.submitTask(next);
    await rig.settle();
    store.commit.push(diskFull(), diskFull());
    await rig.finish("value");
    expect([task.status, task.result, rig.called]).toEqual(["running", null, ["t0"]]);
    rig.clock.advance(200);
    await rig.settle();
    expect([task.result?.data, rig.called]).toEqual(["value", ["t0", "t1"]]);
    expect(store.get(`tasks/${task.id}`)).toMatchObject({ status: "completed", result: "value", attempt: 1 });
  });

  it("that refuses for ever ends the loop with its error: all who wait are rejected, running code is told to stop", async () => {
    const { store, rig } = aRig();
    const running = rig.task("slow");
    rig.orchestrator.submitTask(running);
    await rig.settle();
    store.always = diskFull();
    const waits = [rig.orchestrator.executeTask(rig.task("ok")), rig.orchestrator.waitForCompletion()];
    const rejected = Promise.all(
      waits.map((each) => expect(each).rejects.toMatchObject({ code: "STORAGE_ERROR" })),
    );
    await rig.settle();
    rig.clock.advance(5200);
    await rejected;
    expect(rig.calls[0]?.context.signal.aborted).toBe(true);
    expect(() => rig.orchestrator.submitTask(rig.task("ok"))).toThrow("the disk is full");
    await expect(rig.orchestrator.waitForCompletion()).rejects.toMatchObject({ code: "STORAGE_ERROR" });
    expect(rig.called).toEqual(["t0"]);
    rig.calls[0]?.reject(new Error("stopped"));
    store.always = null;
    await rig.orchestrator.close();
    expect(rig.clock.pending).toBe(0);
  });

  it("is asked again after the machine has slept: only the time in which it was asked counts", async () => {
    const store = faultyStore();
    const clock = new ManualClock();
    let asleepMs = 0;
    const sleepy = {
      now: () => clock.now() + asleepMs,
      monotonic: () => clock.monotonic() + asleepMs,
      setTimer: clock.setTimer.bind(clock),
    };
    const rig = new OrchestratorRig({ store, clock: sleepy });
    store.commit.push(diskFull(), diskFull());
    const done = rig.orchestrator.executeTask(rig.task("ok"));
    await rig.settle();
    asleepMs = 3_600_000;
    clock.advance(100);
    expect([store.counts.asked, rig.orchestrator.runtime.error]).toEqual([2, null]);
    clock.advance(100);
    await rig.settle();
    expect((await done).status).toBe("completed");
  });

  it("has nothing started any more by a commit that succeeds while all is closed", async () => {
    const { store, rig } = aRig();
    store.commit.push(diskFull());
    const task = rig.task("ok");
    rig.orchestrator.submitTask(task);
    await rig.settle();
    const { committed } = store.counts;
    let record: unknown;
    store.close = () => {
      record = recordOf(store, task.id);
    };
    const closed = rig.orchestrator.close();
    await new Promise(setImmediate);
    rig.clock.advance(10);
    await closed;
    expect(store.counts.committed).toBeGreaterThan(committed);
    expect(record).toMatchObject({ status: "running" });
    expect(rig.called).toEqual([]);
  });

  it("that refuses for good is not asked again", async () => {
    const { store, rig } = aRig();
    const done = expect(rig.orchestrator.executeTask(rig.task("ok"))).rejects.toMatchObject({
      code: "STORE_CORRUPT",
    });
    store.commit.push(Object.assign(diskFull(), { code: "STORE_CORRUPT", retryable: false }));
    await rig.settle();
    await done;
    expect(store.counts.asked).toBe(1);
  });

  it("ends the loop when another process has fenced this one: nothing more is written", async () => {
    const { store, rig } = aRig();
    const task = rig.task("slow");
    const done = expect(rig.orchestrator.executeTask(task)).rejects.toMatchObject({ code: "FENCED" });
    await rig.settle();
    const key = `instances/${rig.orchestrator.runtime.instance.id}`;
    const record = store.get(key) as unknown as InstanceRecord;
    store.writeAsAnother(key, { ...record, fenced: true });
    const before = recordOf(store, task.id);
    await rig.finish("late");
    await done;
    expect(recordOf(store, task.id)).toEqual(before);
    expect(task.status).toBe("running");
  });
});

describe("the loop", () => {
  it("writes a record once per tick, and start and end of neighbours in one commit", async () => {
    const { store, rig } = aRig();
    const first = rig.task("slow");
    const second = rig.task("slow", { dependencies: [first.id] });
    rig.orchestrator.submitTask(first);
    rig.orchestrator.submitTask(second);
    await rig.settle();
    expect(recordedIds(store)).toEqual([first.id, second.id].sort());
    const before = store.counts.committed;
    rig.calls.shift()?.resolve();
    await new Promise(setImmediate);
    rig.orchestrator.runtime.tick();
    expect(rig.statuses(first, second)).toEqual(["completed", "running"]);
    expect(store.counts.committed - before).toBeLessThanOrEqual(2);
  });

  it("takes in a bounded number of inputs per tick and all of them in the end", async () => {
    const { store, rig } = aRig();
    for (let i = 0; i < 300; i++) rig.orchestrator.addTask(rig.task("ok"));
    rig.orchestrator.runtime.tick();
    expect(recordedIds(store)).toHaveLength(256);
    rig.orchestrator.startExecution();
    await rig.settle();
    expect(rig.called).toHaveLength(300);
  });

  it("goes on when a listener throws", async () => {
    const { rig } = aRig();
    rig.orchestrator.events.on("task_started", () => {
      throw new Error("a bad listener");
    });
    const task = rig.task("ok");
    rig.orchestrator.submitTask(task);
    await rig.settle();
    expect(task.status).toBe("completed");
  });

  it("says once a second that the process lives, while it has something to do, and leaves no timer behind", async () => {
    const { store, rig } = aRig();
    rig.orchestrator.submitTask(rig.task("slow"));
    await rig.settle();
    rig.clock.advance(1000);
    rig.orchestrator.runtime.tick();
    const key = `instances/${rig.orchestrator.runtime.instance.id}`;
    expect(store.get(key)).toMatchObject({ beat: 1, fenced: false });
    await rig.finishAll();
    rig.clock.advance(1000);
    // Those of the next looks for old records and for what others ask, in the background.
    expect(rig.clock.pending).toBe(2);
    await rig.orchestrator.close();
    expect(rig.clock.pending).toBe(0);
  });

  it("undoes the timer of a retry when the task is cancelled", async () => {
    const { rig } = aRig();
    const task = rig.task("bad", { maxRetries: 1, retryDelayMs: 20_000 });
    rig.orchestrator.submitTask(task);
    await rig.settle();
    const before = rig.clock.pending;
    rig.orchestrator.cancelTask(task.id);
    await rig.settle();
    expect([task.status, rig.clock.pending]).toEqual(["cancelled", before - 1]);
  });
});
