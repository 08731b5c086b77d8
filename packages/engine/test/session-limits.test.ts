import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { ManualClock } from "@orch/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OrchestrationEngine } from "../src/index.ts";
import { recordedIn } from "./recorded.ts";

let baseDir: string;
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), "orch-sessions-"));
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

const recorded = (options: Parameters<typeof recordedIn>[1] = {}) => recordedIn(baseDir, options);

/** Whatever could go on has. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
}

const end = (engine: OrchestrationEngine, id: string) => engine.workflowManager.waitForExecution(id);

describe("the workflows of a session", () => {
  it("run so many at once, whoever has started them, the others in their order", async () => {
    const rig = recorded({ maxWorkers: 8 });
    await using engine = rig.engine;
    for (const name of ["a", "b", "c", "d"]) rig.flow(name, 2);
    const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1 });
    const ids = [await engine.workflowManager.startWorkflow("a", {}, { sessionId })];
    const run = engine.executeWorkflow("b", {}, sessionId);
    ids.push(await engine.workflowManager.startWorkflow("c", {}, { sessionId }));
    const started = await engine.startInSession(engine.workflowManager.findWorkflow("d"), {}, { sessionId });
    for (let many = 2; many <= 8; many += 2) {
      await rig.whenBegun(many);
      await settled();
      expect(rig.began).toHaveLength(many);
      rig.open();
    }
    expect((await run).success).toBe(true);
    for (const id of [...ids, started.executionId]) expect((await end(engine, id))?.success).toBe(true);
    await started.ended;
    expect(rig.began.map((name) => name[0]).join("")).toBe("aabbccdd");
  });

  it("run so many at once in all processes together", async () => {
    const [one, two] = [recorded({ persist: true }), recorded({ persist: true })];
    await using first = one.engine;
    await using second = two.engine;
    for (const rig of [one, two]) rig.flow("flow", 1);
    const sessionId = first.createSession("alice", { maxParallelWorkflows: 1 });
    const run = first.executeWorkflow("flow", {}, sessionId);
    await one.whenBegun(1);
    const id = await second.workflowManager.startWorkflow("flow", {}, { sessionId });
    await settled();
    expect(two.began).toEqual([]);
    const { workflowManager } = first;
    expect(workflowManager.standingOf(id)).toBe("pending");
    expect(workflowManager.getExecution(id)?.parked).toMatchObject({ reason: "session" });
    expect(workflowManager.why(id)).toMatchObject([{ step: "s0", reason: "place" }]);
    one.open();
    expect((await run).success).toBe(true);
    await two.whenBegun(1);
    expect(workflowManager.getExecution(id)?.parked).toBeNull();
    two.open();
    expect((await end(second, id))?.success).toBe(true);
    expect(first.taskOrchestrator.runtime.store.list("usage/")).toEqual([]);
  });

  it("count when they are taken over, and what waited in a process that is gone still gets its turn", async () => {
    const before = recorded({ persist: true });
    before.flow("one", 1);
    before.flow("two", 1);
    const sessionId = before.engine.createSession("alice", { maxParallelWorkflows: 1 });
    const { workflowManager } = before.engine;
    const ids = [
      await workflowManager.startWorkflow("one", {}, { sessionId }),
      await workflowManager.startWorkflow("two", {}, { sessionId }),
    ];
    await before.whenBegun(1);
    await before.engine.shutdown();
    const rig = recorded({ persist: true });
    await using engine = rig.engine;
    rig.flow("three", 1);
    expect(await engine.recover()).toMatchObject({ sessions: 1, failed: [] });
    ids.push(await engine.workflowManager.startWorkflow("three", {}, { sessionId }));
    for (let many = 1; many <= 3; many++) {
      await rig.whenBegun(many);
      await settled();
      expect(rig.began).toHaveLength(many);
      rig.open();
    }
    for (const id of ids) expect((await end(engine, id))?.success).toBe(true);
    expect(rig.began).toEqual(["one/0", "two/0", "three/0"]);
  });

  it("have room for those that they run as their steps", async () => {
    const rig = recorded();
    await using engine = rig.engine;
    rig.flow("inner", 1);
    const steps = [{ name: "sub", module: "workflow", action: "run", parameters: { workflow: "inner" } }];
    engine.workflowManager.createWorkflow("outer", steps, false);
    const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1 });
    const run = engine.executeWorkflow("outer", {}, sessionId);
    await rig.whenBegun(1);
    rig.open();
    expect(await run).toMatchObject({ success: true });
  });

  it("do not spend their own time while they wait for their turn, nor does what they take count it", async () => {
    const clock = new ManualClock();
    const rig = recorded({ clock });
    await using engine = rig.engine;
    for (const name of ["a", "b"]) rig.flow(name, 1);
    const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1 });
    const first = engine.executeWorkflow("a", {}, sessionId);
    await rig.whenBegun(1);
    const second = engine.executeWorkflow("b", {}, { sessionId, timeoutMs: 1000 });
    await settled();
    clock.advance(5000);
    await settled();
    rig.open();
    expect(await first).toMatchObject({ success: true, execution_time: 5 });
    await rig.whenBegun(2);
    clock.advance(999);
    await settled();
    expect(engine.getSession(sessionId)?.history).toHaveLength(1);
    clock.advance(1);
    expect(await second).toMatchObject({ error_code: "TIMEOUT_EXCEEDED" });
  });

  it("end where they wait when they are cancelled, and tell that they began before they ended", async () => {
    const rig = recorded();
    await using engine = rig.engine;
    for (const name of ["a", "b", "c"]) rig.flow(name, 1);
    const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1 });
    const { workflowManager } = engine;
    await workflowManager.startWorkflow("a", {}, { sessionId });
    await rig.whenBegun(1);
    const id = await workflowManager.startWorkflow("b", {}, { sessionId });
    const last = await workflowManager.startWorkflow("c", {}, { sessionId });
    expect([...workflowManager.storedEvents(id)]).toEqual([]);
    expect(await workflowManager.requestCancel(id)).toBe(true);
    expect((await end(engine, id))?.status).toBe("cancelled");
    rig.open();
    await rig.whenBegun(2);
    rig.open();
    expect((await end(engine, last))?.success).toBe(true);
    expect(rig.began).toEqual(["a/0", "c/0"]);
  });

  it("can be paused while they wait for their turn, which they lose by that", async () => {
    const rig = recorded();
    await using engine = rig.engine;
    for (const name of ["a", "b", "c"]) rig.flow(name, 1);
    const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1 });
    const { workflowManager } = engine;
    const [, b, c] = [
      await workflowManager.startWorkflow("a", {}, { sessionId }),
      await workflowManager.startWorkflow("b", {}, { sessionId }),
      await workflowManager.startWorkflow("c", {}, { sessionId }),
    ];
    await rig.whenBegun(1);
    await workflowManager.pauseExecution(b);
    expect(workflowManager.standingOf(b)).toBe("paused");
    rig.open();
    await rig.whenBegun(2);
    await workflowManager.resumeExecution(b);
    expect(workflowManager.standingOf(b)).toBe("pending");
    rig.open();
    expect((await end(engine, c))?.success).toBe(true);
    await rig.whenBegun(3);
    rig.open();
    expect((await end(engine, b))?.success).toBe(true);
    expect(rig.began).toEqual(["a/0", "c/0", "b/0"]);
  });

  it("get their turn also where the one before them in the queue is paused and another process has the place", async () => {
    const [one, two] = [recorded({ persist: true }), recorded({ persist: true })];
    await using first = one.engine;
    await using second = two.engine;
    for (const rig of [one, two]) for (const name of ["a", "b", "c"]) rig.flow(name, 1);
    const sessionId = first.createSession("alice", { maxParallelWorkflows: 1 });
    const run = first.executeWorkflow("a", {}, sessionId);
    await one.whenBegun(1);
    const { workflowManager } = second;
    const b = await workflowManager.startWorkflow("b", {}, { sessionId });
    const c = await workflowManager.startWorkflow("c", {}, { sessionId });
    await workflowManager.pauseExecution(b);
    one.open();
    expect((await run).success).toBe(true);
    await two.whenBegun(1);
    two.open();
    expect((await end(second, c))?.success).toBe(true);
    expect(two.began).toEqual(["c/0"]);
  });

  it("begin when their turn comes, also after they were paused before that", async () => {
    const clock = new ManualClock();
    const rig = recorded({ clock });
    await using engine = rig.engine;
    for (const name of ["a", "b"]) rig.flow(name, 1);
    const { workflowManager } = engine;
    const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1 });
    const run = engine.executeWorkflow("a", {}, sessionId);
    await rig.whenBegun(1);
    const id = await workflowManager.startWorkflow("b", {}, { sessionId });
    await workflowManager.pauseExecution(id);
    clock.advance(5000);
    rig.open();
    expect((await run).success).toBe(true);
    engine.pauseSession(sessionId);
    await workflowManager.resumeExecution(id);
    await settled();
    expect([rig.began, workflowManager.standingOf(id)]).toEqual([["a/0"], "pending"]);
    engine.resumeSession(sessionId);
    await rig.whenBegun(2);
    rig.open();
    const ended = await end(engine, id);
    expect([ended?.success, ended?.executionTimeMs]).toEqual([true, 0]);
    const types = workflowManager.storedEvents(id).map(({ type }) => type);
    expect([types[0], types.at(-1)]).toEqual(["workflow_started", "workflow_completed"]);
    expect(types).not.toContain("workflow_paused");
  });

  it("are ended when they go on after a pause and their session was closed meanwhile", async () => {
    const before = recorded({ persist: true });
    before.flow("flow", 1);
    await using other = recorded({ persist: true }).engine;
    const sessionId = other.createSession("alice", { maxParallelWorkflows: 1 });
    other.pauseSession(sessionId);
    const { workflowManager, taskOrchestrator } = before.engine;
    const id = await workflowManager.startWorkflow("flow", {}, { sessionId });
    await workflowManager.pauseExecution(id);
    const { store } = taskOrchestrator.runtime;
    // As where the request to end it has not come.
    store.transact((tx) => {
      tx.put(`closed_sessions/${sessionId}`, tx.get(`sessions/${sessionId}`) ?? {});
      tx.delete(`sessions/${sessionId}`);
    });
    await workflowManager.resumeExecution(id);
    expect((await end(before.engine, id))?.status).toBe("cancelled");
    await before.engine.shutdown();
    expect(before.began).toEqual([]);
  });
});

describe("a session that ends", () => {
  it("ends what waits for its turn in it, here and in other processes", async () => {
    const [one, two] = [recorded({ persist: true }), recorded({ persist: true })];
    await using first = one.engine;
    await using second = two.engine;
    for (const rig of [one, two]) rig.flow("flow", 1);
    const sessionId = first.createSession("alice", { maxParallelWorkflows: 1 });
    const runs = [first.executeWorkflow("flow", {}, sessionId)];
    await one.whenBegun(1);
    runs.push(first.executeWorkflow("flow", {}, sessionId), second.executeWorkflow("flow", {}, sessionId));
    await settled();
    expect(first.closeSession(sessionId)).toBe(true);
    for (const { error_code } of await Promise.all(runs)) expect(error_code).toBe("SESSION_ERROR");
    expect([one.began, two.began]).toEqual([["flow/0"], []]);
    await settled();
    const { ledger, store } = first.taskOrchestrator.runtime;
    expect([ledger.has(`orch:session_runs:${sessionId}`), store.list("usage/")]).toEqual([false, []]);
  });

  it("ends what a process that is gone has left in it, also where the store is busy as its own one leaves", async () => {
    const [closing, gone] = [recorded({ persist: true }), recorded({ persist: true })];
    const sessionId = closing.engine.createSession("alice", { maxParallelTasks: 1 });
    const taskIds = Array.from({ length: 20 }, (_, at) =>
      gone.engine.submitTask({ module: "rec", action: "slow", parameters: { name: String(at) }, sessionId }),
    );
    await gone.whenBegun(1);
    await gone.engine.shutdown({ keepSessions: true });
    const locking = new DatabaseSync(join(baseDir, ".workflows", "state.db"));
    locking.exec("BEGIN IMMEDIATE");
    closing.engine.closeSession(sessionId);
    const left = closing.engine.shutdown({ keepSessions: true });
    await settled();
    locking.exec("ROLLBACK");
    locking.close();
    await left;
    const rig = recorded({ persist: true });
    await using engine = rig.engine;
    expect((await engine.recover()).tasks).toHaveLength(20);
    await engine.taskOrchestrator.waitForCompletion({ taskIds });
    const statuses = taskIds.map((id) => engine.taskOrchestrator.getTaskStatus(id));
    expect([new Set(statuses), rig.began]).toEqual([new Set(["cancelled"]), []]);
  });

  it("ends what nobody waits for in processes that find it closed, where nobody has asked for that", async () => {
    const clock = new ManualClock();
    const rig = recorded({ persist: true, clock });
    await using engine = rig.engine;
    rig.flow("flow", 1);
    const sessionId = engine.createSession("alice", { maxParallelTasks: 1 });
    const taskId = engine.submitTask({
      module: "rec",
      action: "slow",
      parameters: { name: "task" },
      sessionId,
    });
    await rig.whenBegun(1);
    const id = await engine.workflowManager.startWorkflow("flow", {}, { sessionId });
    await using other = recorded({ persist: true }).engine;
    const { store } = other.taskOrchestrator.runtime;
    store.transact((tx) => {
      tx.put(`closed_sessions/${sessionId}`, tx.get(`sessions/${sessionId}`) ?? {});
      tx.delete(`sessions/${sessionId}`);
    });
    clock.advance(250);
    expect((await end(engine, id))?.status).toBe("cancelled");
    await engine.taskOrchestrator.waitForCompletion({ taskIds: [taskId] });
    expect([engine.taskOrchestrator.getTaskStatus(taskId), rig.began]).toEqual(["cancelled", ["task"]]);
  });

  it("begins nothing that waited in it in a process that is gone", async () => {
    const before = recorded({ persist: true });
    before.flow("flow", 1);
    const sessionId = before.engine.createSession("alice", { maxParallelWorkflows: 1 });
    const { workflowManager, taskOrchestrator } = before.engine;
    await workflowManager.startWorkflow("flow", {}, { sessionId });
    const id = await workflowManager.startWorkflow("flow", {}, { sessionId });
    await before.whenBegun(1);
    // As after a crash right behind the end of the session, when nothing of it is cancelled yet.
    const { store } = taskOrchestrator.runtime;
    store.transact((tx) => {
      tx.put(`closed_sessions/${sessionId}`, tx.get(`sessions/${sessionId}`) ?? {});
      tx.delete(`sessions/${sessionId}`);
    });
    await before.engine.shutdown({ keepSessions: true });
    const rig = recorded({ persist: true });
    await using engine = rig.engine;
    await engine.recover();
    expect((await end(engine, id))?.status).toBe("cancelled");
    await rig.whenBegun(1);
    rig.open();
    await settled();
    expect(rig.began).toEqual(["flow/0"]);
  });

  it("ends what waits in it when its time is over, also while it is paused", async () => {
    const clock = new ManualClock();
    const rig = recorded({ clock });
    await using engine = rig.engine;
    rig.flow("flow", 1);
    const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1, timeoutMs: 1000 });
    const runs = [
      engine.executeWorkflow("flow", {}, sessionId),
      engine.executeWorkflow("flow", {}, sessionId),
    ];
    await rig.whenBegun(1);
    engine.pauseSession(sessionId);
    clock.jumpTo(clock.now() - 3_600_000);
    clock.advance(1000);
    for (const { error_code } of await Promise.all(runs)) expect(error_code).toBe("TIMEOUT_EXCEEDED");
    expect(engine.listSessions()).toEqual([]);
  });
});

it("an execution that is resumed by hand waits for its turn as a new one does", async () => {
  const rig = recorded();
  await using engine = rig.engine;
  rig.flow("flow", 1);
  const { workflowManager } = engine;
  const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1 });
  const id = await workflowManager.startWorkflow("flow", {}, { sessionId });
  await rig.whenBegun(1);
  workflowManager.cancelExecution(id);
  await end(engine, id);
  const run = engine.executeWorkflow("flow", {}, sessionId);
  await rig.whenBegun(2);
  await workflowManager.resumeExecution(id);
  await settled();
  expect([rig.began.length, workflowManager.standingOf(id)]).toEqual([2, "pending"]);
  rig.open();
  expect((await run).success).toBe(true);
  await rig.whenBegun(3);
  rig.open();
  expect((await end(engine, id))?.success).toBe(true);
});

describe("a session that is paused", () => {
  it.each(["by its own process", "by another one"])(
    "starts nothing of what waits in it, and goes on with what runs: %s",
    async (who) => {
      const rig = recorded({ persist: true, maxWorkers: 8 });
      await using engine = rig.engine;
      await using other = recorded({ persist: true }).engine;
      const by = who === "by another one" ? other : engine;
      engine.workflowManager.createWorkflow(
        "a",
        ["one", "two"].map((name, at) => ({
          ...{ name, module: "rec", action: "slow", parameters: { name: `a/${name}` } },
          dependencies: at === 0 ? [] : ["one"],
        })),
        false,
      );
      rig.flow("b", 1);
      const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1, maxParallelTasks: 1 });
      const run = engine.executeWorkflow("a", {}, sessionId);
      await rig.whenBegun(1);
      const next = engine.executeWorkflow("b", {}, sessionId);
      const task = engine.executeTask(
        { module: "rec", action: "slow", parameters: { name: "task" } },
        sessionId,
      );
      await settled();
      expect(by.pauseSession(sessionId)).toBe(true);
      if (by === other) while (engine.getSession(sessionId)?.status !== "paused") await setImmediate();
      rig.open();
      await rig.whenBegun(2);
      rig.open();
      expect((await run).success).toBe(true);
      await settled();
      expect(rig.began).toEqual(["a/one", "a/two"]);
      expect(by.resumeSession(sessionId)).toBe(true);
      await rig.whenBegun(3);
      rig.open();
      await rig.whenBegun(4);
      rig.open();
      expect([(await next).success, (await task).success]).toEqual([true, true]);
    },
  );

  it("is heeded by a process that has taken its work over while another one keeps it", async () => {
    const clock = new ManualClock();
    const before = recorded({ persist: true });
    before.flow("flow", 1);
    await using keeper = recorded({ persist: true }).engine;
    const sessionId = keeper.createSession("alice", { maxParallelTasks: 1, maxParallelWorkflows: 1 });
    keeper.pauseSession(sessionId);
    await before.engine.workflowManager.startWorkflow("flow", {}, { sessionId });
    await before.engine.shutdown({ keepSessions: true });
    const rig = recorded({ persist: true, clock });
    await using engine = rig.engine;
    await engine.recover();
    await settled();
    expect(rig.began).toEqual([]);
    keeper.resumeSession(sessionId);
    clock.advance(250);
    await rig.whenBegun(1);
    rig.open();
  });

  it("is heeded by the process that has taken it over", async () => {
    const clock = new ManualClock();
    const before = recorded({ persist: true });
    const sessionId = before.engine.createSession("alice", { maxParallelTasks: 1 });
    for (const name of ["one", "two"])
      before.engine.submitTask({ module: "rec", action: "slow", parameters: { name }, sessionId });
    await before.whenBegun(1);
    await before.engine.shutdown();
    const rig = recorded({ persist: true, clock });
    await using engine = rig.engine;
    expect(await engine.recover()).toMatchObject({ sessions: 1 });
    await rig.whenBegun(1);
    await using other = recorded({ persist: true }).engine;
    other.pauseSession(sessionId);
    clock.advance(250);
    rig.open();
    await settled();
    expect(rig.began).toHaveLength(1);
    other.resumeSession(sessionId);
    clock.advance(250);
    await rig.whenBegun(2);
    rig.open();
  });
});
