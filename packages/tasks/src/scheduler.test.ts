import { describe, expect, it } from "vitest";
import { BAD, OK, SchedulerRig } from "../test/scheduler-rig.ts";
import { failureOf } from "./failure.ts";
import { makeGroup } from "./group.ts";

describe("Scheduler", () => {
  it("starts the most urgent first, first in, first out within a level", () => {
    const rig = new SchedulerRig({ limit: 1 });
    const [busy, ...tasks] = [2, 4, 2, 0, 2, 1].map((priority) => rig.task({ priority }));
    if (busy) rig.submit(busy);
    rig.submit(...tasks);
    for (const running of [busy, tasks[2], tasks[4], tasks[1], tasks[3], tasks[0]])
      if (running) rig.end(running);
    expect(rig.started).toEqual(["t0", "t3", "t5", "t2", "t4", "t1"]);
  });

  it("raises a task by one level for each minute that it has been ready", () => {
    const rig = new SchedulerRig({ limit: 1 });
    const [busy, old, next] = [rig.task(), rig.task({ priority: 4 }), rig.task({ priority: 2 })];
    rig.submit(busy);
    rig.submit(old);
    rig.at += 120_000;
    rig.turn();
    rig.submit(next);
    rig.end(busy);
    expect(rig.started.at(-1)).toBe(old.spec.id);
  });

  it("starts a small demand although an earlier large one waits", () => {
    const rig = new SchedulerRig({ cpu: 4 });
    const [half, large, small] = [2, 4, 2].map((cores) => rig.task({ cores }));
    if (!half || !large || !small) throw new Error("three tasks");
    rig.submit(half, large, small);
    expect(rig.started).toEqual(["t0", "t2"]);
    rig.end(half);
    rig.end(small);
    expect(rig.started).toEqual(["t0", "t2", "t1"]);
  });

  it("holds up the rest of a group that keeps its order, and nobody else", () => {
    const rig = new SchedulerRig({ cpu: 4 });
    const group = makeGroup("g", 9, true);
    const busy = rig.task({ cores: 2 });
    const [first, second] = [rig.task({ group, cores: 4 }), rig.task({ group })];
    rig.submit(busy, first, second, rig.task());
    expect(rig.started).toEqual(["t0", "t3"]);
    rig.cancel(first);
    expect(rig.started).toEqual(["t0", "t3", "t2"]);
    expect(group).toMatchObject({ heldBy: null, running: 1 });
  });

  it("keeps a group within its limit and its tasks in order", () => {
    const rig = new SchedulerRig({ limit: 9 });
    const group = makeGroup("g", 2, false);
    const tasks = Array.from({ length: 5 }, () => rig.task({ group }));
    rig.submit(...tasks);
    expect(rig.started).toEqual(["t0", "t1"]);
    for (const task of tasks) rig.end(task);
    expect(rig.started).toEqual(["t0", "t1", "t2", "t3", "t4"]);
    expect(group.running).toBe(0);
  });

  it("fails a task at once whose demand can never fit", () => {
    const rig = new SchedulerRig({ cpu: 4 });
    const task = rig.task({ cores: 5, maxRetries: 3 });
    rig.submit(task);
    expect(task).toMatchObject({
      status: "failed",
      attempt: 0,
      failure: { code: "RESOURCE_UNAVAILABLE", retryable: false },
    });
  });

  it("fails what can never get its resources while every place is taken, and not before it may start things", () => {
    const rig = new SchedulerRig({ limit: 1, cpu: 8 });
    rig.submit(rig.task());
    const behind = rig.task({ cores: 9 });
    rig.submit(behind);
    expect([behind.status, behind.failure?.code]).toEqual(["failed", "RESOURCE_UNAVAILABLE"]);
    rig.scheduler.stop();
    const early = rig.task({ cores: 16 });
    const hopeless = rig.task({ cores: 17 });
    rig.submit(early, hopeless);
    expect([early.status, hopeless.status]).toEqual(["ready", "ready"]);
    rig.ledger.setCapacity("cpu", { cores: 16 }, 0);
    rig.scheduler.resume();
    rig.turn();
    expect([early.status, hopeless.status, rig.scheduler.unfinished]).toEqual(["ready", "failed", 2]);
  });

  it("fails a task that has waited for its resources as long as it may, and lets go of its place in the queue", () => {
    const rig = new SchedulerRig();
    const [reader, writer] = [rig.task({ lock: "read" }), rig.task({ lock: "write", waitTimeoutMs: 50 })];
    const later = rig.task({ lock: "read" });
    rig.submit(reader);
    const turn = rig.submit(writer, later);
    expect(rig.started).toEqual(["t0"]);
    const input = turn.commands.flatMap((command) => (command.type === "post_later" ? [command] : []))[0];
    expect(input).toMatchObject({ delayMs: 50, input: { type: "wait_over" } });
    rig.turn((next) => rig.scheduler.waitOver(writer, writer.sequence, next));
    expect(writer).toMatchObject({
      status: "failed",
      failure: { code: "RESOURCE_UNAVAILABLE", details: { lacks: ["file"] } },
    });
    expect(rig.started).toEqual(["t0", "t2"]);
  });

  it("reports a timeout at once and keeps place and grant until the code has returned", () => {
    const rig = new SchedulerRig({ limit: 1 });
    const [task, next] = [rig.task({ timeoutMs: 10, cores: 3 }), rig.task()];
    rig.submit(task, next);
    rig.at += 10;
    const turn = rig.turn((now) => rig.scheduler.attemptTimedOut(task, 1, now));
    expect(turn.commands.map(({ type }) => type)).toContain("abort");
    expect(task).toMatchObject({ status: "timeout", executionMs: 10, failure: { code: "TIMEOUT_EXCEEDED" } });
    expect([rig.started.length, rig.used]).toEqual([1, 3]);
    rig.end(task, OK);
    expect([rig.started.length, rig.used, task.status]).toEqual([2, 0, "timeout"]);
  });

  it("retries a timeout only when the code has returned, so that attempts never overlap", () => {
    const rig = new SchedulerRig();
    const task = rig.task({ timeoutMs: 10, maxRetries: 1 });
    rig.submit(task);
    rig.turn((turn) => rig.scheduler.attemptTimedOut(task, 1, turn));
    expect(task).toMatchObject({ status: "running", attempt: 1, attemptRunning: true });
    rig.end(task, OK);
    expect(task).toMatchObject({ status: "running", attempt: 1, attemptRunning: false, failures: 1 });
    rig.turn((turn) => rig.scheduler.retryDue(task, 1, turn));
    expect(task).toMatchObject({ attempt: 2, attemptRunning: true });
  });

  it("gives a task up whose code does not return in time after it was told to, and keeps its place till it does", () => {
    const rig = new SchedulerRig({ limit: 1, stopGraceMs: 50 });
    const [task, next] = [rig.task({ timeoutMs: 10, maxRetries: 1, cores: 3 }), rig.task()];
    rig.submit(task, next);
    rig.at += 10;
    const turn = rig.turn((now) => rig.scheduler.attemptTimedOut(task, 1, now));
    expect(turn.commands.map(({ type }) => type)).toEqual(["abort", "post_later"]);
    expect(turn.commands[1]).toMatchObject({ delayMs: 50, input: { type: "grace_over", attempt: 1 } });
    rig.at += 50;
    rig.turn((now) => rig.scheduler.graceOver(task, 1, now));
    expect(task).toMatchObject({
      status: "timeout",
      failures: 1,
      attempt: 1,
      executionMs: 60,
      failure: { code: "TIMEOUT_EXCEEDED", details: { task: "t0", timeout_ms: 10, grace_ms: 50 } },
    });
    expect([rig.started, rig.ended, rig.used]).toEqual([["t0"], ["t0"], 3]);
    rig.end(task, OK);
    expect([rig.started, rig.used, task.status]).toEqual([["t0", "t1"], 0, "timeout"]);
  });

  it("has the time of stopping undone by a retry, a cancel and an end, and a late word of it ignored", () => {
    const rig = new SchedulerRig();
    const [task, other] = [1, 1].map((maxRetries) => rig.task({ timeoutMs: 10, maxRetries }));
    if (!task || !other) throw new Error("two tasks");
    rig.submit(task, other);
    for (const each of [task, other]) {
      expect(rig.timers.get(each)).toBeUndefined();
      rig.turn((turn) => rig.scheduler.attemptTimedOut(each, 1, turn));
      expect(rig.timers.get(each)).toMatchObject({ type: "grace_over", attempt: 1 });
    }
    rig.cancel(other);
    rig.end(task, OK);
    expect([...rig.timers]).toMatchObject([[{ spec: { id: "t0" } }, { type: "retry_due" }]]);
    rig.turn((turn) => rig.scheduler.graceOver(task, 1, turn));
    expect(task).toMatchObject({ status: "running", attemptRunning: false, failures: 1 });
    rig.turn((turn) => rig.scheduler.retryDue(task, 1, turn));
    for (const attempt of [1, 2]) rig.turn((turn) => rig.scheduler.graceOver(task, attempt, turn));
    expect(task).toMatchObject({ status: "running", attempt: 2, attemptRunning: true });
  });

  it("starts nothing after its deadline, also what has waited for a lock, and holds nobody up with it", () => {
    const rig = new SchedulerRig();
    const failure = failureOf(new Error("over"));
    const [holder, writer, reader, late] = (["read", "write", "read", "read"] as const).map((lock) =>
      rig.task({ lock, maxRetries: 1 }),
    );
    if (!holder || !writer || !reader || !late) throw new Error("four tasks");
    writer.deadline = { atMs: rig.at + 10, failure };
    holder.deadline = { atMs: rig.at + 1, failure };
    late.deadline = { atMs: rig.at + 10, failure };
    rig.submit(holder, writer, reader);
    rig.at += 10;
    rig.submit(late);
    expect([rig.started, rig.ended]).toEqual([["t0"], []]);
    rig.end(holder, BAD);
    expect([rig.started, rig.ended]).toEqual([
      ["t0", "t2"],
      ["t1", "t3"],
    ]);
    expect([writer, late]).toMatchObject([1, 2].map(() => ({ status: "timeout", attempt: 0, failure })));
    rig.turn((turn) => rig.scheduler.retryDue(holder, 1, turn));
    expect(holder).toMatchObject({ status: "timeout", attempt: 1, failure });
    rig.end(reader);
    expect(rig.scheduler).toMatchObject({ running: 0, unfinished: 0 });
  });

  it("undoes the timer of a retry that is cancelled, and does not start it", () => {
    const rig = new SchedulerRig();
    const task = rig.task({ maxRetries: 1 });
    rig.submit(task);
    rig.end(task, BAD);
    expect(rig.cancel(task).commands.map(({ type }) => type)).toContain("post_nothing");
    rig.turn((turn) => rig.scheduler.retryDue(task, 1, turn));
    expect(task).toMatchObject({ status: "cancelled", attempt: 1 });
  });

  it("ignores the word of an older attempt", () => {
    const rig = new SchedulerRig();
    const task = rig.task({ maxRetries: 1 });
    rig.submit(task);
    rig.end(task, BAD);
    rig.turn((turn) => rig.scheduler.retryDue(task, 1, turn));
    rig.turn((turn) =>
      rig.scheduler.attemptEnded({ task, attempt: 1, outcome: OK, durationMs: 0, chance: 0 }, turn),
    );
    expect(task).toMatchObject({ attempt: 2, attemptRunning: true, status: "running" });
  });

  it("starts nothing while it is stopped, and what was ready when it goes on", () => {
    const rig = new SchedulerRig();
    rig.scheduler.stop();
    rig.submit(rig.task());
    expect(rig.started).toEqual([]);
    rig.scheduler.resume();
    rig.turn();
    expect(rig.started).toEqual(["t0"]);
  });

  it("looks at a bounded number of tasks and says whether some are left", () => {
    const rig = new SchedulerRig({ limit: 100 });
    rig.scheduler.stop();
    rig.submit(...Array.from({ length: 5 }, () => rig.task()));
    rig.scheduler.resume();
    const left: boolean[] = [];
    const turn = rig.turn((now) => left.push(rig.scheduler.admit(now, 3), rig.scheduler.admit(now, 3)));
    expect(left).toEqual([true, false]);
    expect(turn.commands.filter(({ type }) => type === "start")).toHaveLength(5);
  });
});
