import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ManualClock } from "@orch/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type JsonObject, OrchestrationEngine } from "../src/index.ts";
import { recordedIn } from "./recorded.ts";

let baseDir: string;
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), "orch-sessions-"));
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

const recorded = (options: Parameters<typeof recordedIn>[1] = {}) => recordedIn(baseDir, options);

describe("sessions", () => {
  it("are made with what is asked for, or not at all (ENG-02)", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    const id = engine.createSession("alice", {
      mode: "parallel",
      maxParallelTasks: 16,
      maxParallelWorkflows: 8,
      timeoutMs: 300_000,
      metadata: { env: "test" },
      resourceRequirements: { gpu: 1 },
    });
    expect(engine.getSession(id)).toMatchObject({
      userId: "alice",
      mode: "parallel",
      maxParallelTasks: 16,
      maxParallelWorkflows: 8,
      timeoutMs: 300_000,
      metadata: { env: "test" },
      resourceRequirements: { gpu: 1 },
    });
    expect(engine.createSession("s", "parallel")).toMatchObject({ name: "s", mode: "parallel" });
    const before = engine.listSessions().length;
    const wrong = [
      { mode: "turbo" },
      { maxParallelTasks: 0 },
      { maxParallelWorkflows: 0 },
      { timeoutMs: 0 },
      { timeoutMs: 1e300 },
      { maxParalelTasks: 3 },
      { metadata: 3 },
    ];
    for (const options of wrong)
      expect(() => engine.createSession("bob", options as never)).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
    expect(engine.listSessions()).toHaveLength(before);
    expect(new Set(Array.from({ length: 5 }, () => engine.createSession())).size).toBe(5);
  });

  it("are for the system where only options are given, however that is said", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    const made = { userId: "system", maxParallelTasks: 3 };
    expect(engine.getSession(engine.createSession(undefined, { maxParallelTasks: 3 }))).toMatchObject(made);
    expect(engine.getSession(engine.createSession({ maxParallelTasks: 3 }))).toMatchObject(made);
    for (const options of [null, 5])
      expect(() => engine.createSession("alice", options as never)).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
  });

  it("end when they are closed, once (ENG-04)", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const told: JsonObject[] = [];
    engine.registerEventHandler("session_closed", (_, data) => told.push(data));
    const id = engine.createSession("alice");
    const held = engine.getSession(id);
    expect(engine.closeSession(id)).toBe(true);
    expect(told).toEqual([{ session_id: id, user_id: "alice", status: "completed" }]);
    expect(held).toMatchObject({ status: "completed", completedAt: expect.any(Date) });
    expect([engine.getSession(id), engine.closeSession(id), engine.listSessions()]).toEqual([
      null,
      false,
      [],
    ]);
    expect(engine.listSessions({ includeClosed: true })).toMatchObject([
      { sessionId: id, status: "completed" },
    ]);
  });

  it("tell handlers in their order, also when one throws (ENG-05)", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const told: unknown[][] = [];
    engine.registerEventHandler("session_created", (...all) => told.push(["first", ...all]));
    engine.registerEventHandler("session_created", () => {
      throw new Error("bad handler");
    });
    const stop = engine.registerEventHandler("session_created", (...all) => told.push(["third", ...all]));
    const id = engine.createSession("alice");
    const meta = { timestamp: expect.any(String), sequence: expect.any(Number) };
    const data = { session_id: id, user_id: "alice" };
    expect(told).toEqual([
      ["first", "session_created", data, meta],
      ["third", "session_created", data, meta],
    ]);
    expect(engine.getSystemStatus()["orchestration_engine"]).toMatchObject({
      event_handlers: { session_created: 3 },
    });
    stop();
    stop();
    engine.createSession();
    expect(told).toHaveLength(3);
    expect(engine.getSystemStatus()["orchestration_engine"]).toMatchObject({
      event_handlers: { session_created: 2 },
    });
  });

  it("are told to all handlers under the same number", async () => {
    await using engine = new OrchestrationEngine({ baseDir, persist: false });
    const told: number[] = [];
    for (const event of ["session_created", "*"])
      engine.registerEventHandler(event, (_, __, { sequence }) => told.push(sequence));
    engine.createSession();
    engine.createSession();
    expect(told).toEqual([1, 1, 2, 2]);
  });

  it("are known to what runs in them, with what was done before", async () => {
    await using engine = recorded().engine;
    const id = engine.createSession("alice", { metadata: { a: 1 } });
    await engine.executeTask({ module: "core", action: "echo", name: "before" }, id);
    const { result } = await engine.executeTask({ module: "rec", action: "context" }, id);
    const seen = {
      session: { sessionId: id, userId: "alice", mode: "resource_aware", metadata: { a: 1 } },
      sessionId: id,
      history: [
        { type: "task", name: "before", id: expect.any(String), success: true, at: expect.any(String) },
      ],
    };
    expect(result?.["data"]).toEqual(seen);
    engine.workflowManager.createWorkflow("look", [{ name: "a", module: "rec", action: "context" }], false);
    const outcome = await engine.executeWorkflow("look", { x: 1 }, id);
    expect(outcome.results["a"]?.["output"]).toMatchObject({ session: seen.session, sessionId: id });
    expect(engine.getSession(id)).toMatchObject({ status: "active", parameters: { x: 1 } });
    expect(engine.getSession(id)?.history.map(({ type }) => type)).toEqual(["task", "task", "workflow"]);
  });

  it.each([
    [{ maxParallelTasks: 2 }, 2],
    [{ mode: "sequential", maxParallelTasks: 5 }, 1],
  ] as const)("run no more at once than %j says, all together (ENG-13)", async (options, limit) => {
    const rig = recorded({ maxWorkers: 8 });
    await using engine = rig.engine;
    rig.flow("one", 6);
    rig.flow("two", 3);
    const id = engine.createSession("alice", options);
    const runs = [engine.executeWorkflow("one", {}, id), engine.executeWorkflow("two", {}, id)];
    const task = engine.executeTask({ module: "rec", action: "slow", parameters: { name: "task" } }, id);
    for (let done = 0; done < 10; done += limit) {
      await rig.whenBegun(Math.min(10, done + limit));
      rig.open();
    }
    expect((await Promise.all(runs)).map(({ success }) => success)).toEqual([true, true]);
    expect((await task).success).toBe(true);
    expect(rig.most()).toBe(limit);
  });

  it("run so many workflows at once, the others in their order", async () => {
    const rig = recorded({ maxWorkers: 8 });
    await using engine = rig.engine;
    for (const name of ["a", "b", "c"]) rig.flow(name, 1);
    const id = engine.createSession("alice", { maxParallelWorkflows: 1 });
    const runs = ["a", "b", "c"].map((name) => engine.executeWorkflow(name, {}, id));
    for (let many = 1; many <= 3; many++) {
      await rig.whenBegun(many);
      expect(rig.most()).toBe(1);
      rig.open();
    }
    await Promise.all(runs);
    expect(rig.began).toEqual(["a/0", "b/0", "c/0"]);
  });

  it("let go what gives up while it waits for its turn", async () => {
    const rig = recorded();
    await using engine = rig.engine;
    for (const name of ["a", "b", "c"]) rig.flow(name, 1);
    const sessionId = engine.createSession("alice", { maxParallelWorkflows: 1 });
    const first = engine.executeWorkflow("a", {}, sessionId);
    await rig.whenBegun(1);
    const controller = new AbortController();
    const second = engine.executeWorkflow("b", {}, { sessionId, signal: controller.signal });
    const third = engine.executeWorkflow("c", {}, sessionId);
    controller.abort();
    expect(await second).toMatchObject({ success: false, error_code: "CANCELLED", results: {} });
    expect(await engine.executeWorkflow("b", {}, { signal: controller.signal })).toMatchObject({
      error_code: "CANCELLED",
    });
    expect(engine.listSessions()).toHaveLength(1);
    rig.open();
    await rig.whenBegun(2);
    rig.open();
    expect([(await first).success, (await third).success]).toEqual([true, true]);
    expect(rig.began).toEqual(["a/0", "c/0"]);
  });

  it("refuse work while they are paused, and go on with what runs", async () => {
    const rig = recorded();
    await using engine = rig.engine;
    rig.flow("one", 1);
    const id = engine.createSession();
    const run = engine.executeWorkflow("one", {}, id);
    await rig.whenBegun(1);
    expect(engine.pauseSession(id)).toBe(true);
    expect(await engine.executeWorkflow("one", {}, id)).toMatchObject({
      error_code: "SESSION_ERROR",
      session_id: id,
    });
    expect(() => engine.submitTask({ module: "core", action: "echo", sessionId: id })).toThrow(
      expect.objectContaining({ code: "SESSION_ERROR" }),
    );
    rig.open();
    expect((await run).success).toBe(true);
    expect(engine.resumeSession(id)).toBe(true);
    const again = engine.executeWorkflow("one", {}, id);
    await rig.whenBegun(2);
    rig.open();
    expect((await again).success).toBe(true);
    expect([engine.pauseSession("nope"), engine.resumeSession("nope")]).toEqual([false, false]);
  });

  it("abort what runs in them when they end, and hold nothing then", async () => {
    const rig = recorded({ maxWorkers: 8 });
    await using engine = rig.engine;
    engine.resourceManager.addResource({ id: "seat", type: "custom", capacity: { units: 2 } });
    rig.flow("one", 2);
    const id = engine.createSession("alice", { resourceRequirements: { seat: { units: 2 } } });
    const free = () => engine.resourceManager.getAvailableCapacity("seat");
    expect(free()).toBe(2);
    const run = engine.executeWorkflow("one", {}, id);
    const task = engine.executeTask({ module: "rec", action: "slow", maxRetries: 0 }, id);
    await rig.whenBegun(3);
    expect(free()).toBe(0);
    const freed = new Promise((done) => engine.registerEventHandler("resource_released", done));
    expect(engine.cancelSession(id)).toBe(true);
    expect(await run).toMatchObject({
      success: false,
      error_code: "SESSION_ERROR",
      result: { status: "cancelled" },
    });
    expect(await task).toMatchObject({ success: false, error_code: "SESSION_ERROR" });
    await freed;
    expect(free()).toBe(2);
    expect(engine.listSessions({ includeClosed: true })).toMatchObject([{ status: "cancelled" }]);
    expect(await engine.executeWorkflow("one", {}, id)).toMatchObject({ error: `Session ${id} not found` });
  });

  it("stay open when another process holds the store as they take their resources", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const id = engine.createSession("alice", { resourceRequirements: { "sys-compute": 60 } });
    const echo = { module: "core", action: "echo" };
    const other = new DatabaseSync(join(baseDir, ".workflows", "state.db"));
    other.exec("BEGIN IMMEDIATE");
    expect(await engine.executeTask(echo, id)).toMatchObject({ error_code: "STORE_LOCKED" });
    expect(engine.getSession(id)?.status).toBe("pending");
    other.exec("ROLLBACK");
    other.close();
    expect(await engine.executeTask(echo, id)).toMatchObject({ success: true });
    expect(engine.resourceManager.getUserAllocations(id)).toHaveLength(1);
  });

  it("hold what they require until they are closed, also what has a lease", async () => {
    const clock = new ManualClock();
    const { engine } = recorded({ clock });
    engine.resourceManager.addResource({ id: "seat", type: "custom", limits: { timeoutMs: 1000 } });
    const id = engine.createSession("alice", { resourceRequirements: { seat: 1 } });
    const work = engine.executeTask({ module: "core", action: "echo" }, id);
    clock.advance(0);
    expect(await work).toMatchObject({ success: true });
    clock.advance(60_000);
    expect(engine.resourceManager.getAvailableCapacity("seat")).toBe(0);
    engine.closeSession(id);
    expect(engine.resourceManager.getAvailableCapacity("seat")).toBe(1);
    await engine.shutdown();
  });

  it.each(["task", "workflow", "submitted task"])(
    "hold what they require until the code of a %s has ended that does not stop",
    async (kind) => {
      const rig = recorded();
      await using engine = rig.engine;
      engine.resourceManager.addResource({ id: "seat", type: "custom", capacity: { units: 2 } });
      let end = () => {};
      const begun = new Promise<void>((begin) => {
        engine.modules.register("rec", "deaf", () => {
          begin();
          return new Promise<void>((resolve) => {
            end = resolve;
          });
        });
      });
      const deaf = { name: "a", module: "rec", action: "deaf", maxRetries: 0 };
      engine.workflowManager.createWorkflow("deaf", [deaf], false);
      const sessionId = engine.createSession("alice", { resourceRequirements: { seat: 2 } });
      if (kind === "task") void engine.executeTask(deaf, sessionId);
      else if (kind === "workflow") void engine.executeWorkflow("deaf", {}, sessionId);
      else engine.submitTask({ ...deaf, sessionId });
      await begun;
      const free = () => engine.resourceManager.getAvailableCapacity("seat");
      expect(engine.closeSession(sessionId)).toBe(true);
      expect(await engine.executeTask({ module: "core", action: "echo" })).toMatchObject({ success: true });
      expect([free(), engine.getSession(sessionId), engine.listSessions()]).toEqual([0, null, []]);
      const freed = new Promise((done) => engine.registerEventHandler("resource_released", done));
      end();
      await freed;
      expect([free(), engine.resourceManager.getUserAllocations(sessionId)]).toEqual([2, []]);
      await engine.executeTask({ module: "core", action: "echo" });
      expect(engine.taskOrchestrator.runtime.ledger.has(`orch:session:${sessionId}`)).toBe(false);
    },
  );

  it("fail when their resources are not there, holding nothing", async () => {
    await using engine = recorded().engine;
    engine.resourceManager.addResource({ id: "seat", type: "custom", capacity: { units: 2 } });
    engine.workflowManager.createWorkflow("one", [{ name: "a", module: "core", action: "echo" }], false);
    const id = engine.createSession("alice", {
      resourceRequirements: { seat: { units: 2 }, gpu: { units: 9 } },
    });
    const session = engine.getSession(id);
    expect(await engine.executeWorkflow("one", {}, id)).toMatchObject({
      success: false,
      error: "Failed to allocate required resources",
      error_code: "RESOURCE_UNAVAILABLE",
      suggestions: [expect.any(String)],
    });
    expect(engine.resourceManager.getUserAllocations(id)).toEqual([]);
    expect([session?.status, engine.getSession(id)]).toEqual(["failed", null]);
    expect(engine.healthCheck()["error_counts"]).toMatchObject({ session: 1 });
  });

  it("end with all that runs when their time is over, counted from the first work", async () => {
    const clock = new ManualClock();
    const rig = recorded({ clock });
    await using engine = rig.engine;
    rig.flow("one", 1);
    const id = engine.createSession("alice", { timeoutMs: 1000 });
    clock.advance(5000);
    const run = engine.executeWorkflow("one", {}, id);
    await rig.whenBegun(1);
    clock.advance(999);
    expect(engine.getSession(id)?.status).toBe("active");
    clock.advance(1);
    expect(await run).toMatchObject({
      success: false,
      error: "Workflow execution timed out",
      error_code: "TIMEOUT_EXCEEDED",
    });
    expect(engine.getSession(id)).toBeNull();
    expect(engine.listSessions({ includeClosed: true })).toMatchObject([{ status: "cancelled" }]);
  });

  it("are closed when nothing was run in them for long", async () => {
    const clock = new ManualClock();
    const rig = recorded({ clock, sessionTimeoutMs: 10_000 });
    await using engine = rig.engine;
    rig.flow("one", 1);
    const [idle, busy] = [engine.createSession(), engine.createSession()];
    const run = engine.executeWorkflow("one", {}, busy);
    await rig.whenBegun(1);
    clock.advance(10_000);
    expect(engine.cleanup()).toBe(0);
    clock.advance(1);
    expect(engine.cleanup()).toBe(1);
    expect([engine.getSession(idle), engine.getSession(busy)?.status]).toEqual([null, "active"]);
    rig.open();
    await run;
  });

  it("are closed at once for who looks, also while what happens is being told", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const id = engine.createSession();
    const [seen, closed]: unknown[][] = [[], []];
    engine.registerEventHandler("session_closed", (_, { user_id }) => closed?.push(user_id));
    engine.registerEventHandler("task_started", () => {
      seen?.push(engine.closeSession(id), engine.closeSession(id), engine.getSession(id));
      seen?.push(engine.listSessions());
      const made = engine.createSession("bob");
      seen?.push(engine.getSession(made)?.userId, engine.closeSession(made));
    });
    await engine.taskOrchestrator.executeTask({ module: "core", action: "echo" });
    expect(seen).toEqual([true, false, null, [], "bob", true]);
    expect(closed).toEqual(["system", "bob"]);
    expect(engine.listSessions()).toEqual([]);
  });

  it("are not idle while something runs in them, nor right after", async () => {
    const clock = new ManualClock();
    const rig = recorded({ clock, sessionTimeoutMs: 10_000 });
    await using engine = rig.engine;
    const sessionId = engine.createSession();
    engine.submitTask({ module: "rec", action: "slow", sessionId });
    await rig.whenBegun(1);
    clock.advance(10_001);
    expect(engine.cleanup()).toBe(0);
    rig.open();
    await engine.taskOrchestrator.waitForCompletion();
    expect(engine.cleanup()).toBe(0);
    clock.advance(10_001);
    expect(engine.cleanup()).toBe(1);
  });

  it("take no new work from the moment on that their engine is shut down", async () => {
    const rig = recorded({ persist: true });
    const { engine } = rig;
    rig.flow("one", 1);
    const id = engine.createSession();
    const task = engine.executeTask({ module: "rec", action: "slow" }, id);
    await rig.whenBegun(1);
    const ended = engine.shutdown({ graceMs: 60_000 });
    const code = { error_code: "EXECUTOR_SHUTDOWN" };
    expect(await engine.executeWorkflow("one", {}, id)).toMatchObject(code);
    expect(await engine.executeTask({ module: "core", action: "echo" })).toMatchObject(code);
    const refused = [
      () => engine.createSession(),
      () => engine.submitTask({ module: "core", action: "echo" }),
      () => engine.recover(),
      () => engine.cleanup(),
    ];
    const refusal = expect.objectContaining({ code: "EXECUTOR_SHUTDOWN" });
    for (const call of refused) await expect((async () => call())()).rejects.toThrow(refusal);
    rig.open();
    expect((await task).success).toBe(true);
    await ended;
    for (const call of [...refused, () => engine.getSession("other"), () => engine.listSessions()])
      await expect((async () => call())()).rejects.toThrow(refusal);
    await using later = new OrchestrationEngine({ baseDir });
    expect(later.workflowManager.listExecutions()).toEqual([]);
    expect(later.listSessions().map(({ sessionId }) => sessionId)).toEqual([id]);
  });

  it("have no time limit any more when their engine is shut down with them", async () => {
    const clock = new ManualClock();
    const engine = new OrchestrationEngine({ baseDir, clock });
    const id = engine.createSession("alice", { timeoutMs: 1000 });
    const work = engine.executeTask({ module: "core", action: "echo" }, id);
    clock.advance(0);
    await work;
    await engine.shutdown({ keepSessions: true });
    expect(() => clock.advance(2000)).not.toThrow();
  });

  it("are made for work that has none, and end with it (ENG-09)", async () => {
    await using engine = new OrchestrationEngine({ baseDir });
    const steps = [
      { name: "a", module: "core", action: "echo" },
      { name: "b", module: "core", action: "echo", dependencies: ["a"] },
    ];
    engine.workflowManager.createWorkflow("two", steps, false);
    const told: unknown[] = [];
    engine.registerEventHandler("*", (event, data) => {
      if (/^(session|workflow)_/.test(event)) told.push([event, data["success"] ?? data["status"]]);
    });
    const outcome = await engine.executeWorkflow("two", { x: 1 });
    expect(outcome).toMatchObject({
      success: true,
      steps_executed: 2,
      session_id: expect.any(String),
      results: { a: { output: { x: 1 } }, b: { output: { x: 1 } } },
    });
    expect(outcome.execution_time).toBeGreaterThanOrEqual(0);
    expect(engine.listSessions({ includeClosed: true })).toEqual([]);
    expect(told).toEqual([
      ["session_created", undefined],
      ["workflow_started", undefined],
      ["workflow_completed", true],
      ["session_closed", "completed"],
    ]);
  });
});

describe("sessions of processes that are gone", () => {
  it("come back with what ran in them, also their resources and what is left of their time (ENG-12)", async () => {
    const script = fileURLToPath(new URL("./dying-session.ts", import.meta.url));
    const child = spawn(process.execPath, ["--conditions=@orch/source", script, baseDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    const { sessionId, executionId } = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;

    await using engine = new OrchestrationEngine({ baseDir });
    const began: string[] = [];
    engine.modules.register("deadly", "act", (_, { stepName, session }) => {
      began.push(`${stepName} for ${session?.userId}`);
      return "done";
    });
    const told: unknown[] = [];
    engine.registerEventHandler("session_recovered", (_, { session_id }) => told.push(session_id));
    const { sessions, resumed } = await engine.recover();
    expect([sessions, resumed, told]).toEqual([1, [executionId], [sessionId]]);
    const execution = await engine.workflowManager.waitForExecution(executionId ?? "");
    expect(execution).toMatchObject({ success: true, sessionId });
    expect(began).toEqual(["second for alice", "third for alice"]);
    expect(engine.resourceManager.getUserAllocations(sessionId ?? "")).toHaveLength(1);
    expect(engine.getSession(sessionId ?? "")).toMatchObject({ userId: "alice", status: "active" });
    expect(engine.closeSession(sessionId ?? "")).toBe(true);
    expect(engine.resourceManager.getUserAllocations(sessionId ?? "")).toEqual([]);
  });

  it("are known to other processes, which may use and close them", async () => {
    const first = new OrchestrationEngine({ baseDir });
    const id = first.createSession("alice", { maxParallelTasks: 1 });
    await using second = new OrchestrationEngine({ baseDir });
    expect(second.getSession(id)).toMatchObject({ userId: "alice", status: "pending" });
    expect((await second.executeTask({ module: "core", action: "echo" }, id)).success).toBe(true);
    expect(second.closeSession(id)).toBe(true);
    expect(await first.executeTask({ module: "core", action: "echo" }, id)).toMatchObject({
      error_code: "SESSION_NOT_FOUND",
    });
    expect(first.getSession(id)).toBeNull();
    await first.shutdown();
  });

  it("are as other processes have left them, also when work ends that began before", async () => {
    const rig = recorded({ persist: true });
    await using first = rig.engine;
    await using second = new OrchestrationEngine({ baseDir });
    const id = first.createSession("alice", { timeoutMs: 3_600_000 });
    const work = first.executeTask({ module: "rec", action: "slow" }, id);
    await rig.whenBegun(1);
    expect(second.getSession(id)?.startedAt).toEqual(first.getSession(id)?.startedAt);
    expect(second.pauseSession(id)).toBe(true);
    const refused = { error_code: "SESSION_ERROR" };
    expect(await first.executeTask({ module: "core", action: "echo" }, id)).toMatchObject(refused);
    rig.open();
    await work;
    expect([first.getSession(id)?.status, second.getSession(id)?.status]).toEqual(["paused", "paused"]);
    expect(first.resumeSession(id)).toBe(true);
    expect((await second.executeTask({ module: "core", action: "echo" }, id)).success).toBe(true);
    expect(second.getSession(id)?.history).toHaveLength(2);
    second.closeSession(id);
    expect(first.getSession(id)).toBeNull();
  });

  it("could not be taken over where what they require is not there any more", async () => {
    const first = new OrchestrationEngine({ baseDir });
    const id = first.createSession("alice", { resourceRequirements: { "sys-compute": 60 } });
    await first.executeTask({ module: "core", action: "echo" }, id);
    await first.shutdown({ keepSessions: true });
    await using second = new OrchestrationEngine({ baseDir });
    second.resourceManager.deallocateResources(id);
    second.resourceManager.allocateOrThrow("sys-compute", "bob", 60);
    expect((await second.recover()).sessions).toBe(0);
    expect(second.listSessions({ includeClosed: true })).toMatchObject([{ sessionId: id, status: "error" }]);
  });

  it("are taken over later, too, and hold nothing when they were closed before", async () => {
    const clock = new ManualClock();
    await using second = new OrchestrationEngine({ baseDir, clock, cleanupIntervalMs: 60_000 });
    expect((await second.recover()).sessions).toBe(0);
    const { engine: first } = recorded({ persist: true, runners: { cancelGraceMs: 1 } });
    let end = () => {};
    const begun = new Promise<void>((begin) => {
      first.modules.register("rec", "deaf", () => {
        begin();
        return new Promise<void>((resolve) => {
          end = resolve;
        });
      });
    });
    const kept = first.createSession("alice");
    const closed = first.createSession("bob", { resourceRequirements: { "sys-compute": 60 } });
    void first.executeTask({ module: "rec", action: "deaf" }, closed);
    await begun;
    first.closeSession(closed);
    await first.shutdown({ keepSessions: true });
    const held = () => second.resourceManager.getUserAllocations(closed);
    expect(held()).toHaveLength(1);
    end();
    // The first one is gone when it has seen that.
    await setImmediate();
    const recovered = new Promise((done) =>
      second.registerEventHandler("session_recovered", (_, { session_id }) => done(session_id)),
    );
    clock.advance(60_000);
    expect(await recovered).toBe(kept);
    expect(held()).toEqual([]);
  });

  it("are taken over once, also while they are used", async () => {
    const first = new OrchestrationEngine({ baseDir });
    const id = first.createSession("alice", { timeoutMs: 3_600_000 });
    await first.shutdown({ keepSessions: true });
    const rig = recorded({ persist: true });
    await using second = rig.engine;
    const recoveries = [second.recover(), second.recover()];
    const work = second.executeTask({ module: "rec", action: "slow" }, id);
    const [one, other] = await Promise.all(recoveries);
    expect([one?.sessions, other?.sessions].sort()).toEqual([0, 1]);
    await rig.whenBegun(1);
    expect(second.cancelSession(id)).toBe(true);
    expect(await work).toMatchObject({ error_code: "SESSION_ERROR" });
    expect(second.listSessions()).toEqual([]);
  });

  it("end what runs in them when another process has closed them", async () => {
    const rig = recorded({ persist: true });
    await using first = rig.engine;
    await using second = new OrchestrationEngine({ baseDir });
    const id = first.createSession();
    const work = first.executeTask({ module: "rec", action: "slow" }, id);
    await rig.whenBegun(1);
    second.closeSession(id);
    expect(first.cleanup()).toBe(1);
    expect(await work).toMatchObject({ success: false, error_code: "SESSION_ERROR" });
  });

  it("are idle, and end with an engine, only where they are kept", async () => {
    const clock = new ManualClock();
    const options = { baseDir, clock, sessionTimeoutMs: 10_000 };
    await using first = new OrchestrationEngine(options);
    const second = new OrchestrationEngine(options);
    const id = first.createSession();
    clock.advance(8000);
    second.pauseSession(id);
    clock.advance(8000);
    expect([first.cleanup(), second.cleanup()]).toEqual([0, 0]);
    await second.shutdown();
    expect(first.getSession(id)?.status).toBe("paused");
    clock.advance(8000);
    expect(first.cleanup()).toBe(1);
  });

  it("stay where they are when their engine is shut down with them, and are closed without", async () => {
    const first = new OrchestrationEngine({ baseDir });
    const id = first.createSession("alice");
    await first.shutdown({ keepSessions: true });
    const second = new OrchestrationEngine({ baseDir });
    expect((await second.recover()).sessions).toBe(1);
    expect(second.getSession(id)).toMatchObject({ userId: "alice" });
    await second.shutdown();
    await using third = new OrchestrationEngine({ baseDir });
    expect((await third.recover()).sessions).toBe(0);
    expect(third.listSessions({ includeClosed: true })).toMatchObject([
      { sessionId: id, status: "completed" },
    ]);
  });
});
